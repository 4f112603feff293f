import { Injectable } from '@nestjs/common';
import { invalid } from '../../base/errors.js';
import { rowsOfColumns } from '../../base/limits.js';
import { dayOf, parseDay } from '../../base/time.js';
import { turn, worked } from '../../base/turns.js';
import { nameOf } from '../../contract/args.js';
import { SortDirection } from '../../contract/sort.js';
import { columnsOf } from '../../contract/wire.js';
import { type List, readList, tokenAfter } from '../../lists/list.js';
import { PageRows } from '../../lists/page-rows.js';
import { rowsWithDoubles } from '../../lists/row-doubles.js';
import { Database } from '../../postgres/database.js';
import { type Column, undeclared } from '../../sql/columns.js';
import type { Prices } from '../derived/indicator-formulas.js';
import { type Indicator, parseIndicators, placesOfWhole } from '../derived/indicators.js';
import { finite } from '../derived/numbers.js';
import { BARS, BARS_OF_YEAR, type Before, beforeOf, DAYS, daysOf, type Kind } from './bars-before.js';
import type { BarsArgs } from './bars.model.js';
import { type BarList, BarsQueries } from './bars.queries.js';
import { DailyArgs } from './daily.model.js';
import { type AfterPrices, type DailyList, DailyQueries } from './daily.queries.js';
import type { Price } from './daily-prices.sql.js';
import type { DirectoryRow } from './directory.js';
import { type BarRows, columnsBeside, joined, PRICES, pricesIn, pricesOf, ROWS_AT_ONCE } from './indicator-prices.js';
import { intervalNamed } from './intervals.js';

/** More rows than a history of days has. */
const ALL_ROWS = 1_000_000;

/** What an indicator is, as `meta.indicators` says it. */
export interface IndicatorMeta {
  readonly columns: readonly string[];
  readonly formula: string;
  readonly warm_up: number;
}

/** A page of bars with indicators beside them. */
export interface IndicatorPage<Of extends List> {
  readonly list: Of;
  /** Bars, each with the values of the indicators, some rows in each part. */
  readonly parts: readonly PageRows[];
  /** Those of the indicators. */
  readonly columns: readonly Column[];
  readonly meta: readonly IndicatorMeta[];
  readonly nextPageToken: string | null;
}

/** Values of a column in the order of some rows; null where there is none. */
export interface IndicatorValues {
  readonly name: string;
  readonly values: readonly (number | null)[];
}

/** How the rows of a page are read. */
interface Read {
  readonly symbol: DirectoryRow;
  readonly kind: Kind;
  /** What reads a page after the prices before it; null where these are read by themselves. */
  readonly afterPrices: AfterPrices | null;
}

/** The column of the first row that has the prices before the page. */
const BEFORE = undeclared('before', 'text');

/**
 * Bars with indicators. These are computed over as many bars before as count, see {@link Indicator.reach}, so that a
 * value does not depend on the window that it is asked in.
 */
@Injectable()
export class IndicatorRows {
  constructor(
    private readonly db: Database,
    private readonly daily: DailyQueries,
    private readonly bars: BarsQueries,
  ) {}

