#!/usr/bin/env bash
source "$(dirname "${BASH_SOURCE[0]}")/common.sh"

usage() {
  cat <<'HELP'
Restores a backup made by backup.sh into an EMPTY database.

  createdb tetra_restored
  restore.sh FILE.dump [DATABASE]

  FILE.dump       the backup; where FILE.sha256, FILE.info and FILE.roles.sql are beside it they are used
  DATABASE        default: PGDATABASE

The server is libpq's: PGHOST, PGPORT, PGUSER, PGPASSFILE and so on. Run it as a superuser. It stops at the first error.
A database that holds any table is refused. Roles that the server lacks are made, without a password. TimescaleDB is
created in the version of the backup and told before and after (timescaledb_pre_restore, timescaledb_post_restore).
What belongs to the database itself and not to what is in it (who may connect) comes back with: npm run db:setup
HELP
}

file=
database=
while [ "$#" -gt 0 ]; do
  case $1 in
    -h | --help) usage && exit 0 ;;
    -*) misused "unknown option $1" ;;
    *)
      if [ -z "$file" ]; then file=$1; elif [ -z "$database" ]; then database=$1; else misused "too much: $1"; fi
      shift
      ;;
  esac
done
[ -n "$file" ] || misused "which backup?"
database=${database:-${PGDATABASE:-}}
[ -n "$database" ] || misused "into which database?"
[ -r "$file" ] || die "$file cannot be read"
need pg_restore psql sha256sum
export PGDATABASE=$database
beside=${file%.dump}

if [ -r "$beside.sha256" ]; then
  (cd "$(dirname "$file")" && sha256sum --check --status "$(basename "$beside").sha256") ||
    die "$file is damaged: its checksum is not that of the day it was made"
fi
contents=$(pg_restore --list "$file") || die "$file is not a backup, or it is damaged"
pg_restore -f /dev/null "$file" || die "$file is damaged: it cannot be read to its end"

found=$(ask -c "
  SELECT count(*) FROM pg_class c JOIN pg_namespace n ON n.oid = c.relnamespace
  WHERE c.relkind IN ('r', 'p', 'v', 'm', 'S', 'f') AND n.nspname !~ '^pg_' AND n.nspname <> 'information_schema'
    AND NOT EXISTS (SELECT FROM pg_depend d WHERE d.classid = 'pg_class'::regclass AND d.objid = c.oid AND d.deptype = 'e')") ||
  die "cannot ask $database"
[ "$found" = 0 ] || die "$database is not empty ($found relations): nothing was changed. Restore into a new database"

if [ -r "$beside.roles.sql" ]; then
  present=$(ask -c "SELECT quote_ident(rolname) FROM pg_roles")
  # Only the roles that are missing; those that are here keep what they are.
  awk -v present="$present" '
    BEGIN { n = split(present, names, "\n"); for (i = 1; i <= n; i++) here[names[i]] = 1 }
    { role = $3; sub(/;$/, "", role) }
    /^(CREATE|ALTER) ROLE / && !(role in here) { print }
    # What they are members of.
    /^GRANT / { role = $4; sub(/;$/, "", role); if (!(role in here)) { sub(/ GRANTED BY .*/, ";"); print } }
  ' "$beside.roles.sql" | ask -f - -o /dev/null ||
    die "the roles of the backup cannot be made"
fi

timescaledb=no
if grep -q ' EXTENSION - timescaledb ' <<<"$contents"; then
  timescaledb=yes
  version=$(sed -n 's/^timescaledb=//p' "$beside.info" 2>/dev/null || true)
  # Asked first: CREATE EXTENSION would end the session, and its message hide what to do.
  state=$(ask -v version="$version" <<<"SELECT CASE
      WHEN NOT EXISTS (SELECT FROM pg_available_extension_versions WHERE name = 'timescaledb'
        AND (version = :'version' OR :'version' = '')) THEN 'missing'
      WHEN current_setting('shared_preload_libraries') !~ '\mtimescaledb\M' THEN 'not preloaded' END") ||
    die "cannot ask $database"
  [ "$state" != 'not preloaded' ] ||
    die "TimescaleDB is installed, but not preloaded: shared_preload_libraries = 'timescaledb' in postgresql.conf, then restart the server. No row was restored"
  [ "$state" != missing ] ||
    die "TimescaleDB ${version:-} is not to be had on this server: install that version, restore, then update it"
  # Alone: the extension must be loaded before anything else touches its objects.
  ask -v version="$version" -o /dev/null <<<"SELECT format('CREATE EXTENSION IF NOT EXISTS timescaledb %s',
    CASE WHEN :'version' <> '' THEN format('VERSION %L', :'version') END) \\gexec" ||
    die "TimescaleDB ${version:-} cannot be created in $database: see above"
  installed=$(ask -c "SELECT extversion FROM pg_extension WHERE extname = 'timescaledb'")
  [ -z "$version" ] || [ "$installed" = "$version" ] ||
    die "$database has TimescaleDB $installed, the backup is of $version: drop the extension there first"
  ask -o /dev/null -c 'SELECT timescaledb_pre_restore()'
fi

# Rights on PostgreSQL's own functions, which a newer server may have with other parameters: db:setup sets those of its
# own.
list=$(mktemp)
trap 'rm -f "$list"' EXIT
functions=$(sed -n 's/^[0-9].* ACL pg_catalog FUNCTION \(.*)\) [^)]*$/\1/p' <<<"$contents")
missing=$(ask -v functions="$functions" <<<"SELECT name FROM string_to_table(:'functions', E'\n') AS name
  WHERE name <> '' AND to_regprocedure('pg_catalog.' || name) IS NULL") || die "cannot ask $database"
awk -v missing="$missing" '
  BEGIN { n = split(missing, names, "\n") }
  { for (i = 1; i <= n; i++) if (index($0, " ACL pg_catalog FUNCTION " names[i] " ")) { $0 = ";" $0 } print }
' <<<"$contents" >"$list"

pg_restore -w --exit-on-error -L "$list" -d "$database" "$file" ||
  die "$database holds part of the backup: drop it, fix what is said above, and restore into a new one"

if [ "$timescaledb" = yes ]; then
  # A retention policy would drop what was just brought back, seconds after its jobs run again.
  paused=$(ask -c "SELECT alter_job(job_id, scheduled => false) FROM timescaledb_information.jobs
    WHERE proc_name IN ('policy_retention', 'archive_old_bars')" | grep -c . || true)
  ask -o /dev/null -c 'SELECT timescaledb_post_restore()'
  [ "$paused" = 0 ] || say "$paused retention jobs are paused: SELECT alter_job(job_id, scheduled => true) starts one again"
fi
[ -z "$missing" ] || say "not on this server, so its rights are not restored: ${missing//$'\n'/, } (npm run db:setup)"
ask -c 'ANALYZE' || say "ANALYZE failed: run it by hand"
say "$file is restored in $database"
