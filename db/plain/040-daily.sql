-- Where TimescaleDB is absent: the same daily bars as a view, one per symbol and UTC day. Same names, types, meaning.
CREATE OR REPLACE VIEW market_data.ohlcv_daily AS
SELECT
    symbol,
    date_bin(INTERVAL '1 day', timestamp, TIMESTAMPTZ '2000-01-01 00:00:00+00') AS day,
    (array_agg(open ORDER BY timestamp))[1] AS open,
    max(high) AS high,
    min(low) AS low,
    (array_agg(close ORDER BY timestamp DESC))[1] AS close,
    sum(volume) AS volume,
    avg(vwap) AS vwap
FROM market_data.ohlcv
GROUP BY symbol, day;
