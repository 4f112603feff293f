import { sql } from 'kysely';
import { columnsOf } from '../../contract/wire.js';
import { arraysStatement, Wanted } from '../../lists/arrays.js';
import { type BatchStatement, forEach } from '../../lists/batches.js';
import { build, textArray } from '../../sql/build.js';
import { renderExport, renderPage, renderRows } from '../../sql/render.js';
import { fill } from '../../sql/template.js';
import { daysWindow } from '../../base/time.js';
import * as catalog from '../../data/market-data/aggregate.sql.js';
import * as kinds from '../../data/market-data/bar-kinds.sql.js';
import { Bar } from '../../data/market-data/bars.model.js';
import * as bars from '../../data/market-data/bars.sql.js';
import { DailyBar } from '../../data/market-data/daily.model.js';
import * as daily from '../../data/market-data/daily.sql.js';
import * as directory from '../../data/market-data/directory.sql.js';
import * as gaps from '../../data/market-data/gaps.sql.js';
import {
  asRows,
  type Compiled,
  day,
  type Examples,
  most,
  october,
  page,
  raw,
  rendering,
} from '../../contract/examples.js';

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
  calendars: textArray(['weekdays', 'observed']),
};
const calendar: gaps.CalendarDays = {
  exceptions: textArray(['2025-10-13']),
  wholeMarketMissing: textArray(['2025-10-20']),
  marketNewest: sql.val('2025-10-31'),
};
const days = { first: day('2025-10-01'), last: day('2025-10-31') };

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

const KINDS: Examples<typeof kinds> = {
  kinds: { row: raw(kinds.kinds(symbol, october)) },
  marketKinds: { row: raw(kinds.marketKinds(october, 5000)) },
  hasKind: { row: raw(kinds.hasKind(symbols, october, 'timeframe', sql.val('1h'))) },
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
    stored: raw(gaps.gaps(asked, calendar, days, stored)),
    corrected: raw(gaps.gaps(asked, calendar, days, corrected)),
  },
};

const DIRECTORY: Examples<typeof directory> = {
  stretch: { stored: raw(directory.stretch(stored)), computed: raw(directory.stretch(computed)) },
  symbolDays: { stored: raw(directory.symbolDays(['NEW'], stored)) },
  occupiedChunks: { rows: raw(directory.occupiedChunks()) },
  occupiedYears: { rows: raw(directory.occupiedYears(october)) },
  unnamedBars: { row: raw(directory.unnamedBars()) },
  newestBar: { row: raw(directory.newestBar(october)) },
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
    latest: batch((one) => renderRows(bars.latest(one, october, {}), columnsOf(Bar))),
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
  'market-data/bar-kinds': KINDS,
  'market-data/daily': DAILY,
  'market-data/gaps': GAPS,
  'market-data/directory': DIRECTORY,
  'market-data/aggregate': AGGREGATE,
};
