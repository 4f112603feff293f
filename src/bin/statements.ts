import type { CompiledQuery, Expression, RawBuilder } from 'kysely';
import { columnsOf } from '../common/wire.js';
import { build } from '../database/build.js';
import { type Rendering, renderPage, renderRows } from '../database/render.js';
import { daysWindow, parseDay } from '../database/time.js';
import { Bar } from '../market-data/bars.model.js';
import * as bars from '../market-data/bars.sql.js';
import { DailyBar } from '../market-data/daily.model.js';
import * as daily from '../market-data/daily.sql.js';
import * as directory from '../market-data/directory.sql.js';
import * as gaps from '../market-data/gaps.sql.js';
import * as monitoring from '../monitoring/monitoring.sql.js';

type Model = abstract new () => object;
/** The examples of one `x.sql.ts`: at least one for each of its functions. */
type Examples<Sql> = {
  [Name in keyof Sql as Sql[Name] extends (...args: never[]) => unknown ? Name : never]: Record<string, Compiled>;
};
type Compiled = () => CompiledQuery;

const day = (text: string): number => parseDay(text)!;
const october = daysWindow(day('2025-10-01'), day('2025-10-31'));
const stored: daily.DailySource = { aggregate: october, lacking: [] };
const corrected: daily.DailySource = {
  aggregate: october,
  lacking: [daysWindow(day('2025-10-06'), day('2025-10-07'))],
};
const computed: daily.DailySource = { aggregate: null, lacking: [october] };
const span = { symbol: 'AAPL', firstDay: '2015-01-02', lastDay: '2025-10-31' };

const rendering = (model: Model, format: Rendering['format'], numbers: Rendering['numbers'] = 'number'): Rendering => ({
  columns: columnsOf(model),
  format,
  numbers,
});
const page =
  (rows: Expression<unknown>, key: string[], how: Rendering): Compiled =>
  () =>
    renderPage(rows, key, 100, how).compile(build);
const asRows =
  (rows: Expression<unknown>, model: Model): Compiled =>
  () =>
    renderRows(rows, columnsOf(model)).compile(build);
const raw =
  (statement: RawBuilder<unknown>): Compiled =>
  () =>
    statement.compile(build);

const BARS: Examples<typeof bars> = {
  bars: {
    json: page(bars.bars('AAPL', october, {}, 'asc', 101), ['symbol', 'timestamp'], rendering(Bar, 'json')),
    filtered_csv: page(
      bars.bars('AAPL', october, { timeframe: '1m', source: 'feed' }, 'desc', 101),
      ['symbol', 'timestamp'],
      rendering(Bar, 'csv'),
    ),
  },
  barsOf: { rows: asRows(bars.barsOf(['AAPL', 'MSFT'], october, {}, 'asc', 101), Bar) },
  latest: { rows: asRows(bars.latest(['AAPL', 'MSFT'], october, {}), Bar) },
};

const DAILY: Examples<typeof daily> = {
  dailyRows: { computed: raw(daily.dailyRows(null, computed)) },
  daily: {
    stored_json: page(daily.daily('AAPL', stored, 'asc', 101), ['symbol', 'day'], rendering(DailyBar, 'json')),
    stored_columns: page(
      daily.daily('AAPL', stored, 'asc', 101),
      ['symbol', 'day'],
      rendering(DailyBar, 'columns', 'string'),
    ),
    corrected_ndjson: page(
      daily.daily('AAPL', corrected, 'desc', 101),
      ['symbol', 'day'],
      rendering(DailyBar, 'ndjson'),
    ),
  },
  dailyOf: { rows: asRows(daily.dailyOf(['AAPL', 'MSFT'], stored, 'asc', 101), DailyBar) },
  marketDay: { rows: asRows(daily.marketDay(stored, ['AAPL'], 'A', 101), DailyBar) },
};

const GAPS: Examples<typeof gaps> = {
  gaps: {
    weekdays: raw(
      gaps.gaps([span], { first: day('2025-10-01'), last: day('2025-10-31') }, 'weekdays', stored, null, 'name'),
    ),
    observed: raw(
      gaps.gaps([span], { first: day('2025-10-01'), last: day('2025-10-31') }, 'observed', stored, stored, 'property'),
    ),
    all: raw(gaps.gaps([span], { first: day('2025-10-01'), last: day('2025-10-31') }, 'all', stored, null, 'name')),
  },
};

const DIRECTORY: Examples<typeof directory> = {
  directory: { stored: raw(directory.directory(stored)) },
  probe: { rows: raw(directory.probe(['NEW'], october)) },
  hasCatalog: { row: raw(directory.hasCatalog()) },
  aggregateState: { row: raw(directory.aggregateState()) },
};

const MONITORING: Examples<typeof monitoring> = {
  server: { row: raw(monitoring.server()) },
  connections: { seen: raw(monitoring.connections(true)), unseen: raw(monitoring.connections(false)) },
  tables: { timescaledb: raw(monitoring.tables(true)), plain: raw(monitoring.tables(false)) },
  hypertables: { rows: raw(monitoring.hypertables()) },
  newestChunks: { rows: raw(monitoring.newestChunks()) },
  jobs: { rows: raw(monitoring.jobs()) },
  slowestStatements: { rows: raw(monitoring.slowestStatements()) },
};

const ALL: Record<string, Record<string, Record<string, Compiled>>> = {
  'market-data/bars': BARS,
  'market-data/daily': DAILY,
  'market-data/gaps': GAPS,
  'market-data/directory': DIRECTORY,
  'monitoring/database': MONITORING,
};

/**
 * Every statement that this API can send, by file name. The types above make the compiler refuse a function of an
 * `x.sql.ts` that has no example here, so every statement is read in review.
 */
export function* statements(): Iterable<[name: string, compiled: CompiledQuery]> {
  for (const [file, functions] of Object.entries(ALL)) {
    for (const [name, examples] of Object.entries(functions)) {
      for (const [example, compile] of Object.entries(examples)) yield [`${file}/${name}.${example}`, compile()];
    }
  }
}
