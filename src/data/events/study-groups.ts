import { Injectable } from '@nestjs/common';
import type { RawBuilder } from 'kysely';
import { ApiError } from '../../base/errors.js';
import { LIMITS } from '../../base/limits.js';
import type { NamedQuery } from '../../base/named-query.js';
import { daysWindow, parseDay, type TimeWindow } from '../../base/time.js';
import { nameOf } from '../../contract/args.js';
import { fromTemplate, placeholder, placeholderList } from '../../sql/template.js';
import { daysOf, RETURN_DAYS } from '../derived/event-study.js';
import { DailyAggregate } from '../market-data/aggregate.js';
import { shapeOf } from '../market-data/aggregate-sources.js';
import type { Freshness } from '../market-data/daily.model.js';
import type { DailySource } from '../market-data/daily.sql.js';
import { SymbolDirectory } from '../market-data/symbol-directory.js';
import type { AroundArgs } from './event-study.model.js';
import type { Around, Asked, Benchmark, TimedEvent } from './event-study.sql.js';

/** An event, and the symbol in which it is looked at. */
export interface Pair {
  readonly event: TimedEvent;
  readonly symbol: string;
}

/** Pairs that one statement reads: their sessions lie in a window that opens few enough chunks. */
export interface StudyGroup {
  readonly pairs: readonly Pair[];
  readonly source: DailySource;
  readonly benchmark: string;
}

/** Days that the events of one statement are apart at most. */
const MAX_SPAN = 366;

/** Puts events together whose sessions one statement reads, since a return needs the close before it. */
@Injectable()
export class StudyGroups {
  constructor(
    private readonly aggregate: DailyAggregate,
    private readonly directory: SymbolDirectory,
  ) {}

  /**
   * The groups, in the order of time, and how fresh their daily bars are.
   * @param estimation  sessions before the others that are read, too
   * @throws ApiError limit_exceeded where there are more daily bars to read than a study takes, or where the sessions
   *   of one event open more chunks than a statement may; symbol_not_found for the benchmark
   */
  async of(
    pairs: readonly Pair[],
    args: AroundArgs,
    estimation: number,
  ): Promise<{ groups: StudyGroup[]; freshness: Freshness }> {
    const { benchmark } = args;
    if (!isMarket(benchmark)) await this.#require(args);
    const sorted = pairs.toSorted((a, b) => (a.event.anchor < b.event.anchor ? -1 : 1));
    const windowOf = (some: readonly Pair[]): TimeWindow => {
      const [first, last] = [parseDay(some[0]!.event.anchor)!, parseDay(some.at(-1)!.event.anchor)!];
      return daysWindow(first - daysOf(args.before + estimation) - RETURN_DAYS, last + daysOf(args.after));
    };
    const groups: StudyGroup[] = [];
    let read = 0;
    const market = isMarket(benchmark) ? (await this.directory.all()).length : 0;
    for (let at = 0; at < sorted.length;) {
      const { end, source, window } = await this.#longest(sorted, at, windowOf);
      if (!source) {
        throw new ApiError('limit_exceeded', 'The sessions around an event are in too many chunks for one statement.', {
          param: nameOf(args, 'before'),
        });
      }
      const group = sorted.slice(at, end);
      const symbols = market || new Set(group.map(({ symbol }) => symbol)).size + 1;
      read += (symbols * Number(window.to - window.from)) / 86_400e6;
      groups.push({ pairs: group, source, benchmark });
      at = end;
    }
    if (read > LIMITS.studyDays) {
      throw new ApiError('limit_exceeded', `A study reads at most ${LIMITS.studyDays} days of symbols.`, {
        param: nameOf(args, 'benchmark'),
        hint: 'Name a symbol as the benchmark, or ask for a shorter window of events.',
      });
    }
    const all = sorted.length === 0 ? undefined : windowOf(sorted);
    return { groups, freshness: await this.aggregate.freshness(all) };
  }

  /** The statement of a group. */
  query<Row>(
    name: string,
    { pairs, source, benchmark }: StudyGroup,
    around: Around,
    make: (source: DailySource, benchmark: Benchmark, asked: Asked, around: Around) => RawBuilder<Row>,
  ): NamedQuery<Row> {
    const symbols = pairs.map(({ symbol }) => symbol);
    const kind = benchmark === 'market' ? 'mean' : benchmark === 'market_median' ? 'median' : 'symbol';
    const asked = {
      places: placeholderList('places'),
      symbols: placeholderList('symbols'),
      anchors: placeholderList('anchors'),
      read: placeholderList('read'),
    };
    const against: Benchmark = kind === 'symbol' ? { kind, symbol: placeholder('benchmark') } : { kind };
    return fromTemplate(
      [name, kind, around.before, around.after, ...shapeOf(source)],
      () => make(source, against, asked, around),
      {
        places: pairs.map((_, place) => String(place)),
        symbols,
        anchors: pairs.map(({ event }) => event.anchor),
        read: [...new Set([...symbols, benchmark])],
        benchmark,
      },
    );
  }

  /** As many of the pairs from a place on as one statement can read. */
  async #longest(
    pairs: readonly Pair[],
    at: number,
    windowOf: (some: readonly Pair[]) => TimeWindow,
  ): Promise<{ end: number; source: DailySource | null; window: TimeWindow }> {
    const first = parseDay(pairs[at]!.event.anchor)!;
    const fits = async (end: number): Promise<DailySource | null> => {
      const { sources } = await this.aggregate.plan(windowOf(pairs.slice(at, end)));
      return sources.length === 1 ? sources[0]! : null;
    };
    // Halved until it fits: how many that are follows from the chunks, not from the events.
    let end = at + 1;
    while (end < pairs.length && parseDay(pairs[end]!.event.anchor)! - first <= MAX_SPAN) end++;
    for (;;) {
      const source = await fits(end);
      if (source || end === at + 1) return { end, source, window: windowOf(pairs.slice(at, end)) };
      end = at + Math.ceil((end - at) / 2);
    }
  }

  async #require(args: AroundArgs): Promise<void> {
    const { benchmark } = args;
    if (await this.directory.find(benchmark)) return;
    const allowed = ['market', 'market_median', ...(await this.directory.suggest(benchmark))];
    throw new ApiError('symbol_not_found', `benchmark is neither market nor market_median nor a symbol.`, {
      param: nameOf(args, 'benchmark'),
      allowed,
    });
  }
}

function isMarket(benchmark: string): boolean {
  return benchmark === 'market' || benchmark === 'market_median';
}
