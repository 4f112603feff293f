-- market_data.ohlcv as a hypertable of 7-day chunks, compressed when they are 30 days old.
SELECT create_hypertable('market_data.ohlcv', 'timestamp',
    chunk_time_interval => INTERVAL '7 days',
    if_not_exists => TRUE);

-- Once only: the settings of a hypertable that compresses already are its owner's.
DO $$
BEGIN
  IF NOT (SELECT compression_enabled FROM timescaledb_information.hypertables
          WHERE hypertable_schema = 'market_data' AND hypertable_name = 'ohlcv') THEN
    ALTER TABLE market_data.ohlcv SET (
        timescaledb.compress,
        timescaledb.compress_segmentby = 'symbol',
        timescaledb.compress_orderby = 'timestamp DESC'
    );
  END IF;
END
$$;

SELECT add_compression_policy('market_data.ohlcv', INTERVAL '30 days', if_not_exists => TRUE);

-- The plain view of a time before the extension gives way to the continuous aggregate; a view holds no data.
DO $$
BEGIN
  IF EXISTS (SELECT FROM pg_class c JOIN pg_namespace n ON n.oid = c.relnamespace
             WHERE n.nspname = 'market_data' AND c.relname = 'ohlcv_daily' AND c.relkind = 'v')
    AND NOT EXISTS (SELECT FROM timescaledb_information.continuous_aggregates
                    WHERE view_schema = 'market_data' AND view_name = 'ohlcv_daily') THEN
    DROP VIEW market_data.ohlcv_daily;
  END IF;
END
$$;
