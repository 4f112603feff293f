import type { ColumnType } from 'kysely';

/**
 * The tables as they are read. Every value that JavaScript could round (NUMERIC, BIGINT) or shift (timestamps)
 * reaches us as the text that PostgreSQL wrote; a test compares this file with the real database.
 */
type Numeric = ColumnType<string, never, never>;
type Int8 = ColumnType<string, never, never>;
type Timestamptz = ColumnType<string, never, never>;
type Text = ColumnType<string, never, never>;
type Int4 = ColumnType<number, never, never>;
type Bool = ColumnType<boolean, never, never>;
type Nullable<T> = T extends ColumnType<infer S, never, never> ? ColumnType<S | null, never, never> : never;

/** `market_data.ohlcv`: one bar of one symbol; a hypertable on `timestamp` where TimescaleDB is. */
export interface OhlcvTable {
  id: Nullable<Text>;
  symbol: Text;
  timestamp: Timestamptz;
  open: Numeric;
  high: Numeric;
  low: Numeric;
  close: Numeric;
  volume: Int8;
  vwap: Nullable<Numeric>;
  trades_count: Nullable<Int4>;
  timeframe: Text;
  source: Text;
  created_at: Nullable<Timestamptz>;
  updated_at: Nullable<Timestamptz>;
}

/** `market_data.ohlcv_daily`: the bars of one symbol on one UTC day, added up. */
export interface OhlcvDailyView {
  symbol: Nullable<Text>;
  day: Nullable<Timestamptz>;
  open: Nullable<Numeric>;
  high: Nullable<Numeric>;
  low: Nullable<Numeric>;
  close: Nullable<Numeric>;
  volume: Nullable<Numeric>;
  vwap: Nullable<Numeric>;
}

/** `economic_data.economic_data`: one observation of one series; `symbol` is the series id. */
export interface EconomicDataTable {
  id: Nullable<Text>;
  symbol: Text;
  date: Timestamptz;
  value: Numeric;
  is_preliminary: Nullable<Bool>;
  revision_date: Nullable<Timestamptz>;
  source: Text;
  created_at: Nullable<Timestamptz>;
  updated_at: Nullable<Timestamptz>;
}

/** `news.news_articles`. */
export interface NewsArticlesTable {
  id: Text;
  title: Text;
  description: Nullable<Text>;
  content: Nullable<Text>;
  url: Text;
  source: Nullable<Text>;
  author: Nullable<Text>;
  published_at: Timestamptz;
  created_at: Nullable<Timestamptz>;
}

/** `events.event_data`. */
export interface EventDataTable {
  id: Text;
  event_type: Text;
  event_datetime: Timestamptz;
  event_name: Text;
  description: Nullable<Text>;
  impact_level: Nullable<Int4>;
  symbol: Nullable<Text>;
  currency: Nullable<Text>;
  country: Nullable<Text>;
  actual: Nullable<Numeric>;
  forecast: Nullable<Numeric>;
  previous: Nullable<Numeric>;
  source: Text;
  created_at: Nullable<Timestamptz>;
}

/** Relations by their full names; there is no search path. */
export interface Tables {
  'market_data.ohlcv': OhlcvTable;
  'market_data.ohlcv_daily': OhlcvDailyView;
  'economic_data.economic_data': EconomicDataTable;
  'news.news_articles': NewsArticlesTable;
  'events.event_data': EventDataTable;
}
