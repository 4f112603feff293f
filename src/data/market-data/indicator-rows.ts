import { Injectable } from '@nestjs/common';
import { invalid } from '../../base/errors.js';
import { LIMITS, rowsOfColumns } from '../../base/limits.js';
import { firstPlace } from '../../base/search.js';
import { dayOf, formatDay, parseDay, parseInstant, startOfDay } from '../../base/time.js';
import { turn, worked } from '../../base/turns.js';
import { nameOf } from '../../contract/args.js';
import { SortDirection } from '../../contract/sort.js';
import { columnsOf } from '../../contract/wire.js';
import { type List, readList, tokenAfter } from '../../lists/list.js';
import { PageRows } from '../../lists/page-rows.js';
import { rowsWithDoubles } from '../../lists/row-doubles.js';
import { Database } from '../../postgres/database.js';
import type { Column } from '../../sql/columns.js';
import type { Prices } from '../derived/indicator-formulas.js';
import { type Indicator, parseIndicators } from '../derived/indicators.js';
import { finite } from '../derived/numbers.js';
import { Bar, type BarsArgs } from './bars.model.js';
import { type BarList, BarsQueries } from './bars.queries.js';
import { DailyArgs, DailyBar } from './daily.model.js';
import { type DailyList, DailyQueries } from './daily.queries.js';
import type { DirectoryRow } from './directory.js';
import { columnsBeside, PRICES, pricesOf, ROWS_AT_ONCE } from './indicator-prices.js';
import { type CalendarUnit, intervalNamed } from './intervals.js';

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

/** Arguments for bars before those of a page, the newest first. */
interface Before {
  readonly start: string;
  readonly end: string;
  readonly sort: SortDirection;
  readonly first: number | 'all';
  readonly after: undefined;
}

/** Kinds of rows, and how these say when they are. */
interface Kind {
  readonly model: new () => object;
  readonly time: 'day' | 'timestamp';
}

/** How the rows of a page are read. */
interface Read {
  readonly symbol: DirectoryRow;
  readonly kind: Kind;
  /** Days before the page whose bars are read with it. */
  readonly days: number;
  /** The instant from which rows belong to the page; null where all of them do. */
  readonly begins: bigint | null;
}

const DAYS: Kind = { model: DailyBar, time: 'day' };
const BARS: Kind = { model: Bar, time: 'timestamp' };

/** Most bars before a page that are read in its own statement. */
const MAX_BEFORE = 1000;
const DAYS_OF_CALENDAR_YEAR = 365;

