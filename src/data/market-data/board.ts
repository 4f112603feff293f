import { Injectable } from '@nestjs/common';
import { difference } from '../../base/decimals.js';
import { ApiError } from '../../base/errors.js';
import { compareTexts } from '../../base/text-order.js';
import { Refreshing, upToDate } from '../../base/refreshing.js';
import { EVER, formatDay, now, parseDay } from '../../base/time.js';
import { columnsOf } from '../../contract/wire.js';
import { KeptRows } from '../../lists/kept-rows.js';
import { wireText } from '../../lists/value-writers.js';
import { boardValues } from '../derived/board-values.js';
import { DailyAggregate } from './aggregate.js';
import { BoardRow } from './board.model.js';
import type { Freshness } from './daily.model.js';
import { type DirectoryRow, newestOf } from './directory.js';
import { DailyHistories, type DailyHistory, isSparse, MOST_DAYS, watchedOf, windowOf } from './daily-histories.js';
import { LIVE_DAYS, type MarketDays } from './market-days.js';
import { quarterOf } from './stretches.js';
import { SymbolDirectory } from './symbol-directory.js';

/** Ages of the board, in milliseconds: at which it is renewed while it is used, and from which requests wait for it. */
const [RENEW_AFTER_MS, MAX_AGE_MS] = [2_000, 600_000];
/** Symbols of one statement; what is computed of them is one turn of the event loop. */
export const SYMBOLS_AT_ONCE = 64;

/** The board as it was read. */
export interface BoardState {
  /** In alphabetical order. */
  readonly kept: KeptRows<BoardRow>;
  /** Up to when it is known to be as the database has it. A write is known of within a minute. */
  readonly asOf: bigint;
  /** Newest session of the market; null where there is none. */
  readonly session: string | null;
  readonly freshness: Freshness;
}

/** Symbols whose last bars lie near each other, as they were read. */
interface Group {
  readonly seen: string;
  readonly standings: readonly Standing[];
}

/** What a symbol's own bars say. */
type Standing = Omit<BoardRow, 'isStale' | 'missedSessions'>;

/**
 * Where every symbol stands, kept in memory like the directory. It is first read when it is first asked for, and read
 * again where something was written to the days that it is made of.
 */
@Injectable()
export class Board {
  readonly #kept = new Refreshing(() => this.#read(), RENEW_AFTER_MS, MAX_AGE_MS);
  #groups = new Map<string, Group>();

  constructor(
    private readonly directory: SymbolDirectory,
    private readonly aggregate: DailyAggregate,
    private readonly histories: DailyHistories,
  ) {}

  /**
   * The board.
   * @throws ApiError not_ready while it is read for the first time
   */
  async get(): Promise<BoardState> {
    return upToDate(
      this.#kept,
      () => new ApiError('not_ready', 'The board is being made for the first time. Try again shortly.'),
    );
  }

  async #read(): Promise<BoardState> {
    const asOf = now();
    const market = await this.directory.market();
    const symbols = (await this.directory.all()).filter(({ newestDay }) => newestDay !== null);
    const members = groupsOf(symbols, market);
    const seen = await this.histories.seen([...members.values()].map(watchedOf));
    const groups = new Map<string, Group>();
    for (const [i, [name, of]] of [...members].entries()) groups.set(name, await this.#readGroup(name, of, seen[i]!));
    const freshness = await this.aggregate.freshness(symbols.length > 0 ? windowOf(symbols) : EVER);
    const same =
      groups.size === this.#groups.size && [...groups].every(([name, group]) => this.#groups.get(name) === group);
    this.#groups = groups;
    const sessions = market.lastSessions(MOST_DAYS);
    const session = sessions[0] === undefined ? null : formatDay(sessions[0]);
    const last = this.#kept.last;
    if (same && last?.session === session) return { ...last, asOf, freshness };
    const rows = [...groups.values()].flatMap(({ standings }) =>
      standings.map((standing): BoardRow => {
        const missedSessions = missedBy(parseDay(standing.day)!, sessions);
        return { ...standing, isStale: missedSessions > 0, missedSessions };
      }),
    );
    rows.sort((a, b) => compareTexts(a.symbol, b.symbol));
    return { kept: await KeptRows.of(rows, columnsOf(BoardRow)), asOf, session, freshness };
  }

  /**
   * Reads symbols whose last bars lie near each other, where anything of theirs was written.
   * @param written  a text that is another one where something was
   */
  async #readGroup(name: string, symbols: readonly DirectoryRow[], written: string): Promise<Group> {
    const known = this.#groups.get(name);
    const seen = [written, ...symbols.map(({ symbol }) => symbol)].join();
    if (known?.seen === seen) return known;
    const standings: Standing[] = [];
    for (let at = 0; at < symbols.length; at += SYMBOLS_AT_ONCE) {
      const read = await this.histories.last(symbols.slice(at, at + SYMBOLS_AT_ONCE));
      for (const [symbol, history] of read) standings.push(standingOf(symbol, history));
    }
    return { seen, standings };
  }
}

/**
 * Symbols by where their last bars lie: those that still trade, the others by the quarter of a year; sparse ones alone,
 * since what is written to any year of theirs may be on the board.
 */
function groupsOf(symbols: readonly DirectoryRow[], market: MarketDays): Map<string, DirectoryRow[]> {
  const groups = new Map<string, DirectoryRow[]>();
  for (const row of symbols) {
    const newest = newestOf(row);
    const lives = newest <= market.newestDay && newest > market.newestDay - LIVE_DAYS;
    const end = lives ? 'live' : String(quarterOf(formatDay(newest)).from);
    const name = isSparse(row) ? `${end}, sparse` : end;
    const group = groups.get(name);
    if (group) group.push(row);
    else groups.set(name, [row]);
  }
  return groups;
}

function missedBy(day: number, sessions: readonly number[]): number {
  const place = sessions.findIndex((session) => session <= day);
  return place === -1 ? sessions.length : place;
}

function standingOf(symbol: string, history: DailyHistory): Standing {
  const { days, high, low, close, volume, open, isPartial } = history;
  const day = formatDay(days[0]!);
  const { highest, lowest, ...values } = boardValues(history, parseDay(`${day.slice(0, 4)}-01-01`)!);
  const price = (text: string | undefined): string | null => (text === undefined ? null : wireText(text, 'decimal'));
  return {
    symbol,
    day,
    isPartial,
    open: price(open),
    high: price(high[0]),
    low: price(low[0]),
    close: price(close[0]),
    volume: volume[0]!,
    previousDay: days[1] === undefined ? null : formatDay(days[1]),
    previousClose: price(close[1]),
    change: close[1] === undefined ? null : difference(close[0]!, close[1]),
    high52Week: highest === null ? null : price(high[highest]),
    low52Week: lowest === null ? null : price(low[lowest]),
    ...values,
  };
}
