-- NOT applied by default: what `tetra retain` needs to keep two years of bars and archive the older ones.
-- This file deletes nothing. `tetra retain`, run by cron, moves whole chunks into market_data.ohlcv_archive.
CREATE TABLE IF NOT EXISTS market_data.ohlcv_archive (
    LIKE market_data.ohlcv INCLUDING DEFAULTS,
    PRIMARY KEY (symbol, timestamp)
);

CREATE INDEX IF NOT EXISTS idx_ohlcv_archive_timestamp ON market_data.ohlcv_archive (timestamp DESC);

-- One row: how much is kept, where the operator allowed it to run, and how it last went.
CREATE TABLE IF NOT EXISTS market_data.ohlcv_retention (
    one BOOLEAN PRIMARY KEY DEFAULT true CHECK (one),
    keep INTERVAL NOT NULL DEFAULT INTERVAL '2 years' CHECK (keep >= INTERVAL '30 days'),
    -- Cluster, database and timeline: a restored or promoted server is another place, where it waits for the operator.
    place TEXT NOT NULL,
    archived_through TIMESTAMPTZ,
    last_started TIMESTAMPTZ,
    last_finished TIMESTAMPTZ,
    last_error TEXT
);

GRANT SELECT ON market_data.ohlcv_archive, market_data.ohlcv_retention TO tetra_reader, tetra_app;
REVOKE INSERT, UPDATE, DELETE ON market_data.ohlcv_archive, market_data.ohlcv_retention FROM tetra_reader, tetra_app;

INSERT INTO market_data.ohlcv_retention (place)
SELECT format('%s/%s/%s', (SELECT system_identifier FROM pg_control_system()), d.oid, left(pg_walfile_name(pg_current_wal_lsn()), 8))
FROM pg_database d
WHERE d.datname = current_database()
ON CONFLICT DO NOTHING;

-- Two jobs that did this before: one archived ahead of the other, which dropped whether that had happened or not.
DO $$
DECLARE
  job record;
BEGIN
  FOR job IN
    SELECT job_id, proc_name FROM timescaledb_information.jobs
    WHERE (proc_schema = 'market_data' AND proc_name = 'archive_old_bars')
       OR (proc_name = 'policy_retention' AND hypertable_schema = 'market_data' AND hypertable_name = 'ohlcv')
  LOOP
    PERFORM delete_job(job.job_id);
  END LOOP;
END
$$;

DROP PROCEDURE IF EXISTS market_data.archive_old_bars(int, jsonb);
