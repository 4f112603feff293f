import { Injectable } from '@nestjs/common';
import { invalid } from '../../base/errors.js';
import { LIMITS, rowsOfColumns } from '../../base/limits.js';
import { formatDay, parseDay, parseInstant, startOfDay } from '../../base/time.js';
import { turn, worked } from '../../base/turns.js';
import { nameOf } from '../../contract/args.js';
import { SortDirection } from '../../contract/sort.js';
import { columnsOf } from '../../contract/wire.js';
import { type List, readList } from '../../lists/list.js';
import { rawRowsOf } from '../../lists/object-rows.js';
import { PageRows } from '../../lists/page-rows.js';
import { Database } from '../../postgres/database.js';
import type { Column } from '../../sql/columns.js';
import { type Indicator, indicatorsBeside, parseIndicators } from '../derived/indicators.js';
import { finite } from '../derived/numbers.js';
import { Bar, type BarsArgs } from './bars.model.js';
import { type BarList, BarsQueries } from './bars.queries.js';
import { DailyArgs, DailyBar } from './daily.model.js';
import { type DailyList, DailyQueries } from './daily.queries.js';
import type { DirectoryRow } from './directory.js';
import { type CalendarUnit, intervalNamed } from './intervals.js';

/** More rows than a history of days has. */
const ALL_ROWS = 1_000_000;
/** Values that are made in one turn of the event loop. */
const VALUES_AT_ONCE = 8_000;

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

/** A row with its prices and its time. */
type PricedRow = Readonly<Record<string, string | null>>;

/** Arguments for bars before those of a page, the newest first. */
interface Before {
  readonly start: string;
  readonly end: string;
  readonly sort: SortDirection;
  readonly first: number | 'all';
  readonly after: undefined;
}

/** What indicators are computed of, and how rows say when they are. */
interface Kind {
  readonly model: new () => object;
  readonly time: 'day' | 'timestamp';
}
const DAYS: Kind = { model: DailyBar, time: 'day' };
const BARS: Kind = { model: Bar, time: 'timestamp' };

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
    const list = await this.daily.list([symbol], args);
    return this.#page(list, args.first, indicators, DAYS, (page) =>
      this.#withBefore(symbol, page, DAYS, reachOf(indicators), args.sort, (before) =>
        this.daily.list([symbol], { ...args, ...before }),
      ),
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
    return this.#page(list, args.first, indicators, BARS, (page) =>
      this.#withBefore(symbol, page, BARS, reachOf(indicators), args.sort, (before) =>
        this.bars.list([symbol], { ...asked, ...before }),
      ),
    );
  }

  /**
   * The values of indicators on some days of a symbol.
   * @param param  the argument in which they were named
   */
  async onDays(symbol: DirectoryRow, param: string, text: string, days: readonly string[]): Promise<IndicatorValues[]> {
    const indicators = parseIndicators(param, text);
    if (days.length === 0) return valuesOf([], indicators, 'day', days);
    const [start, end] = days[0]! < days.at(-1)! ? [days[0]!, days.at(-1)!] : [days.at(-1)!, days[0]!];
    const args = new DailyArgs();
    const whole = { ...args, start, end, sort: SortDirection.ASC, first: 'all' as const };
    const page = await this.#read(await this.daily.list([symbol], whole), DAYS);
    const history = await this.#withBefore(symbol, page, DAYS, reachOf(indicators), whole.sort, (before) =>
      this.daily.list([symbol], { ...args, ...before }),
    );
    return valuesOf(history, indicators, 'day', days);
  }

  /** @param historyOf  of the rows of a page the bars, oldest first, that their values are made of */
  async #page<Of extends List>(
    list: Of,
    first: number | 'all',
    indicators: readonly Indicator[],
    { model, time }: Kind,
    historyOf: (page: readonly PricedRow[]) => Promise<readonly PricedRow[]>,
  ): Promise<IndicatorPage<Of>> {
    const added = indicators.flatMap((one) => one.columns.map((name) => columnOf(name, one.formula)));
    const columns = [...columnsOf(model), ...added];
    const limit = first === 'all' ? ALL_ROWS : Math.min(first, rowsOfColumns(columns.length));
    const { rows: read, nextPageToken } = await readList(this.db, list, limit, columnsOf(model));
    const rows = await objectsOf<Record<string, string | number | null>>(read);
    const history = await historyOf(rows as PricedRow[]);
    const times = rows.map((row) => row[time] as string);
    for (const { name, values } of await valuesOf(history, indicators, time, times)) {
      await turn();
      for (const [i, row] of rows.entries()) row[name] = values[i]!;
      worked(rows.length);
    }
    const parts: PageRows[] = [];
    const size = Math.ceil(VALUES_AT_ONCE / columns.length);
    for (let at = 0; at < rows.length; at += size) {
      await turn();
      parts.push(new PageRows(columns, [rawRowsOf(rows.slice(at, at + size), columns)], 0));
      worked(VALUES_AT_ONCE);
    }
    return {
      list,
      parts,
      nextPageToken,
      columns: added,
      meta: indicators.map((one) => ({ columns: one.columns, formula: one.formula, warm_up: one.warmUp })),
    };
  }

  /**
   * Bars of a page, the oldest first, and so many before them.
   * @param listOf  a list of other bars of the same kind
   */
  async #withBefore(
    symbol: DirectoryRow,
    page: readonly PricedRow[],
    kind: Kind,
    count: number,
    sort: SortDirection,
    listOf: (before: Before) => Promise<List>,
  ): Promise<readonly PricedRow[]> {
    const bars = sort === 'asc' ? page : page.toReversed();
    const at = bars[0]?.[kind.time];
    if (count === 0 || !at) return bars;
    const day = parseDay(at.slice(0, 10))!;
    const from = Math.max(day - LIMITS.barsDays + 2, parseDay(symbol.firstDay)!);
    const start = formatDay(from);
    if (kind.time === 'day' ? day <= from : parseInstant(at)! <= startOfDay(from)) return bars;
    const end = kind.time === 'day' ? formatDay(day - 1) : at;
    const first = Number.isFinite(count) ? count : ('all' as const);
    const list = await listOf({ start, end, sort: SortDirection.DESC, first, after: undefined });
    const before = await this.#read(list, kind, Math.min(count, ALL_ROWS));
    return [...before.toReversed(), ...bars];
  }

  async #read(list: List, { model, time }: Kind, limit = ALL_ROWS): Promise<PricedRow[]> {
    const columns = columnsOf(model).filter(({ name }) => [...list.key, time, 'high', 'low', 'close'].includes(name));
    const { rows } = await readList(this.db, list, limit, columns);
    return objectsOf<PricedRow>(rows);
  }
}

