-- Since TimescaleDB 2.13 an aggregate shows only what was materialised; this one also answers for the newest bars.
ALTER MATERIALIZED VIEW market_data.ohlcv_daily SET (timescaledb.materialized_only = false);

SELECT add_continuous_aggregate_policy('market_data.ohlcv_daily',
    start_offset => INTERVAL '3 days',
    end_offset => INTERVAL '1 hour',
    schedule_interval => INTERVAL '1 hour',
    if_not_exists => TRUE);

-- Where the raw bars of older days have been dropped (retention), their daily rows are the only copy, and a refresh
-- over them would delete them: the refresh that follows then begins after the first day that still has raw bars.
SELECT set_config('tetra.refresh_from',
  CASE WHEN (SELECT min(day) FROM market_data.ohlcv_daily)
          < (SELECT time_bucket('1 day', min(timestamp)) FROM market_data.ohlcv)
       THEN (SELECT (time_bucket('1 day', min(timestamp)) + INTERVAL '1 day')::text FROM market_data.ohlcv)
       ELSE '' END,
  false);
