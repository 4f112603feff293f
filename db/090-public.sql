-- What every role may do by default and a reader must not: large objects, DO, temporary tables, advisory locks, messages.
-- default_transaction_read_only is no wall (a session may turn it off): these and the missing grants are.
-- The roles that own something in this database (the pipeline's, a migration tool's) keep all of it by name.
DO $$
DECLARE
  owners text;
  routine record;
BEGIN
  SELECT string_agg(DISTINCT quote_ident(o.rolname), ', ') INTO owners
  FROM pg_roles o
  WHERE NOT o.rolsuper AND o.rolname NOT IN ('tetra_reader', 'tetra_app') AND o.rolname !~ '^pg_'
    AND (o.oid IN (SELECT c.relowner FROM pg_class c JOIN pg_namespace n ON n.oid = c.relnamespace
                   WHERE n.nspname !~ '^(pg_|information_schema|_?timescaledb)')
         OR o.oid IN (SELECT nspowner FROM pg_namespace WHERE nspname !~ '^pg_')
         OR o.oid = (SELECT datdba FROM pg_database WHERE datname = current_database()));

  EXECUTE format('REVOKE TEMPORARY, CREATE ON DATABASE %I FROM PUBLIC', current_database());
  REVOKE CREATE ON SCHEMA public FROM PUBLIC;
  REVOKE USAGE ON LANGUAGE plpgsql, sql FROM PUBLIC;
  IF owners IS NOT NULL THEN
    EXECUTE format('GRANT TEMPORARY ON DATABASE %I TO %s', current_database(), owners);
    EXECUTE format('GRANT USAGE ON LANGUAGE plpgsql, sql TO %s', owners);
  END IF;

  FOR routine IN
    -- The catalog's own.
    SELECT p.oid::regprocedure AS name
    FROM pg_proc p
    WHERE p.pronamespace = 'pg_catalog'::regnamespace
      AND (p.proname ~ '^(lo_|loread$|lowrite$|pg_advisory_|pg_try_advisory_)'
           OR p.proname IN ('pg_notify', 'pg_logical_emit_message'))
      AND NOT p.proname IN ('lo_import', 'lo_export')
    UNION ALL
    -- TimescaleDB's functions that change something; the ones queries and policies' views read with stay public.
    SELECT p.oid::regprocedure
    FROM pg_proc p
    JOIN pg_depend d ON d.classid = 'pg_proc'::regclass AND d.objid = p.oid AND d.deptype = 'e'
    JOIN pg_extension e ON d.refclassid = 'pg_extension'::regclass AND e.oid = d.refobjid AND e.extname = 'timescaledb'
    WHERE p.provolatile = 'v' AND p.prorettype NOT IN ('trigger'::regtype, 'event_trigger'::regtype)
      AND p.proname ~ ('^(add|alter|attach|compress|convert|create|decompress|delete|detach|disable|drop|enable|freeze'
        || '|lock|merge|move|policy|rebuild|recompress|refresh|remove|reorder|restart|run|set|split|start|stop|unfreeze)_'
        || '|^timescaledb_(pre|post)_restore$|^(hypertable_osm_range_update|chunk_rewrite_cleanup|chunk_statistics_reset'
        || '|chunk_constraint_add_table_constraint|constraint_clone)$')
  LOOP
    EXECUTE format('REVOKE EXECUTE ON ROUTINE %s FROM PUBLIC', routine.name);
    IF owners IS NOT NULL THEN
      EXECUTE format('GRANT EXECUTE ON ROUTINE %s TO %s', routine.name, owners);
    END IF;
  END LOOP;
END
$$;
