#!/usr/bin/env bash
source "$(dirname "${BASH_SOURCE[0]}")/common.sh"

usage() {
  cat <<'HELP'
Puts back rows that a database has lost, out of another one that still has them, such as a recovered server
(restore-to-time.sh). Only rows whose key is not there are added: none is changed, none is deleted.

  put-back.sh --from CONNECTION [--table SCHEMA.TABLE]... [--where CONDITION] [--dry-run] DATABASE

  --from CONNECTION   where the rows are, as libpq says it: 'host=127.0.0.1 port=5433 dbname=tetra'
  --table TABLE       only this table; may be given again. Default: every table of the data that both have
  --where CONDITION   only rows of --from for which this holds: "symbol = 'AAPL' AND timestamp >= '2025-01-01'"
  --dry-run           counts what would be put back, and changes nothing
  DATABASE            the database that has lost them; its server is libpq's: PGHOST, PGPORT, PGUSER and so on

Run it as a superuser. All tables are one transaction, so that it puts back everything or nothing; it may be repeated.
pg_dump -a -t is no way to do this: of a hypertable it holds no row and says nothing, and one row that is still there
makes the whole of it fail. Bring daily bars up to date afterwards: tetra refresh.
HELP
}

from='' where='' dry=no tables=()
database=
while [ "$#" -gt 0 ]; do
  case $1 in
    -h | --help) usage && exit 0 ;;
    --from) from=$(value "$1" "$@"); shift 2 ;;
    --where) where=$(value "$1" "$@"); shift 2 ;;
    --table) tables+=("$(value "$1" "$@")"); shift 2 ;;
    --dry-run) dry=yes && shift ;;
    -*) misused "unknown option $1" ;;
    *) [ -z "$database" ] || misused "one database at a time" && database=$1 && shift ;;
  esac
done
[ -n "$from" ] || misused "--from is missing"
[ -n "$database" ] || misused "which database has lost rows?"
need psql
export PGDATABASE=$database
# Only what --from says, and libpq's defaults: with PGHOST and PGPORT of the other one it could be read from itself.
source_ask() { env -u PGHOST -u PGHOSTADDR -u PGPORT -u PGDATABASE -u PGSERVICE psql -X -w -q -A -t -v ON_ERROR_STOP=1 -d "$from" "$@"; }

# Where each of them is: two names of one database would be no source at all.
identity="SELECT system_identifier || ' ' || current_setting('data_directory') || ' ' || current_database() FROM pg_control_system()"
there=$(source_ask -c "$identity") || die "cannot ask --from"
here=$(ask -c "$identity") || die "cannot ask $database"
[ "$there" != "$here" ] || die "--from is $database itself"

# market_data.ohlcv_retention is left out: it says how its own server stands.
known="SELECT format('%I.%I', n.nspname, c.relname) FROM pg_class c JOIN pg_namespace n ON n.oid = c.relnamespace
  WHERE c.relkind IN ('r', 'p') AND NOT c.relispartition AND c.relname <> 'ohlcv_retention'
    AND n.nspname IN ('market_data', 'economic_data', 'news', 'events', 'derived', 'strategies', 'execution')
    AND EXISTS (SELECT FROM pg_index i WHERE i.indrelid = c.oid AND i.indisunique)
  ORDER BY 1"
shared=$(comm -12 <(ask -c "$known" | LC_ALL=C sort) <(source_ask -c "$known" | LC_ALL=C sort))
if [ "${#tables[@]}" -eq 0 ]; then
  [ -n "$shared" ] || die "no table of the data is in both"
  mapfile -t tables <<<"$shared"
fi
for table in "${tables[@]}"; do
  grep -qxF -- "$table" <<<"$shared" || die "$table is not a table of the data, with a key, in both: ${shared//$'\n'/, }"
done

# A bar that tetra retain has archived meanwhile is there, and one that the archive still lacks is in market_data.ohlcv.
archived=$(ask -c "SELECT to_regclass('market_data.ohlcv_archive') IS NOT NULL") || die "cannot ask $database"
elsewhere() {
  local other
  case $archived$1 in
    tmarket_data.ohlcv) other=market_data.ohlcv_archive ;;
    tmarket_data.ohlcv_archive) other=market_data.ohlcv ;;
    *) return 0 ;;
  esac
  printf 'WHERE NOT EXISTS (SELECT FROM %s AS o WHERE o.symbol = p.symbol AND o.timestamp = p.timestamp)' "$other"
}

# The rows come as psql reads its own standard input, so that they are in the same transaction as what uses them.
statements() {
  local table columns
  printf 'BEGIN;\nSET LOCAL statement_timeout = 0;\n'
  for table in "${tables[@]}"; do
    columns=$(ask -v t="$table" <<<"SELECT string_agg(quote_ident(attname), ', ' ORDER BY attnum) FROM pg_attribute
      WHERE attrelid = :'t'::regclass AND attnum > 0 AND NOT attisdropped AND attgenerated = ''") || return 1
    printf 'CREATE TEMP TABLE put_back ON COMMIT DROP AS SELECT %s FROM %s WITH NO DATA;\n' "$columns" "$table"
    printf 'COPY put_back FROM STDIN;\n'
    source_ask -c "COPY (SELECT $columns FROM $table ${where:+WHERE $where}) TO STDOUT" || return 1
    printf '\\.\n'
    printf 'WITH added AS (INSERT INTO %s (%s) SELECT * FROM put_back AS p %s ON CONFLICT DO NOTHING RETURNING 1)\n' \
      "$table" "$columns" "$(elsewhere "$table")"
    printf "SELECT '%s: ' || (SELECT count(*) FROM added) || ' of ' || (SELECT count(*) FROM put_back) || ' rows';\n" "${table//\'/\'\'}"
    printf 'DROP TABLE put_back;\n'
  done
  # A source that broke off ends without this, and psql rolls back.
  if [ "$dry" = yes ]; then printf 'ROLLBACK;\n'; else printf 'COMMIT;\n'; fi
}
said=$(statements | ask -f -) || die "nothing was put back: see above"
word='put back'
[ "$dry" = no ] || word='would be put back'
while IFS= read -r line; do say "$line $word"; done <<<"$said"
