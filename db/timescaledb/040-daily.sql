-- Daily bars from intraday data, one per symbol and UTC day. Alone in its file: it is sent as a statement of its own.
CREATE MATERIALIZED VIEW IF NOT EXISTS market_data.ohlcv_daily
WITH (timescaledb.continuous) AS
SELECT
    symbol,
    time_bucket('1 day', timestamp) AS day,
    first(open, timestamp) AS open,
    max(high) AS high,
    min(low) AS low,
    last(close, timestamp) AS close,
    sum(volume) AS volume,
    avg(vwap) AS vwap
FROM market_data.ohlcv
GROUP BY symbol, day
WITH NO DATA;
