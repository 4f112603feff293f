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

/** The data sets and what one has to know to read each right. */
export const DATA_SETS: Readonly<Record<string, readonly string[]>> = {
  'market_data.ohlcv': [
    'Prices are raw: not adjusted for splits or dividends.',
    'PRIMARY KEY (symbol, timestamp) lets only one timeframe live at an instant: a 1m and a 1d bar cannot share one.',
    'timeframes and sources are those of the newest bars only.',
  ],
  'market_data.ohlcv_daily': [
    'A day is a UTC day, from midnight to midnight UTC, not a trading session.',
    'Prices are raw: not adjusted for splits or dividends.',
    'vwap is the plain average of the vwaps of the bars, not weighted by volume.',
    'Bars of several timeframes on one day are added up: their volume counts more than once.',
    'A correction reaches the stored days only when its range is refreshed; this API computes what is known to be stale.',
    'rows, first and last are as the list of symbols has them; days to come are no last day.',
  ],
  'economic_data.economic_data': [
    'One value per series and date, the newest vintage: earlier ones are not kept.',
    'sources are those of the newest 10000 observations.',
  ],
  'news.news_articles': [
    'A search matches English stems; it reads the articles of its window, so a wide one takes longer.',
    'sources are at most 1000.',
  ],
  'events.event_data': [
    'Scheduled events lie ahead, so last may be after now and lag_seconds negative.',
    'sources are those of the newest 10000 events.',
  ],
};
