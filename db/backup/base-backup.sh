#!/usr/bin/env bash
source "$(dirname "${BASH_SOURCE[0]}")/common.sh"

usage() {
  cat <<'HELP'
Takes a base backup of the whole server: with the archived log (archive-wal.sh) it can be rolled forward to any time
after it (restore-to-time.sh).

  base-backup.sh --dir DIRECTORY [--keep DAYS] [--wal ARCHIVE] [--metrics FILE] [--verbose]

  --dir DIRECTORY   where base backups are kept, as large as the server's data each (or BASE_BACKUP_DIR)
  --keep DAYS       older base backups are deleted after a new one succeeded; default 30, 0 keeps all
  --metrics FILE    after success, when that was, for node_exporter's textfile collector (a name that ends in .prom)
  --verbose         say what was done, also where no terminal reads it
  --wal ARCHIVE     also delete archived segments that no kept base backup needs

The server is libpq's: PGHOST, PGPORT, PGUSER, PGPASSFILE and so on. The role needs REPLICATION, and pg_hba.conf a line
for the database "replication". The backup is checked by pg_verifybackup before it counts.
HELP
}

dir=${BASE_BACKUP_DIR:-}
keep=30
metrics=
wal=
while [ "$#" -gt 0 ]; do
  case $1 in
    -h | --help) usage && exit 0 ;;
    --dir) dir=$(value "$1" "$@"); shift 2 ;;
    --metrics) metrics=$(value "$1" "$@"); shift 2 ;;
    --verbose) verbose=yes && shift ;;
    --keep) keep=$(value "$1" "$@"); shift 2 ;;
    --wal) wal=$(value "$1" "$@"); shift 2 ;;
    *) misused "unknown: $1" ;;
  esac
done
[ -n "$dir" ] || misused "--dir is missing"
is_count "$keep" || misused "--keep is a number of days"
[ -d "$dir" ] && [ -w "$dir" ] || die "$dir is not a directory that can be written to"
[ -z "$wal" ] || [ -d "$wal" ] || die "$wal is not a directory"
need pg_basebackup
# Known before hours of copying; of which version they have to be only the copy says.
ls /usr/lib/postgresql/*/bin/pg_verifybackup >/dev/null 2>&1 || need pg_verifybackup pg_archivecleanup

name=base_$(now_utc)
[ ! -e "$dir/$name" ] || die "$dir/$name is there already"
tidy "$dir" '.base_*'
draft=$(mktemp -d "$dir/.$name.XXXXXX")
trap 'rm -rf "$draft"' EXIT
pg_basebackup -w -D "$draft" -Fp -X stream -c fast --manifest-checksums=SHA256 || die "pg_basebackup failed; no backup was made"
programs_of "$(cat "$draft/PG_VERSION")"
need pg_verifybackup pg_archivecleanup
pg_verifybackup -q "$draft" || die "the base backup is not whole; it was removed"
mv "$draft" "$dir/$name"
durable "$dir"
tell "$dir/$name ($(du -sh "$dir/$name" | cut -f 1))"

if [ "$keep" -gt 0 ]; then
  stamp='[0-9][0-9][0-9][0-9][0-9][0-9][0-9][0-9]T[0-9][0-9][0-9][0-9][0-9][0-9]Z'
  find "$dir" -maxdepth 1 -type d -name "base_$stamp" ! -name "$name" -print | while IFS= read -r old; do
    # Its label is written when the backup begins; a directory's own time changes when somebody looks into it with a tool.
    if [ -n "$(find "$old/backup_label" -mtime "+$keep" 2>/dev/null)" ]; then
      rm -rf "$old"
      tell "deleted $old, older than $keep days"
    fi
  done
fi

if [ -n "$wal" ]; then
  oldest=$(ls -d "$dir"/base_* | sort | head -n 1)
  first=$(sed -n 's/^START WAL LOCATION: .* (file \([0-9A-F]\{24\}\)).*/\1/p' "$oldest/backup_label")
  [ -n "$first" ] || die "$oldest/backup_label does not say which segment comes first; no segment was deleted"
  pg_archivecleanup "$wal" "$first"
fi

[ -z "$metrics" ] || success "$metrics" tetra_base_backup_last_success_timestamp_seconds ''
