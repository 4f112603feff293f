import { Injectable } from '@nestjs/common';
import { invalid } from '../../base/errors.js';
import { LIMITS, rowsOfColumns } from '../../base/limits.js';
import { dayOf, formatDay, formatInstant, parseDay, parseInstant } from '../../base/time.js';
import { turn, worked } from '../../base/turns.js';
import { nameOf } from '../../contract/args.js';
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
 * Bars with indicators. Those of bars of a day or longer are computed over the history of the symbol from its first day
 * on, those of shorter bars over as many before as count, so that a value does not depend on the window that it is
 * asked in.
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
    const end = formatDay(dayOf(list.window.to - 1n));
    const history = await this.daily.list([symbol], historyOf(symbol, args, end));
    return this.#page(list, args.first, indicators, DAYS, () => this.#read(history, DAYS));
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
    if (unit === null) {
      const reach = Math.max(...indicators.map((one) => one.reach));
      return this.#page(list, args.first, indicators, BARS, (page) => this.#withBefore(symbol, asked, page, reach));
    }
    const history = await this.bars.list([symbol], historyOf(symbol, asked, formatInstant(list.window.to)));
    return this.#page(list, args.first, indicators, BARS, () => this.#read(history, BARS));
  }

  /**
   * The values of indicators on some days of a symbol.
   * @param param  the argument in which they were named
   */
  async onDays(symbol: DirectoryRow, param: string, text: string, days: readonly string[]): Promise<IndicatorValues[]> {
    const indicators = parseIndicators(param, text);
    const last = days.reduce((a, b) => (a > b ? a : b), symbol.firstDay);
    const history = await this.daily.list([symbol], historyOf(symbol, new DailyArgs(), last));
    return valuesOf(await this.#read(history, DAYS), indicators, 'day', days);
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

  /** Bars of a page, the oldest first, and so many before them. */
  async #withBefore(
    symbol: DirectoryRow,
    args: BarsArgs,
    page: readonly PricedRow[],
    count: number,
  ): Promise<readonly PricedRow[]> {
    const bars = args.sort === 'asc' ? page : page.toReversed();
    const end = bars[0]?.timestamp;
    if (count === 0 || !end) return bars;
    const first = dayOf(parseInstant(end)!) - LIMITS.barsDays + 1;
    const start = formatDay(Math.max(first, parseDay(symbol.firstDay)!));
    const asked = { ...args, start, end, sort: 'desc' as const, first: count, after: undefined };
    const before = end.slice(0, 10) < start ? [] : await this.#read(await this.bars.list([symbol], asked), BARS, count);
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

/** Arguments for all bars of a symbol up to an end, the oldest first. */
function historyOf<Args extends DailyArgs | BarsArgs>(symbol: DirectoryRow, args: Args, end: string): Args {
  const start = end < symbol.firstDay ? end.slice(0, 10) : symbol.firstDay;
  return { ...args, start, end, sort: 'asc', first: 'all', after: undefined };
}

function columnOf(name: string, description: string): Column {
  return { property: name, name, kind: 'float', nullable: true, description };
}
