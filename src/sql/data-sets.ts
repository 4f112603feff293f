import { type StoredAs, type TableOf } from './tables.js';

/** The seven schemas of the database, in the order of the upstream document. */
export const SCHEMAS = [
  'market_data',
  'economic_data',
  'news',
  'events',
  'derived',
  'strategies',
  'execution',
] as const;

/**
 * When rows are due after the last one: after the next session of the market; after so many of the longest recent gaps
 * between days with rows; or before its schedule ends.
 */
export type DueBy =
  | 'sessions'
  | 'schedule'
  | {
      /** One for what is written as it happens; three where a row has the first day of a period, published later. */
      readonly gaps: number;
      /** Whether a row stands for a whole day at least. */
      readonly wholeDays: boolean;
    };

/** What the API, its catalog, its monitoring and the doctor have to know of one relation that is served. */
export interface DataSet {
  /** Every column that is read; a test compares them with the database, the doctor with the operator's. */
  readonly columns: Readonly<Record<string, StoredAs>>;
  /** The column that orders the rows in time. */
  readonly time: string;
  /** The columns that tell each row from all others; pages could repeat or skip rows without them. */
  readonly key: readonly string[];
  /** The bars, which may be a hypertable; what is added up from them; or an ordinary table. */
  readonly kind: 'bars' | 'aggregate' | 'table';
  /**
   * Where the catalog looks for the values of the column `source`: among the newest rows, or by its index among all;
   * null where there is no such column.
   */
  readonly sources: 'newest' | 'indexed' | null;
  /** Whether rows may lie ahead of now; where they may not, the doctor and the monitoring name those that do. */
  readonly mayLieAhead: boolean;
  /** When its next rows are due, by which the catalog judges how fresh it is. */
  readonly due: DueBy;
  /** What one has to know to read it right, as the catalog says it. */
  readonly notes: readonly string[];
}

function dataSet<const Entry extends DataSet>(
  entry: Entry & { time: keyof Entry['columns']; key: readonly (keyof Entry['columns'])[] },
): Entry {
  return entry;
}

/**
 * The one list of data sets, by the full names of their relations; there is no search path. Catalog, metrics,
 * readiness, doctor and the check of the role follow from it, and so do the types of the statements.
 */
