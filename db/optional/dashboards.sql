-- Opt-in: the role that Superset, Grafana and other dashboards log in as, with limits of its own, so that no panel takes
-- what the pipeline and the API need. It reads what tetra_reader reads. Applied by a superuser, as often as wanted:
--   PGOPTIONS="-c tetra.dashboards_password=…" psql -X -f db/optional/dashboards.sql
-- Without a password a new role gets none, and an existing one keeps its own.
DO $$
DECLARE
  password text := current_setting('tetra.dashboards_password', true);
  data_schema text;
BEGIN
  IF NOT EXISTS (SELECT FROM pg_roles WHERE rolname = 'tetra_dashboards') THEN
    CREATE ROLE tetra_dashboards LOGIN;
  END IF;
  IF password <> '' THEN
    EXECUTE format('ALTER ROLE tetra_dashboards PASSWORD %L', password);
  END IF;
  EXECUTE format('GRANT CONNECT ON DATABASE %I TO tetra_dashboards', current_database());
  FOREACH data_schema IN ARRAY ARRAY['market_data', 'economic_data', 'news', 'events'] LOOP
    EXECUTE format('GRANT USAGE ON SCHEMA %I TO tetra_dashboards', data_schema);
    EXECUTE format('GRANT SELECT ON ALL TABLES IN SCHEMA %I TO tetra_dashboards', data_schema);
  END LOOP;
  -- SkipScan can answer with wrong rows in the last releases for PostgreSQL 15 (timescaledb issues 10421 and 10447).
  IF EXISTS (SELECT FROM pg_extension WHERE extname = 'timescaledb') THEN
    EXECUTE format('ALTER ROLE tetra_dashboards IN DATABASE %I SET timescaledb.enable_skipscan = off', current_database());
  END IF;
END
$$;

ALTER ROLE tetra_dashboards NOSUPERUSER NOCREATEDB NOCREATEROLE NOREPLICATION NOBYPASSRLS CONNECTION LIMIT 10;
ALTER ROLE tetra_dashboards SET default_transaction_read_only = on;
ALTER ROLE tetra_dashboards SET statement_timeout = '10s';
ALTER ROLE tetra_dashboards SET lock_timeout = '1s';
ALTER ROLE tetra_dashboards SET idle_in_transaction_session_timeout = '10s';
ALTER ROLE tetra_dashboards SET idle_session_timeout = '10min';
ALTER ROLE tetra_dashboards SET timezone = 'UTC';
ALTER ROLE tetra_dashboards SET jit = off;
ALTER ROLE tetra_dashboards SET work_mem = '16MB';
