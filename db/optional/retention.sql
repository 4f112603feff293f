-- NOT applied by default: keep two years of bars, the older ones archived in market_data.ohlcv_archive first.
-- It deletes: every bar older than two years leaves market_data.ohlcv; the daily bars and the archive remain.
CREATE TABLE IF NOT EXISTS market_data.ohlcv_archive (
    LIKE market_data.ohlcv INCLUDING DEFAULTS INCLUDING CONSTRAINTS,
    PRIMARY KEY (symbol, timestamp)
);

-- Archives 30 days ahead of the retention policy, every day, so that nothing is dropped that was not copied.
CREATE OR REPLACE PROCEDURE market_data.archive_old_bars(job_id int DEFAULT NULL, config jsonb DEFAULT NULL)
LANGUAGE sql
AS $$
  INSERT INTO market_data.ohlcv_archive
    (id, symbol, timestamp, open, high, low, close, volume, vwap, trades_count, timeframe, source, created_at, updated_at)
  SELECT b.id, b.symbol, b.timestamp, b.open, b.high, b.low, b.close, b.volume, b.vwap, b.trades_count, b.timeframe,
    b.source, b.created_at, b.updated_at
  FROM market_data.ohlcv b
  WHERE b.timestamp < now() - INTERVAL '2 years' + INTERVAL '30 days'
    AND NOT EXISTS (SELECT FROM market_data.ohlcv_archive a WHERE a.symbol = b.symbol AND a.timestamp = b.timestamp);
$$;

CALL market_data.archive_old_bars();

DO $$
BEGIN
  IF NOT EXISTS (SELECT FROM timescaledb_information.jobs
                 WHERE proc_schema = 'market_data' AND proc_name = 'archive_old_bars') THEN
    PERFORM add_job('market_data.archive_old_bars', INTERVAL '1 day');
  END IF;
END
$$;

SELECT add_retention_policy('market_data.ohlcv', INTERVAL '2 years', if_not_exists => TRUE);
