-- Since TimescaleDB 2.13 an aggregate shows only what was materialised; this one also answers for the newest bars.
ALTER MATERIALIZED VIEW market_data.ohlcv_daily SET (timescaledb.materialized_only = false);

SELECT add_continuous_aggregate_policy('market_data.ohlcv_daily',
    start_offset => INTERVAL '3 days',
    end_offset => INTERVAL '1 hour',
    schedule_interval => INTERVAL '1 hour',
    if_not_exists => TRUE);
