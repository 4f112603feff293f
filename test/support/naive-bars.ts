/** Days around which clocks change: in Havana at midnight, on Lord Howe by half an hour, in Troll by two hours. */
export const STRETCHES = [
  ['2025-03-01', '2025-04-10'],
  ['2025-09-03', '2025-09-10'],
  ['2025-10-03', '2025-11-05'],
] as const;
export const ZONES = [
  'UTC',
  'America/New_York',
  'Europe/London',
  'Antarctica/Troll',
  'America/Havana',
  'Australia/Lord_Howe',
  'America/Santiago',
  'America/Nuuk',
  'Asia/Kathmandu',
] as const;
export const WINDOW = 'start=2025-03-01&end=2025-11-05';

/** Bars of a quarter of an hour for most of the time, and of hours with holes, of two sources. */
export const insert = ([from, to]: readonly [string, string]): string => `
  INSERT INTO market_data.ohlcv (symbol, timestamp, open, high, low, close, volume, vwap, trades_count, timeframe, source)
  SELECT 'FINE', t, 100 + n % 17, 130 + n % 13, 90 - n % 11, 100 + n % 19, 1000 + n % 97,
    CASE WHEN n % 5 = 0 THEN NULL ELSE 100 + (n % 7) / 10.0 END, 2000000000 + n % 3, '15m', CASE WHEN n % 2 = 0 THEN 'x' ELSE 'y' END
  FROM generate_series(timestamptz '${from}Z', timestamptz '${to} 23:59Z', interval '15 minutes') WITH ORDINALITY AS g (t, n)
  WHERE n % 7 <> 0
  UNION ALL
  SELECT 'HOUR', t, 100 + n % 17, 130 + n % 13, 90 - n % 11, 100 + n % 19, n % 3, 100.12345678, NULL, '1h', 'x'
  FROM generate_series(timestamptz '${from}Z', timestamptz '${to} 23:59Z', interval '1 hour') WITH ORDINALITY AS g (t, n)
  WHERE n % 4 <> 0`;

/** The length that a bar has, and what tells it from all others, of an instant `t` at which clocks show `shown`. */
export const KEYS: Record<string, string> = {
  '30m': `(floor(extract(epoch FROM shown) / 1800), shown - t AT TIME ZONE 'UTC')::text`,
  '45m': `(floor(extract(epoch FROM shown) / 2700), shown - t AT TIME ZONE 'UTC')::text`,
  '90m': `(floor(extract(epoch FROM shown) / 5400), shown - t AT TIME ZONE 'UTC')::text`,
  '1h': `(floor(extract(epoch FROM shown) / 3600), shown - t AT TIME ZONE 'UTC')::text`,
  '2h': `floor(extract(epoch FROM shown) / 7200)::text`,
  '4h': `floor(extract(epoch FROM shown) / 14400)::text`,
  '1d': `to_char(shown, 'YYYY-MM-DD')`,
  '1w': `to_char(shown, 'IYYY-IW')`,
  '1mo': `to_char(shown, 'YYYY-MM')`,
  '1q': `to_char(shown, 'YYYY-Q')`,
  '1y': `to_char(shown, 'YYYY')`,
};

export interface Row {
  readonly [column: string]: unknown;
}

export const COLUMNS = 'timestamp,timeframe,open,high,low,close,volume,vwap,trades_count,bars';

/** The first bar's open, and so on, of all bars that share a key; each begins at the first instant that has its key. */
export const naive = (symbol: string, interval: string, zone: string, daily: boolean): string => `
  WITH shown AS (
    SELECT t, t AT TIME ZONE '${zone}' AS shown
    FROM generate_series(timestamptz '2024-12-25Z', timestamptz '2026-01-10Z', interval '15 minutes') AS t
  ), starts AS (SELECT ${KEYS[interval]} AS key, min(t) AS start FROM shown GROUP BY 1),
  bars AS (
    SELECT *, ${KEYS[interval]} AS key
    FROM ${
      daily
        ? `(SELECT date_trunc('day', timestamp, 'UTC') AS t, (array_agg(open ORDER BY timestamp))[1] AS open, max(high) AS high,
        min(low) AS low, (array_agg(close ORDER BY timestamp DESC))[1] AS close, sum(volume) AS volume, avg(vwap) AS vwap,
        NULL::bigint AS trades_count FROM market_data.ohlcv WHERE symbol = '${symbol}' GROUP BY 1)`
        : `(SELECT timestamp AS t, open, high, low, close, volume, vwap, trades_count FROM market_data.ohlcv WHERE symbol = '${symbol}')`
    } AS one CROSS JOIN LATERAL (SELECT t AT TIME ZONE '${zone}' AS shown) AS clock
  )
  SELECT to_char(start AT TIME ZONE 'UTC', 'YYYY-MM-DD"T"HH24:MI:SS"Z"') AS timestamp, '${interval}' AS timeframe,
    trim_scale((array_agg(open ORDER BY t))[1])::text AS open, trim_scale(max(high))::text AS high, trim_scale(min(low))::text AS low,
    trim_scale((array_agg(close ORDER BY t DESC))[1])::text AS close, sum(volume)::text AS volume,
    trim_scale(round(sum(vwap * volume) FILTER (WHERE vwap IS NOT NULL)
      / nullif(sum(volume) FILTER (WHERE vwap IS NOT NULL), 0), 8))::text AS vwap,
    sum(trades_count)::text AS trades_count, count(*)::integer AS bars
  FROM bars JOIN starts USING (key) GROUP BY start ORDER BY start`;