/** Bars of a year. */
const BARS_OF_YEAR: Record<CalendarUnit, number> = { day: 252, week: 52, month: 12, quarter: 4, year: 1 };

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
    const days = daysOf(reachOf(indicators));
    const list = await this.daily.listWithBefore(symbol, args, days);
    return this.#page(list, args, indicators, { symbol, kind: DAYS, days, begins: list.begins }, (before) =>
      this.daily.list([symbol], { ...args, ...before }),
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
    return this.#page(list, args, indicators, { symbol, kind: BARS, days: 0, begins: null }, (before) =>
      this.bars.list([symbol], { ...asked, ...before }),
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
    const page = await this.#read(await this.daily.list([symbol], whole), DAYS);
    const prices = await this.#withBefore(symbol, page, DAYS, reachOf(indicators), whole.sort, (before) =>
      this.daily.list([symbol], { ...args, ...before }),
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
    { symbol, kind, days, begins }: Read,
    listOf: (before: Before) => Promise<List>,
  ): Promise<IndicatorPage<Of>> {
    const added = indicators.flatMap((one) => one.columns.map((name) => columnOf(name, one.formula)));
    const columns = [...columnsOf(kind.model), ...added];
    const limit = first === 'all' ? ALL_ROWS : Math.min(first, rowsOfColumns(columns.length));
    // One row more tells of a next page.
    const { rows } = await readList(this.db, list, limit + 1 + days, columnsOf(kind.model));
    const [start, known] = placesOf(rows, kind, begins, sort);
    const end = Math.min(known, start + limit);
    const older = sort === 'asc' ? start : rows.count - end;
    const prices = await this.#withBefore(symbol, rows, kind, reachOf(indicators) - older, sort, listOf);
    const beside: Float64Array[] = [];
    for await (const { values } of columnsBeside(indicators, prices, rows.count - older)) {
      // The rows are the end of the history.
      const own = values.subarray(values.length - rows.count);
      beside.push(sort === 'asc' ? own : own.toReversed());
    }
    const parts: PageRows[] = [];
    for (let from = start; from < end; from += ROWS_AT_ONCE) {
      const to = Math.min(from + ROWS_AT_ONCE, end);
      await turn();
      parts.push(new PageRows(columns, [rowsWithDoubles(rows, from, to, beside)], 0));
      worked((to - from) * added.length);
    }
    return {
      list,
      parts,
      nextPageToken: end < known ? tokenAfter(list, rows, end - 1) : null,
      columns: added,
      meta: indicators.map((one) => ({ columns: one.columns, formula: one.formula, warm_up: one.warmUp })),
    };
  }

  /**
   * Prices of the bars of a page, and of so many before them, the oldest first.
   * @param listOf  a list of other bars of the same kind
   */
  async #withBefore(
    symbol: DirectoryRow,
    page: PageRows,
    kind: Kind,
    count: number,
    sort: SortDirection,
    listOf: (before: Before) => Promise<List>,
  ): Promise<Prices> {
    const bars = { rows: page, descends: sort === 'desc' };
    const at = page.count === 0 ? null : page.textsAt(bars.descends ? page.count - 1 : 0, [kind.time])[0];
    const before = at ? beforeOf(at, symbol, kind, count) : null;
    if (!before) return pricesOf([bars]);
    const rows = await this.#read(await listOf(before), kind, Math.min(count, ALL_ROWS));
    return pricesOf([{ rows, descends: true }, bars]);
  }

  async #read(list: List, { model, time }: Kind, limit = ALL_ROWS): Promise<PageRows> {
    const columns = columnsOf(model).filter(({ name }) => [...list.key, time, ...PRICES].includes(name));
    return (await readList(this.db, list, limit, columns)).rows;
  }
}

/** What asks for so many bars before one that begins `at`; null where there can be none. */
function beforeOf(at: string, symbol: DirectoryRow, { time }: Kind, count: number): Before | null {
  const day = parseDay(at.slice(0, 10))!;
  const first = Math.max(day - LIMITS.barsDays + 2, parseDay(symbol.firstDay)!);
  if (count <= 0 || (time === 'day' ? day <= first : parseInstant(at)! <= startOfDay(first))) return null;
  return {
    start: formatDay(first),
    end: time === 'day' ? formatDay(day - 1) : at,
    sort: SortDirection.DESC,
    first: Number.isFinite(count) ? count : 'all',
    after: undefined,
  };
}

/** Indicators are those of all bars. */
function refuseUpdates(args: DailyArgs | BarsArgs): void {
  if (args.updatedAfter === undefined) return;
  const param = nameOf(args, 'updatedAfter');
  throw invalid(param, `${param} does not go with ${nameOf(args, 'indicators')}.`);
}

/**
 * Where the rows of a page are among those that were read: from one place up to another, which does not count.
 * @param begins  see {@link Read}
 */
function placesOf(rows: PageRows, { time }: Kind, begins: bigint | null, sort: SortDirection): [number, number] {
  if (begins === null) return [0, rows.count];
  const day = formatDay(dayOf(begins));
  const isOlder = (row: number): boolean => rows.textsAt(row, [time])[0]! < day;
  if (sort === 'asc') return [firstPlace(rows.count, (row) => !isOlder(row)), rows.count];
  return [0, firstPlace(rows.count, isOlder)];
}

/**
 * Days that have so many trading days, with some to spare; none where that is more than is worth reading at once: what
 * is missing is read afterwards.
 */
function daysOf(count: number): number {
  return count > MAX_BEFORE ? 0 : Math.ceil(count * (DAYS_OF_CALENDAR_YEAR / BARS_OF_YEAR.day)) + 10;
}

function reachOf(indicators: readonly Indicator[]): number {
  return Math.max(...indicators.map(({ reach }) => reach));
}

function columnOf(name: string, description: string): Column {
  return { property: name, name, kind: 'float', nullable: true, description };
}
