-- SkipScan can answer with wrong rows in the last releases for PostgreSQL 15 (timescaledb issues 10421 and 10447).
DO $$
BEGIN
  EXECUTE format('ALTER ROLE tetra_reader IN DATABASE %I SET timescaledb.enable_skipscan = off', current_database());
END
$$;
