import { sql } from 'kysely';
import { columnsOf } from '../../common/wire.js';
import { arraysStatement, Wanted } from '../../database/arrays.js';
import { type BatchStatement, forEach } from '../../database/batches.js';
import { build, textArray } from '../../database/build.js';
import { renderExport, renderPage, renderTexts } from '../../database/render.js';
import { fill } from '../../database/template.js';
import { daysWindow } from '../../database/time.js';
import * as catalog from '../../market-data/aggregate.sql.js';
import { Bar } from '../../market-data/bars.model.js';
import * as bars from '../../market-data/bars.sql.js';
import { DailyBar } from '../../market-data/daily.model.js';
import * as daily from '../../market-data/daily.sql.js';
import * as directory from '../../market-data/directory.sql.js';
import * as gaps from '../../market-data/gaps.sql.js';
import { asRows, type Compiled, day, type Examples, most, october, page, raw, rendering } from './examples.js';

const aggregate = { window: october, lacking: [], partial: [], dimension: 1 };
const stored: daily.DailySource = { aggregate, bars: [] };
const wrong = [daysWindow(day('2025-10-06'), day('2025-10-07'))];
const corrected: daily.DailySource = { aggregate: { ...aggregate, lacking: wrong }, bars: wrong };
const dropped: daily.DailySource = {
  aggregate: { ...aggregate, partial: [daysWindow(day('2025-10-01'), day('2025-10-01'))] },
  bars: [],
};
const computed: daily.DailySource = { aggregate: null, bars: [october] };
const symbol = sql.val('AAPL');
const symbols = textArray(['AAPL', 'MSFT']);
const asked: gaps.AskedSymbols = {
  names: symbols,
  firstDays: textArray(['2015-01-02', '2015-01-02']),
  lastDays: textArray(['2025-10-31', '2025-10-31']),
};

const except = { symbol, window: daysWindow(day('2025-10-01'), day('2025-10-07')) };

const BARS: Examples<typeof bars> = {
  bars: {
    json: page(bars.bars(symbol, october, {}, 'asc', most), ['symbol', 'timestamp'], rendering(Bar, 'json')),
    filtered_csv: page(
      bars.bars(symbol, october, { timeframe: sql.val('1m'), source: sql.val('feed') }, 'desc', most),
      ['symbol', 'timestamp'],
      rendering(Bar, 'csv'),
    ),
  },
  barsOf: {
    rows: asRows(bars.barsOf(symbols, october, {}, 'asc', most), Bar),
    rest_of_export: raw(renderExport(bars.barsOf(symbols, october, { except }, 'asc', null), rendering(Bar, 'csv'))),
  },
  latest: { rows: asRows(bars.latest(symbol, october, {}), Bar) },
};

const DAILY: Examples<typeof daily> = {
  dailyRows: { computed: raw(daily.dailyRows(null, computed)), dropped: raw(daily.dailyRows(symbol, dropped)) },
  daily: {
    stored_json: page(daily.daily(symbol, stored, 'asc', most), ['symbol', 'day'], rendering(DailyBar, 'json')),
    stored_columns: page(
      daily.daily(symbol, stored, 'asc', most),
      ['symbol', 'day'],
      rendering(DailyBar, 'columns', 'string'),
    ),
    corrected_ndjson: page(
      daily.daily(symbol, corrected, 'desc', most),
      ['symbol', 'day'],
      rendering(DailyBar, 'ndjson'),
    ),
  },
  marketDay: { rows: asRows(daily.marketDay(stored, textArray(['AAPL']), sql.val('A'), most), DailyBar) },
};

const GAPS: Examples<typeof gaps> = {
  gaps: {
    weekdays: raw(
      gaps.gaps(asked, { first: day('2025-10-01'), last: day('2025-10-31') }, 'weekdays', stored, null, 'name'),
    ),
    observed: raw(
      gaps.gaps(asked, { first: day('2025-10-01'), last: day('2025-10-31') }, 'observed', stored, stored, 'property'),
    ),
    all: raw(gaps.gaps(asked, { first: day('2025-10-01'), last: day('2025-10-31') }, 'all', stored, null, 'name')),
  },
};

const DIRECTORY: Examples<typeof directory> = {
  directory: { stored: raw(directory.directory(stored)), computed: raw(directory.directory(computed)) },
  extent: { row: raw(directory.extent(october)) },
  probe: { rows: raw(directory.probe(['NEW'], october)) },
};

const AGGREGATE: Examples<typeof catalog> = {
  hasCatalog: { row: raw(catalog.hasCatalog()) },
  aggregateState: { row: raw(catalog.aggregateState()) },
};

/** A statement of a batch, for two symbols. */
const batch = <Row>(each: BatchStatement<Row>['each'], values: Record<string, unknown> = {}): Compiled => {
  return () => fill(forEach(each).compile(build), { ...values, owners: ['AAPL', 'MSFT'] });
};
const members = columnsOf(DailyBar).map((value) => ({ name: value.property, value }));
const arrays = arraysStatement(
  { shape: [], rows: (symbol, limit) => daily.daily(symbol, stored, 'asc', limit), values: {} },
  100,
  new Wanted(
    columnsOf(DailyBar).filter(({ kind }) => kind !== 'decimal'),
    members,
    'number',
  ),
);

const BATCHES = {
  forEach: {
    latest: batch((one) => renderTexts(bars.latest(one, october, {}), columnsOf(Bar), ['symbol', 'timestamp'])),
    daily: batch((one) =>
      renderPage(daily.daily(one, stored, 'asc', most), ['symbol', 'day'], most, rendering(DailyBar, 'json')),
    ),
    daily_arrays: batch(arrays.each, arrays.values),
  },
};

/** The statements of market_data. */
export const MARKET_DATA = {
  'market-data/batches': BATCHES,
  'market-data/bars': BARS,
  'market-data/daily': DAILY,
  'market-data/gaps': GAPS,
  'market-data/directory': DIRECTORY,
  'market-data/aggregate': AGGREGATE,
};
