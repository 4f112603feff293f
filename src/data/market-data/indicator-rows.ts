import { Injectable } from '@nestjs/common';
import { invalid } from '../../base/errors.js';
import { dayOf, formatDay, formatInstant } from '../../base/time.js';
import { nameOf } from '../../contract/args.js';
import { columnsOf } from '../../contract/wire.js';
import { type List, readList } from '../../lists/list.js';
import { Database } from '../../postgres/database.js';
import type { Column } from '../../sql/columns.js';
import { columnsOfIndicators, type Indicator, parseIndicators } from '../derived/indicators.js';
import { Bar, type BarsArgs } from './bars.model.js';
import { type BarList, BarsQueries } from './bars.queries.js';
import { DailyArgs, DailyBar } from './daily.model.js';
import { type DailyList, DailyQueries } from './daily.queries.js';
import type { DirectoryRow } from './directory.js';
import { intervalNamed } from './intervals.js';
import { finite } from '../derived/numbers.js';

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
  /** Bars, each with the values of the indicators by the names of their columns; null where there is none. */
  readonly rows: readonly object[];
  readonly columns: readonly Column[];
  readonly meta: readonly IndicatorMeta[];
  readonly nextPageToken: string | null;
}

/** Values of a column in the order of some rows; null where there is none. */
export interface IndicatorValues {
  readonly name: string;
  readonly values: readonly (number | null)[];
}

type PricedRow = Readonly<Record<'high' | 'low' | 'close', string | null>>;

/**
 * Bars of a day or longer with indicators. These are computed over the history of the symbol from its first day on, so
 * that a value does not depend on the window that it is asked in.
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
    return this.#page(list, history, args.first, indicators, columnsOf(DailyBar), 'day');
  }

  /**
   * A page of bars of an interval.
   * @throws ApiError invalid_parameter where they are shorter than a day, since the bars of a history would be too many
   */
  async ofInterval(symbol: DirectoryRow, args: BarsArgs & { indicators: string }): Promise<IndicatorPage<BarList>> {
    refuseUpdates(args);
    const param = nameOf(args, 'indicators');
    const indicators = parseIndicators(param, args.indicators);
    const list = await this.bars.list([symbol], args);
    const { timeframe } = list;
    if (timeframe === null || intervalNamed(timeframe)?.unit == null) {
      throw invalid(param, `${param} are computed for bars of a day or longer.`, { hint: 'Add timeframe=1d.' });
    }
    const asked = { ...historyOf(symbol, args, formatInstant(list.window.to)), timeframe, maxPoints: undefined };
    const history = await this.bars.list([symbol], asked);
    return this.#page(list, history, args.first, indicators, columnsOf(Bar), 'timestamp');
  }

  /**
   * The values of indicators on some days of a symbol.
   * @param param  the argument in which they were named
   */
  async onDays(symbol: DirectoryRow, param: string, text: string, days: readonly string[]): Promise<IndicatorValues[]> {
    const indicators = parseIndicators(param, text);
    const last = days.reduce((a, b) => (a > b ? a : b), symbol.firstDay);
    return this.#values(
      await this.daily.list([symbol], historyOf(symbol, new DailyArgs(), last)),
      indicators,
      'day',
      days,
    );
  }

  async #page<Of extends List>(
    list: Of,
    history: List,
    first: number | 'all',
    indicators: readonly Indicator[],
    columns: readonly Column[],
    time: string,
  ): Promise<IndicatorPage<Of>> {
    const limit = first === 'all' ? ALL_ROWS : first;
    const { rows: read, nextPageToken } = await readList(this.db, list, limit, columns);
    const rows = read.reader<Record<string, unknown>>()(read.count);
    const times = rows.map((row) => row[time] as string);
    for (const { name, values } of await this.#values(history, indicators, time, times)) {
      for (const [i, row] of rows.entries()) row[name] = values[i];
    }
    return {
      list,
      rows,
      nextPageToken,
      columns: indicators.flatMap((one) => one.columns.map((name) => columnOf(name, one.formula))),
      meta: indicators.map((one) => ({ columns: one.columns, formula: one.formula, warm_up: one.warmUp })),
    };
  }

  async #values(
    history: List,
    indicators: readonly Indicator[],
    time: string,
    times: readonly string[],
  ): Promise<IndicatorValues[]> {
    const model = time === 'day' ? DailyBar : Bar;
    const columns = columnsOf(model).filter(({ name }) => [...history.key, 'high', 'low', 'close'].includes(name));
    const { rows: read } = await readList(this.db, history, ALL_ROWS, columns);
    const rows = read.reader<PricedRow & Record<string, string>>()(read.count);
    const of = (name: keyof PricedRow): Float64Array =>
      Float64Array.from(rows, (row) => (row[name] === null ? NaN : Number(row[name])));
    const places = new Map(rows.map((row, i) => [row[time]!, i]));
    return columnsOfIndicators(indicators, { high: of('high'), low: of('low'), close: of('close') }).map(
      ({ name, values }) => ({ name, values: times.map((at) => finite(values[places.get(at) ?? -1] ?? NaN)) }),
    );
  }
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
