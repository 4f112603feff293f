#!/usr/bin/env bash
source "$(dirname "${BASH_SOURCE[0]}")/common.sh"

usage() {
  cat <<'HELP'
Prints for each table and view of the data one line: its name, how many rows it has, and a digest over every column of
every row. Run it before and after a move to another server or version, while nobody writes: equal lines, equal data.

  digests.sh DATABASE >before
  digests.sh DATABASE >after
  diff before after

  DATABASE   default: PGDATABASE

The server is libpq's: PGHOST, PGPORT, PGUSER, PGPASSFILE and so on. The order of rows, time zone and settings of the
server do not matter. It reads every row: minutes for tens of millions. Exit code 1 when one cannot be read.
HELP
}

case ${1:-} in -h | --help) usage && exit 0 ;; -*) misused "unknown option $1" ;; esac
[ "$#" -le 1 ] || misused "too much: $2"
export PGDATABASE=${1:-${PGDATABASE:-}}
[ -n "$PGDATABASE" ] || misused "which database?"
need psql

# One transaction, so that all relations are seen at one moment. The digest of a relation is the sum of its rows'.
ask <<'SQL' || die "$PGDATABASE cannot be read"
BEGIN ISOLATION LEVEL REPEATABLE READ, READ ONLY;
SET LOCAL timezone = 'UTC';
SET LOCAL datestyle = 'ISO';
SET LOCAL intervalstyle = 'postgres';
SET LOCAL extra_float_digits = 1;
SET LOCAL bytea_output = 'hex';
SET LOCAL statement_timeout = 0;
SELECT format($$SELECT %L, count(*), coalesce(sum(('x' || left(md5(t::text), 15))::bit(60)::bigint), 0) FROM %I.%I AS t$$,
  format('%s.%s', n.nspname, c.relname), n.nspname, c.relname)
FROM pg_class c JOIN pg_namespace n ON n.oid = c.relnamespace
WHERE n.nspname IN ('market_data', 'economic_data', 'news', 'events', 'derived', 'strategies', 'execution')
  AND c.relkind IN ('r', 'p', 'v', 'm') AND NOT c.relispartition
ORDER BY n.nspname, c.relname \gexec
COMMIT;
SQL