/** Objects of some rows, made in turns. */
async function objectsOf<Row extends object>(rows: PageRows): Promise<Row[]> {
  const read = rows.reader<Row>();
  const size = Math.ceil(VALUES_AT_ONCE / rows.columns.length);
  const objects: Row[] = [];
  while (objects.length < rows.count) {
    await turn();
    objects.push(...read(size));
    worked(VALUES_AT_ONCE);
  }
  return objects;
}

/** The values of indicators at some times of a history, each computed in a turn of its own. */
async function valuesOf(
  history: readonly PricedRow[],
  indicators: readonly Indicator[],
  time: string,
  times: readonly string[],
): Promise<IndicatorValues[]> {
  const of = (name: string): Float64Array => {
    const values = new Float64Array(history.length);
    for (const [i, row] of history.entries()) values[i] = row[name] === null ? NaN : Number(row[name]);
    return values;
  };
  const columnsOf = indicatorsBeside({ high: of('high'), low: of('low'), close: of('close') });
  worked(3 * history.length);
  await turn();
  const known = new Map(history.map((row, i) => [row[time], i]));
  const places = times.map((at) => known.get(at) ?? -1);
  const found: IndicatorValues[] = [];
  for (const indicator of indicators) {
    await turn();
    for (const { name, values } of columnsOf(indicator)) {
      found.push({ name, values: places.map((place) => finite(values[place] ?? NaN)) });
    }
    worked(history.length);
  }
  return found;
}

/** Indicators are those of all bars. */
function refuseUpdates(args: DailyArgs | BarsArgs): void {
  if (args.updatedAfter === undefined) return;
  const param = nameOf(args, 'updatedAfter');
  throw invalid(param, `${param} does not go with ${nameOf(args, 'indicators')}.`);
}

function reachOf(indicators: readonly Indicator[]): number {
  return Math.max(...indicators.map(({ reach }) => reach));
}

function columnOf(name: string, description: string): Column {
  return { property: name, name, kind: 'float', nullable: true, description };
}