export const DATA_SETS = {
  /** One bar of one symbol; a hypertable on `timestamp` where TimescaleDB is. */
  'market_data.ohlcv': dataSet({
    columns: {
      ...{ id: 'uuid?', symbol: 'text', timestamp: 'instant' },
      ...{ open: 'numeric', high: 'numeric', low: 'numeric', close: 'numeric', volume: 'whole' },
      ...{ vwap: 'numeric?', trades_count: 'integer?', timeframe: 'text', source: 'text' },
      ...{ created_at: 'instant?', updated_at: 'instant?' },
    },
    time: 'timestamp',
    key: ['symbol', 'timestamp'],
    kind: 'bars',
    sources: 'newest',
    mayLieAhead: false,
    due: 'sessions',
    notes: [
      'Prices are raw: not adjusted for splits or dividends.',
      'PRIMARY KEY (symbol, timestamp) lets only one timeframe live at an instant: a 1m and a 1d bar cannot share one.',
      'timeframes and sources are those of the newest bars only.',
    ],
  }),
  /** The bars of one symbol on one UTC day, added up. */
  'market_data.ohlcv_daily': dataSet({
    columns: {
      ...{ symbol: 'text?', day: 'instant?' },
      ...{ open: 'numeric?', high: 'numeric?', low: 'numeric?', close: 'numeric?', volume: 'whole?', vwap: 'numeric?' },
    },
    time: 'day',
    key: ['symbol', 'day'],
    kind: 'aggregate',
    sources: null,
    mayLieAhead: false,
    due: 'sessions',
    notes: [
      'A day is a UTC day, from midnight to midnight UTC, not a trading session.',
      'Prices are raw: not adjusted for splits or dividends.',
      'vwap is the plain average of the vwaps of the bars, not weighted by volume.',
      'Bars of several timeframes on one day are added up: their volume counts more than once.',
      'A correction reaches the stored days only when its range is refreshed; this API computes what is known to be stale.',
      'rows, first and last are as the list of symbols has them; days to come are no last day.',
    ],
  }),
  /** One observation of one series; `symbol` is the series id. */
  'economic_data.economic_data': dataSet({
    columns: {
      ...{ id: 'uuid?', symbol: 'text', date: 'instant', value: 'numeric', is_preliminary: 'boolean?' },
      ...{ revision_date: 'instant?', source: 'text', created_at: 'instant?', updated_at: 'instant?' },
    },
    time: 'date',
    key: ['symbol', 'date'],
    kind: 'table',
    sources: 'newest',
    mayLieAhead: false,
    due: { gaps: 3, wholeDays: true },
    notes: [
      'One value per series and date, the newest vintage: earlier ones are not kept.',
      'sources are those of the newest 10000 observations.',
    ],
  }),
  'news.news_articles': dataSet({
    columns: {
      ...{ id: 'uuid', title: 'text', description: 'text?', content: 'text?', url: 'text', source: 'text?' },
      ...{ author: 'text?', published_at: 'instant', created_at: 'instant?' },
    },
    time: 'published_at',
    key: ['id'],
    kind: 'table',
    sources: 'indexed',
    mayLieAhead: false,
    due: { gaps: 1, wholeDays: false },
    notes: [
      'A search matches English stems; it reads the articles of its window, so a wide one takes longer.',
      'sources are at most 1000.',
    ],
  }),
  /** Past and scheduled events. */
  'events.event_data': dataSet({
    columns: {
      ...{ id: 'uuid', event_type: 'text', event_datetime: 'instant', event_name: 'text', description: 'text?' },
      ...{ impact_level: 'integer?', symbol: 'text?', currency: 'text?', country: 'text?' },
      ...{ actual: 'numeric?', forecast: 'numeric?', previous: 'numeric?', source: 'text', created_at: 'instant?' },
    },
    time: 'event_datetime',
    key: ['id'],
    kind: 'table',
    sources: 'newest',
    mayLieAhead: true,
    due: 'schedule',
    notes: [
      'Scheduled events lie ahead, so last may be after now and lag_seconds negative.',
      'sources are those of the newest 10000 events.',
    ],
  }),
};

/** Full name of a relation that is served, such as `market_data.ohlcv`. */
export type DataSetName = keyof typeof DATA_SETS;

/** The relations as statements read them. */
export type Tables = { [Name in DataSetName]: TableOf<(typeof DATA_SETS)[Name]['columns']> };

/** An ordinary table: no hypertable, and nothing that is added up. */
export type PlainTable = {
  [Name in DataSetName]: (typeof DATA_SETS)[Name]['kind'] extends 'table' ? Name : never;
}[DataSetName];

/** One data set with its names. */
export interface NamedDataSet extends DataSet {
  readonly name: DataSetName;
  readonly schema: string;
  readonly relation: string;
}

/** All data sets, in the order of the catalog. */
export const ALL_DATA_SETS: readonly NamedDataSet[] = (Object.keys(DATA_SETS) as DataSetName[]).map((name) => {
  const [schema, relation] = name.split('.') as [string, string];
  return { ...DATA_SETS[name], name, schema, relation };
});

/** Those that the pipeline writes: all but what is added up from others. */
export const WRITTEN_DATA_SETS: readonly NamedDataSet[] = ALL_DATA_SETS.filter(({ kind }) => kind !== 'aggregate');

/** The schemas that hold data sets: those that the roles are granted. */
export const DATA_SCHEMAS: readonly string[] = [...new Set(ALL_DATA_SETS.map(({ schema }) => schema))];
