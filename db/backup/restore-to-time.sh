#!/usr/bin/env bash
source "$(dirname "${BASH_SOURCE[0]}")/common.sh"

usage() {
  cat <<'HELP'
Point-in-time recovery: a base backup (base-backup.sh) rolled forward through the archived log (archive-wal.sh) to a
time, in a NEW directory. What runs now is not touched.

  restore-to-time.sh --base DIRECTORY --wal ARCHIVE --time TIME --to NEW_DIRECTORY [--start --port PORT]

  --base DIRECTORY   the base backup: the newest that was finished before TIME
  --wal ARCHIVE      the archived segments
  --time TIME        what was committed until then is there again; with its zone: '2025-10-31 14:30:00+00'
  --to DIRECTORY     the new data directory; it must not be there, or be empty
  --start            also start a server on it and wait until it has recovered; without, the commands are printed
  --port PORT        where that server listens, on 127.0.0.1 only
  --options TEXT     more options of postgres, for example '-c shared_preload_libraries=timescaledb' where the old server
                     had them on its command line

Run it as the account that PostgreSQL runs under. The recovered server does not archive until archive_mode is set again:
give it an archive of its own, or the new history would mix with the old.
HELP
}

base='' wal='' time='' to='' start=no port='' options=''
while [ "$#" -gt 0 ]; do
  case $1 in
    -h | --help) usage && exit 0 ;;
    --base) base=$(value "$1" "$@"); shift 2 ;;
    --wal) wal=$(value "$1" "$@"); shift 2 ;;
    --time) time=$(value "$1" "$@"); shift 2 ;;
    --to) to=$(value "$1" "$@"); shift 2 ;;
    --port) port=$(value "$1" "$@"); shift 2 ;;
    --options) options=$(value "$1" "$@"); shift 2 ;;
    --start) start=yes && shift ;;
    *) misused "unknown: $1" ;;
  esac
done
for option in base wal time to; do [ -n "${!option}" ] || misused "--$option is missing"; done
[ "$start" = no ] || [ -n "$port" ] || misused "--start needs --port"
[ -z "$port" ] || is_count "$port" || misused "--port is a number"
[[ $time =~ ^[0-9]{4}-[0-9]{2}-[0-9]{2}[\ T][0-9:.]+(Z|[+-][0-9:]+|\ UTC)$ ]] ||
  misused "--time is a time with its zone, such as '2025-10-31 14:30:00+00'"
[ -f "$base/backup_label" ] || die "$base is not a base backup: it has no backup_label"
[ -d "$wal" ] || die "$wal is not a directory"
[ ! -e "$to" ] || { [ -d "$to" ] && [ -z "$(ls -A "$to")" ]; } || die "$to is there and not empty: nothing was changed"
wal=$(cd "$wal" && pwd)
case $wal$time in *[\'\"\\%]*) die "quotes, backslashes and % are not possible in these names" ;; esac
need pg_ctl pg_verifybackup
[ "$(id -u)" != 0 ] || die "PostgreSQL does not run as root: run this as its account, for example by runuser -u postgres"

pg_verifybackup -q "$base" || die "$base is damaged: take another base backup"
began=$(date -u -d "$(sed -n 's/^START TIME: //p' "$base/backup_label")" +%s 2>/dev/null || echo 0)
[ "$began" -le "$(date -u -d "$time" +%s 2>/dev/null || echo "$began")" ] || die "$base began after $time: take an older one"

mkdir -p "$to"
chmod 700 "$to"
cp -a "$base/." "$to/"
cat >>"$to/postgresql.auto.conf" <<SETTINGS
# restore-to-time.sh
restore_command = 'cp "$wal/%f" "%p"'
recovery_target_time = '$time'
recovery_target_timeline = 'latest'
recovery_target_action = 'promote'
archive_mode = 'off'
SETTINGS
touch "$to/recovery.signal"
[ -f "$to/postgresql.conf" ] ||
  say "the base backup has no postgresql.conf (Debian keeps it in /etc/postgresql): give --options '-c config_file=…'"
say "$to is ready to recover to $time"

run="-c listen_addresses=127.0.0.1 -c unix_socket_directories= -p ${port:-PORT} $options"
if [ "$start" = no ]; then
  say "start it:  pg_ctl -D '$to' -l '$to/recovery.log' -w -t 86400 -o '$run' start"
  exit 0
fi
pg_ctl -D "$to" -l "$to/recovery.log" -w -t 86400 -o "$run" start >/dev/null || {
  tail -n 20 "$to/recovery.log" >&2
  die "the server did not start, or the log ends before $time (see $to/recovery.log)"
}
until [ ! -e "$to/recovery.signal" ]; do
  pg_ctl -D "$to" status >/dev/null || {
    tail -n 20 "$to/recovery.log" >&2
    die "recovery failed: the archive may end before $time (see $to/recovery.log)"
  }
  sleep 0.2
done
say "recovered to $time: the server listens on 127.0.0.1:$port"
