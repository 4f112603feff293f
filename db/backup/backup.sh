#!/usr/bin/env bash
source "$(dirname "${BASH_SOURCE[0]}")/common.sh"

usage() {
  cat <<'HELP'
Backs up one database: pg_dump in its compressed custom format, read back to the end before it counts.

  backup.sh --dir DIRECTORY [--keep DAYS] [--metrics FILE] [--verbose] [DATABASE]

  --dir DIRECTORY   where backups are kept (or BACKUP_DIR)
  --keep DAYS       older backups of this database are deleted after a new one succeeded; default 30, 0 keeps all
  --metrics FILE    after success, when that was, for node_exporter's textfile collector (a name that ends in .prom)
  --verbose         say what was done, also where no terminal reads it
  DATABASE          default: PGDATABASE, then tetra

The server is libpq's: PGHOST, PGPORT, PGUSER, PGPASSFILE, PGSERVICE, PGSSLMODE and so on. Run it as a superuser.
It writes DATABASE_<UTC time>.dump, with .roles.sql (the roles, without their passwords), .info (versions) and .sha256
beside it, and fails, leaving nothing that looks like a backup, when anything goes wrong.

Every day at 05:00, by cron:   0 5 * * *  /path/to/backup.sh --dir /backups/postgres
HELP
}

dir=${BACKUP_DIR:-}
keep=30
metrics=
database=
while [ "$#" -gt 0 ]; do
  case $1 in
    -h | --help) usage && exit 0 ;;
    --dir) dir=$(value "$1" "$@"); shift 2 ;;
    --metrics) metrics=$(value "$1" "$@"); shift 2 ;;
    --verbose) verbose=yes && shift ;;
    --keep) keep=$(value "$1" "$@"); shift 2 ;;
    -*) misused "unknown option $1" ;;
    *) [ -z "$database" ] || misused "one database at a time" && database=$1 && shift ;;
  esac
done
database=${database:-${PGDATABASE:-tetra}}
[ -n "$dir" ] || misused "--dir is missing"
is_count "$keep" || misused "--keep is a number of days"
[[ $database =~ ^[A-Za-z0-9_.-]+$ ]] || misused "a database of this name cannot be backed up: $database"
[ -d "$dir" ] && [ -w "$dir" ] || die "$dir is not a directory that can be written to"
need pg_dump pg_dumpall pg_restore psql sha256sum

export PGDATABASE=$database
name=${database}_$(now_utc)
tidy "$dir" ".${database}_*"
draft=$(mktemp -d "$dir/.$name.XXXXXX")
trap 'rm -rf "$draft"' EXIT
[ ! -e "$dir/$name.dump" ] || die "$dir/$name.dump is there already"

timescaledb=$(ask -c "SELECT extversion FROM pg_extension WHERE extname = 'timescaledb'") || die "cannot ask $database"
{
  printf 'database=%s\n' "$database"
  printf 'server_version=%s\n' "$(ask -c 'SHOW server_version')"
  printf 'timescaledb=%s\n' "$timescaledb"
  printf 'begun=%s\n' "$(date -u +%Y-%m-%dT%H:%M:%SZ)"
} >"$draft/$name.info"

# Not for cron's mail: pg_dump's warning, of four lines, that tables of TimescaleDB's catalog refer to each other.
harmless='^pg_dump: (warning: there are circular foreign-key constraints |detail: (hypertable|chunk|continuous_agg)$'
harmless+='|hint: (You might not be able to restore the dump without|Consider using a full dump ))'
failed=no
LC_MESSAGES=C pg_dump -w -Fc -Z 6 -f "$draft/$name.dump" 2>"$draft/said" || failed=yes
if grep -qvE "$harmless" "$draft/said"; then cat "$draft/said" >&2; fi
[ "$failed" = no ] || die "pg_dump failed; no backup was made"
rm "$draft/said"
pg_dumpall -w --roles-only --no-role-passwords -l "$database" -f "$draft/$name.roles.sql" ||
  die "pg_dumpall failed; no backup was made"

# The listing reads the table of contents only; a file cut short shows itself when it is read to its end.
tables=$(pg_restore --list "$draft/$name.dump" | grep -c ' TABLE DATA ') || die "the dump does not list any table's data"
pg_restore -f /dev/null "$draft/$name.dump" || die "the dump cannot be read back; no backup was made"

(cd "$draft" && sha256sum "$name.dump" >"$name.sha256")
durable "$draft"/*
# The dump last: where it is, the rest is.
for part in info roles.sql sha256 dump; do mv "$draft/$name.$part" "$dir/$name.$part"; done
durable "$dir"
tell "$dir/$name.dump ($(du -h "$dir/$name.dump" | cut -f 1), data of $tables tables)"

if [ "$keep" -gt 0 ]; then
  stamp='[0-9][0-9][0-9][0-9][0-9][0-9][0-9][0-9]T[0-9][0-9][0-9][0-9][0-9][0-9]Z'
  find "$dir" -maxdepth 1 -type f -name "${database}_$stamp.dump" -mtime "+$keep" ! -name "$name.dump" -print |
    while IFS= read -r old; do
      rm -f "$old" "${old%.dump}.info" "${old%.dump}.roles.sql" "${old%.dump}.sha256"
      tell "deleted $old, older than $keep days"
    done
fi

[ -z "$metrics" ] || success "$metrics" tetra_backup_last_success_timestamp_seconds "{database=\"$database\"}"