  /**
   * A page of daily bars.
   * @throws ApiError invalid_parameter for an indicator that there is not
   */
  async ofDays(symbol: DirectoryRow, args: DailyArgs & { indicators: string }): Promise<IndicatorPage<DailyList>> {
    refuseUpdates(args);
    const indicators = parseIndicators(nameOf(args, 'indicators'), args.indicators);
    const count = reachOf(indicators);
    const prices: readonly Price[] = indicators.some(({ ofRanges }) => ofRanges) ? PRICES : ['close'];
    const bars = limitOf(args.first, DAYS, indicators) + 1;
    const list = await this.daily.listAfterPrices(symbol, args, { bars, prices, count, days: daysOf(count) });
    return this.#page(list, args, indicators, { symbol, kind: DAYS, afterPrices: list.afterPrices }, (older) =>
      this.daily.list([symbol], { ...args, ...older }),
    );
  }

  /**
   * A page of bars of one length.
   * @throws ApiError invalid_parameter where bars of any length are asked for, and for an indicator that there is not,
   *   or not of such bars
   */
  async ofInterval(symbol: DirectoryRow, args: BarsArgs & { indicators: string }): Promise<IndicatorPage<BarList>> {
    refuseUpdates(args);
    const param = nameOf(args, 'indicators');
    const list = await this.bars.list([symbol], args);
    const { timeframe } = list;
    if (timeframe === null) {
      throw invalid(param, `${param} are computed for bars of one length.`, { hint: 'Add timeframe=1d.' });
    }
    const unit = intervalNamed(timeframe)?.unit ?? null;
    const indicators = parseIndicators(param, args.indicators, unit && BARS_OF_YEAR[unit]);
    const asked = { ...args, timeframe, maxPoints: undefined };
    return this.#page(list, args, indicators, { symbol, kind: BARS, afterPrices: null }, (older) =>
      this.bars.list([symbol], { ...asked, ...older }),
    );
  }

  /**
   * The values of indicators on some days of a symbol.
   * @param param  the argument in which they were named
   */
  async onDays(symbol: DirectoryRow, param: string, text: string, days: readonly string[]): Promise<IndicatorValues[]> {
    const indicators = parseIndicators(param, text);
    if (days.length === 0) return [];
    const [start, end] = days[0]! < days.at(-1)! ? [days[0]!, days.at(-1)!] : [days.at(-1)!, days[0]!];
    const args = new DailyArgs();
    const whole = { ...args, start, end, sort: SortDirection.ASC, first: 'all' as const };
    const page = await this.#barsOf(await this.daily.list([symbol], whole), DAYS);
    const bars = { rows: page, from: 0, to: page.count, descends: false };
    const prices = await this.#withBefore({ symbol, kind: DAYS, before: null }, bars, reachOf(indicators), (older) =>
      this.daily.list([symbol], { ...args, ...older }),
    );
    // The page is the end of the history.
    const offset = prices.close.length - page.count;
    const known = new Map(
      Array.from({ length: page.count }, (_, row) => [page.textsAt(row, ['day'])[0], offset + row]),
    );
    const places = days.map((day) => known.get(day) ?? -1);
    const found: IndicatorValues[] = [];
    for await (const { name, values } of columnsBeside(indicators, prices, page.count)) {
      found.push({ name, values: places.map((place) => finite(values[place] ?? NaN)) });
    }
    return found;
  }

  /** @param listOf  a list of other bars of the same kind, the newest first */
  async #page<Of extends List>(
    list: Of,
    { first, sort }: Pick<DailyArgs, 'first' | 'sort'>,
    indicators: readonly Indicator[],
    read: Read,
    listOf: (before: Before) => Promise<List>,
  ): Promise<IndicatorPage<Of>> {
    const added = indicators.flatMap((one) => one.columns.map((name) => columnOf(name, one.formula)));
    const own = columnsOf(read.kind.model);
    const columns = [...own, ...added];
    const limit = limitOf(first, read.kind, indicators);
    // One row more tells of a next page.
    const { rows, before } = await this.#read(list, limit + 1, own, read.afterPrices);
    const start = before ? 1 : 0;
    const known = rows.count - start;
    const end = start + Math.min(known, limit);
    const older = sort === 'asc' ? 0 : rows.count - end;
    const bars = { rows, from: start, to: rows.count, descends: sort === 'desc' };
    const prices = await this.#withBefore({ ...read, before }, bars, reachOf(indicators), listOf);
    const beside: Float64Array[] = [];
    for await (const { values } of columnsBeside(indicators, prices, known - older)) {
      // The rows are the end of the history.
      const ofRows = values.subarray(values.length - known);
      beside.push(sort === 'asc' ? ofRows : ofRows.toReversed());
    }
    const parts: PageRows[] = [];
    for (let from = start; from < end; from += ROWS_AT_ONCE) {
      const to = Math.min(from + ROWS_AT_ONCE, end);
      await turn();
      const doubles = beside.map((values) => values.subarray(from - start, to - start));
      parts.push(new PageRows(columns, [rowsWithDoubles(rows, from, to, own.length, doubles)], 0));
      worked((to - from) * added.length);
    }
    return {
      list,
      parts,
      nextPageToken: end < rows.count ? tokenAfter(list, rows, end - 1) : null,
      columns: added,
      meta: indicators.map((one) => ({ columns: one.columns, formula: one.formula, warm_up: one.warmUp })),
    };
  }

  /**
   * Reads so many bars.
   * @returns rows; `before` is null where all of them are bars, and else says what prices the first one has
   */
  async #read(
    list: List,
    bars: number,
    columns: readonly Column[],
    afterPrices: AfterPrices | null,
  ): Promise<{ rows: PageRows; before: AfterPrices | null }> {
    if (afterPrices) {
      const { statement, isWhole } = afterPrices;
      const { rows } = await readList(this.db, { ...list, statements: [statement] }, 1 + bars, [...columns, BEFORE]);
      if (isWhole || rows.count === 1 + bars) return { rows, before: afterPrices };
    }
    return { rows: (await readList(this.db, list, bars, columns)).rows, before: null };
  }

  /**
   * Prices of the bars of a page, and of so many before them, the oldest first.
   * @param listOf  a list of other bars of the same kind
   */
  async #withBefore(
    { symbol, kind, before }: Pick<Read, 'symbol' | 'kind'> & { readonly before: AfterPrices | null },
    bars: BarRows,
    count: number,
    listOf: (before: Before) => Promise<List>,
  ): Promise<Prices> {
    const { rows, from, to, descends } = bars;
    const prices = await pricesOf(bars);
    if (before) {
      const known = pricesIn(rows, 0, rows.indexOf(BEFORE.name), before.prices);
      const isAll = known.close.length >= count || parseDay(symbol.firstDay)! >= dayOf(before.from);
      if (isAll) return joined(known, prices);
    }
    const at = from < to ? rows.textsAt(descends ? to - 1 : from, [kind.time])[0] : null;
    // Bars without all of their prices do not count, so more may have to be read.
    for (let wanted = count; ; wanted *= 2) {
      const asked = at ? beforeOf(at, symbol, kind, wanted) : null;
      if (!asked) return prices;
      const older = await this.#barsOf(await listOf(asked), kind, Math.min(wanted, ALL_ROWS));
      const known = await pricesOf({ rows: older, from: 0, to: older.count, descends: true });
      if (older.count < wanted || placesOfWhole(known).length >= count) return joined(known, prices);
    }
  }

  async #barsOf(list: List, { model, time }: Kind, limit = ALL_ROWS): Promise<PageRows> {
    const columns = columnsOf(model).filter(({ name }) => [...list.key, time, ...PRICES].includes(name));
    return (await readList(this.db, list, limit, columns)).rows;
  }
}

/** Indicators are those of all bars. */
function refuseUpdates(args: DailyArgs | BarsArgs): void {
  if (args.updatedAfter === undefined) return;
  const param = nameOf(args, 'updatedAfter');
  throw invalid(param, `${param} does not go with ${nameOf(args, 'indicators')}.`);
}

/** Bars of a page. */
function limitOf(first: DailyArgs['first'], { model }: Kind, indicators: readonly Indicator[]): number {
  if (first === 'all') return ALL_ROWS;
  return Math.min(first, rowsOfColumns(columnsOf(model).length + indicators.flatMap(({ columns }) => columns).length));
}

function reachOf(indicators: readonly Indicator[]): number {
  return Math.max(...indicators.map(({ reach }) => reach));
}

function columnOf(name: string, description: string): Column {
  return { property: name, name, kind: 'float', nullable: true, description };
}
