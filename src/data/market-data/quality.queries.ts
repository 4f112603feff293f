import { Injectable } from '@nestjs/common';
import { ApiError } from '../../base/errors.js';
import { LIMITS } from '../../base/limits.js';
import { compareTexts } from '../../base/text-order.js';
import { clip, dayOf, EVER, startOfDay, type TimeWindow } from '../../base/time.js';
import { nameOf } from '../../contract/args.js';
import { columnsOf } from '../../contract/wire.js';
import { PageRows } from '../../lists/page-rows.js';
import { Database } from '../../postgres/database.js';
import { rowsStatement } from '../../sql/page.js';
import { fromTemplate, placeholder, placeholderList } from '../../sql/template.js';
import { DailyAggregate } from './aggregate.js';
import { shapeOf, sourceOf } from './aggregate-sources.js';
import { type AggregateState } from './aggregate-state.js';
import { BarArchive } from './archive.js';
import { KindsOfBars } from './bar-kinds.js';
import { Chunks } from './chunks.js';
import { barsADay } from './condition-slices.js';
import type { Freshness } from './daily.model.js';
import type { DailySource } from './daily.sql.js';
import { daysAtMost, type DirectoryRow } from './directory.js';
import { Calendar } from './gaps.model.js';
import { GapsQueries } from './gaps.queries.js';
import { type QualityArgs, QualityFinding } from './quality.model.js';
import { DAYS_AROUND, findings } from './quality.sql.js';
import { SymbolDirectory } from './symbol-directory.js';

const COLUMNS = columnsOf(QualityFinding);
/** Other symbols by which the market is told at most, and how many are looked at to choose those that cost least. */
const [MOST_PEERS, CANDIDATES] = [50, 100];

/** What is suspect of a symbol, and how it was looked for. */
export interface Quality {
  readonly findings: QualityFinding[];
  readonly marketSymbols: number;
  readonly window: TimeWindow;
  readonly freshness: Freshness;
}

/** What of the bars of a symbol is suspect: against each other, the days around and the market. */
@Injectable()
export class QualityQueries {
  constructor(
    private readonly db: Database,
    private readonly aggregate: DailyAggregate,
    private readonly archive: BarArchive,
    private readonly chunks: Chunks,
    private readonly kinds: KindsOfBars,
    private readonly directory: SymbolDirectory,
    private readonly gaps: GapsQueries,
  ) {}

  /**
   * What is suspect of a symbol, oldest first; a statement for each part of the window.
   * @throws ApiError window_too_large where its bars are more than are looked at
   */
  async of(row: DirectoryRow, args: QualityArgs): Promise<Quality> {
    const window = await this.gaps.windowOf({ ...args, calendar: Calendar.WEEKDAYS });
    const days = dayOf(window.to) - dayOf(window.from);
    const bars = days * barsADay((await this.kinds.of([row])).get(row.symbol)!.timeframes);
    if (bars > LIMITS.condition.exportBars) {
      throw new ApiError('window_too_large', `These days may have ${bars} bars of ${row.symbol}.`, {
        param: nameOf(args, 'start'),
        hint: `At most ${LIMITS.condition.exportBars} are looked at. Ask for the years one after the other.`,
      });
    }
    const state = await this.aggregate.state();
    const peers = await this.#peers(row, window, sourceOf(state, window));
    const found: QualityFinding[] = [];
    for (const part of await this.chunks.parts(window, 'asc', { around: DAYS_AROUND })) {
      found.push(...(await this.#read(row.symbol, peers, state, part)));
    }
    return {
      findings: joined(found),
      marketSymbols: peers.length,
      window,
      freshness: await this.aggregate.freshness(window),
    };
  }

  async #read(
    symbol: string,
    peers: readonly string[],
    state: AggregateState,
    part: TimeWindow,
  ): Promise<QualityFinding[]> {
    const around = startOfDay(DAYS_AROUND);
    const read = clip({ from: part.from - around, to: part.to + around }, EVER)!;
    const source = sourceOf(state, read);
    const range = (await this.archive.rangeOf())(read);
    const query = fromTemplate(
      ['findings', range.archive, part.from, part.to, read.from, read.to, ...shapeOf(source)],
      () => rowsStatement(findings(placeholder('symbol'), placeholderList('peers'), source, range, part), COLUMNS),
      { symbol, peers },
    );
    const rows = await this.db.raw(query);
    return new PageRows(COLUMNS, [rows], 0).reader<QualityFinding>()(rows.count);
  }

  /**
   * Other symbols by which the market of a window is told: those that have most of its days, as many as the days that
   * are read of them allow. Where the aggregate lacks days these are made of bars, and symbols with few are taken.
   */
  async #peers(row: DirectoryRow, window: TimeWindow, source: DailySource): Promise<string[]> {
    const covered = (other: DirectoryRow): number => daysAtMost(other, window);
    const candidates = (await this.directory.all())
      .filter((other) => other.symbol !== row.symbol && covered(other) > 0)
      .sort((a, b) => covered(b) - covered(a) || compareTexts(a.symbol, b.symbol))
      .slice(0, CANDIDATES);
    const kinds = await this.kinds.of(candidates);
    const computed = source.bars.reduce((sum, { from, to }) => sum + dayOf(to - 1n) - dayOf(from) + 1, 0);
    const costs = candidates.map((other) => {
      const aDay = barsADay(kinds.get(other.symbol)!.timeframes);
      return { symbol: other.symbol, cost: covered(other) + Math.min(computed, covered(other)) * (aDay - 1) };
    });
    let left: number = LIMITS.condition.pageBars;
    const cheapest = costs.toSorted((a, b) => a.cost - b.cost).filter(({ cost }) => (left -= cost) >= 0);
    // Those that cost the same are in the order of what they cover.
    const chosen = new Set(cheapest.map(({ symbol }) => symbol));
    return costs.flatMap(({ symbol }) => (chosen.has(symbol) ? [symbol] : [])).slice(0, MOST_PEERS);
  }
}

/** Findings of parts that follow each other, of which those that go on from one to the next are one. */
function joined(found: readonly QualityFinding[]): QualityFinding[] {
  const runs: QualityFinding[] = [];
  const open = new Map<string, QualityFinding>();
  for (const each of found) {
    const kind = `${each.finding} ${each.detail ?? ''}`;
    const before = open.get(kind);
    if (before && each.start <= before.end) {
      before.end = each.end > before.end ? each.end : before.end;
      before.days += each.days;
    } else {
      const run = { ...each };
      runs.push(run);
      open.set(kind, run);
    }
  }
  return runs;
}
