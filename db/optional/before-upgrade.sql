-- Before pg_upgrade to PostgreSQL 17 or newer, in each database: gives back the rights on functions that have other
-- parameters there, which pg_upgrade cannot carry over ("function … does not exist", after its checks went well).
-- npm run db:setup takes them away again afterwards.
DO $$
DECLARE
  changed record;
BEGIN
  FOR changed IN
    SELECT p.oid::regprocedure AS routine,
      (SELECT string_agg(DISTINCT a.grantee::regrole::text, ', ') FROM aclexplode(p.proacl) AS a
       WHERE a.grantee NOT IN (0, p.proowner)) AS roles
    FROM pg_proc AS p
    WHERE p.pronamespace = 'pg_catalog'::regnamespace AND p.proname = 'pg_logical_emit_message'
  LOOP
    IF changed.roles IS NOT NULL THEN
      EXECUTE format('REVOKE EXECUTE ON ROUTINE %s FROM %s', changed.routine, changed.roles);
    END IF;
    EXECUTE format('GRANT EXECUTE ON ROUTINE %s TO PUBLIC', changed.routine);
  END LOOP;
END
$$;
