-- Who may do what: tetra_reader reads (the API logs in as it), tetra_app writes (the pipeline).
-- Passwords are the operator's: the settings tetra.reader_password and tetra.app_password of this session. Without one a
-- role is made with no password, and the password of a role that exists is left alone.
DO $$
DECLARE
  role_name text;
  password text;
  data_schema text;
  creator text;
BEGIN
  FOREACH role_name IN ARRAY ARRAY['tetra_reader', 'tetra_app'] LOOP
    IF NOT EXISTS (SELECT FROM pg_roles WHERE rolname = role_name) THEN
      EXECUTE format('CREATE ROLE %I LOGIN', role_name);
    ELSIF EXISTS (SELECT FROM pg_roles WHERE rolname = role_name AND NOT rolcanlogin) THEN
      EXECUTE format('ALTER ROLE %I LOGIN', role_name);
    END IF;
    password := current_setting('tetra.' || split_part(role_name, '_', 2) || '_password', true);
    IF password <> '' THEN
      EXECUTE format('ALTER ROLE %I PASSWORD %L', role_name, password);
    END IF;
    EXECUTE format('GRANT CONNECT ON DATABASE %I TO %I', current_database(), role_name);
  END LOOP;

  IF EXISTS (SELECT FROM pg_roles WHERE rolname = 'tetra_reader'
             AND (rolsuper OR rolcreatedb OR rolcreaterole OR rolreplication OR rolbypassrls)) THEN
    ALTER ROLE tetra_reader NOSUPERUSER NOCREATEDB NOCREATEROLE NOREPLICATION NOBYPASSRLS;
  END IF;

  FOREACH data_schema IN ARRAY ARRAY['market_data', 'economic_data', 'news', 'events'] LOOP
    EXECUTE format('GRANT USAGE ON SCHEMA %I TO tetra_reader, tetra_app', data_schema);
    EXECUTE format('GRANT SELECT ON ALL TABLES IN SCHEMA %I TO tetra_reader', data_schema);
    EXECUTE format('GRANT SELECT, INSERT, UPDATE ON ALL TABLES IN SCHEMA %I TO tetra_app', data_schema);
    -- Future tables too, whoever of the present owners makes them.
    FOR creator IN
      SELECT DISTINCT o.rolname FROM pg_roles o
      WHERE pg_has_role(current_user, o.oid, 'MEMBER') AND o.rolname NOT IN ('tetra_reader', 'tetra_app')
        AND (o.rolname = current_user
             OR o.oid IN (SELECT relowner FROM pg_class WHERE relnamespace = to_regnamespace(data_schema))
             OR o.oid = (SELECT nspowner FROM pg_namespace WHERE oid = to_regnamespace(data_schema)))
    LOOP
      EXECUTE format('ALTER DEFAULT PRIVILEGES FOR ROLE %I IN SCHEMA %I GRANT SELECT ON TABLES TO tetra_reader', creator, data_schema);
      EXECUTE format('ALTER DEFAULT PRIVILEGES FOR ROLE %I IN SCHEMA %I GRANT SELECT, INSERT, UPDATE ON TABLES TO tetra_app', creator, data_schema);
    END LOOP;
  END LOOP;

  REVOKE INSERT, UPDATE ON market_data.ohlcv_daily FROM tetra_app;
END
$$;

ALTER ROLE tetra_reader SET default_transaction_read_only = on;
ALTER ROLE tetra_reader SET statement_timeout = '5s';
ALTER ROLE tetra_reader SET lock_timeout = '1s';
ALTER ROLE tetra_reader SET idle_in_transaction_session_timeout = '10s';
ALTER ROLE tetra_reader SET client_connection_check_interval = '1s';
ALTER ROLE tetra_reader SET timezone = 'UTC';
-- Those below matter behind a pooler only, where the API cannot set them for its sessions.
ALTER ROLE tetra_reader SET datestyle = 'ISO';
ALTER ROLE tetra_reader SET jit = off;
ALTER ROLE tetra_reader SET plan_cache_mode = force_generic_plan;
