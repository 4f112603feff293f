#!/usr/bin/env bash
source "$(dirname "${BASH_SOURCE[0]}")/common.sh"

usage() {
  cat <<'HELP'
Point-in-time recovery: a base backup (base-backup.sh) rolled forward through the archived log (archive-wal.sh) to a
time, or to its end, in a NEW directory. What runs now is not touched.

  restore-to-time.sh --base DIRECTORY --wal ARCHIVE (--time TIME | --latest) --to NEW_DIRECTORY [options]

  --base DIRECTORY   the base backup: the newest that was finished before TIME
  --wal ARCHIVE      the archived segments
  --time TIME        what was committed until then is there again; with its zone: '2025-10-31 14:30:00+00'
  --latest           everything that was archived, to the last commit
  --to DIRECTORY     the new data directory; it must not be there, be empty, or be that of a try which did not end well:
                     that one goes on without another copy
  --timeline ID      the history to follow, where servers were promoted: a number, latest (default) or current (that of
                     the base backup)
  --pg-wal DIRECTORY also the log that was not archived yet: pg_wal of the server that was lost
  --switch           the server still runs (libpq's variables say where): finish its segment and wait for the archive
  --start            also start a server on it and wait until it has recovered; without, the commands are printed
  --port PORT        where that server listens, on 127.0.0.1 only
  --options TEXT     more options of postgres, for example '-c shared_preload_libraries=timescaledb' where the old server
                     had them on its command line

Run it as the account that PostgreSQL runs under. In the recovered server archiving and TimescaleDB's jobs are off, until
it is to take over: give it an archive of its own, then ALTER SYSTEM RESET archive_mode, and RESET
timescaledb.max_background_workers, and restart it. The settings of the recovery remove themselves at its end.
HELP
}

base='' wal='' time='' latest=no to='' timeline=latest pg_wal='' switch=no start=no port='' options=''
while [ "$#" -gt 0 ]; do
  case $1 in
    -h | --help) usage && exit 0 ;;
    --base) base=$(value "$1" "$@"); shift 2 ;;
    --wal) wal=$(value "$1" "$@"); shift 2 ;;
    --time) time=$(value "$1" "$@"); shift 2 ;;
    --latest) latest=yes && shift ;;
    --to) to=$(value "$1" "$@"); shift 2 ;;
    --timeline) timeline=$(value "$1" "$@"); shift 2 ;;
    --pg-wal) pg_wal=$(value "$1" "$@"); shift 2 ;;
    --switch) switch=yes && shift ;;
    --port) port=$(value "$1" "$@"); shift 2 ;;
    --options) options=$(value "$1" "$@"); shift 2 ;;
    --start) start=yes && shift ;;
    *) misused "unknown: $1" ;;
  esac
done
for option in base wal to; do [ -n "${!option}" ] || misused "--$option is missing"; done
[ "$latest" = yes ] || [ -n "$time" ] || misused "--time is missing, or --latest"
[ "$latest" = no ] || [ -z "$time" ] || misused "--time and --latest exclude each other"
[ "$start" = no ] || [ -n "$port" ] || misused "--start needs --port"
[ -z "$port" ] || is_count "$port" || misused "--port is a number"
[[ $timeline =~ ^(latest|current|[1-9][0-9]{0,9})$ ]] || misused "--timeline is a number, latest or current"
[ "$latest" = yes ] || [[ $time =~ ^[0-9]{4}-[0-9]{2}-[0-9]{2}[\ T][0-9:.]+(Z|[+-][0-9:]+|\ UTC)$ ]] ||
  misused "--time is a time with its zone, such as '2025-10-31 14:30:00+00'"
[ -f "$base/backup_label" ] || die "$base is not a base backup: it has no backup_label"
[ -d "$wal" ] || die "$wal is not a directory"
[ -z "$pg_wal" ] || [ -d "$pg_wal" ] || die "$pg_wal is not a directory"
base=$(cd "$base" && pwd)
wal=$(cd "$wal" && pwd)
[ -z "$pg_wal" ] || pg_wal=$(cd "$pg_wal" && pwd)
case $wal$pg_wal in *[\'\\%]*) die "quotes, backslashes and % are not possible in these names" ;; esac
programs_of "$(cat "$base/PG_VERSION")"
need pg_ctl pg_verifybackup psql
[ "$(id -u)" != 0 ] || die "PostgreSQL does not run as root: run this as its account, for example by runuser -u postgres"

# A try that did not reach its end: nobody wrote to it, so that recovery goes on where it stopped.
mark=$to/restore-to-time.base
again=no
if [ -f "$mark" ] && [ -f "$to/recovery.signal" ] && [ "$(cat "$mark")" = "$base" ]; then
  again=yes
  ! pg_ctl -D "$to" status >/dev/null || die "a server runs on $to: stop it first"
else
  [ ! -e "$to" ] || { [ -d "$to" ] && [ -z "$(ls -A "$to")" ]; } || die "$to is there and not empty: nothing was changed"
  pg_verifybackup -q "$base" || die "$base is damaged: take another base backup"
fi
goal=${time:-the end of the log}
began=$(date -u -d "$(sed -n 's/^START TIME: //p' "$base/backup_label")" +%s 2>/dev/null || echo 0)
[ -z "$time" ] || [ "$began" -le "$(date -u -d "$time" +%s 2>/dev/null || echo "$began")" ] ||
  die "$base began after $time: take an older one"

if [ "$switch" = yes ]; then
  # A record of its own first: a segment in which nothing happened is not finished. Its last byte, since from
  # PostgreSQL 17 on the end of a segment is named as the next one.
  segment=$(ask -c "SELECT pg_walfile_name(lsn - 1) FROM (SELECT pg_create_restore_point('restore-to-time.sh') AS lsn) AS point") ||
    die "the server that still runs cannot be asked: PGHOST, PGPORT, PGUSER say where it is"
  ask -o /dev/null -c 'SELECT pg_switch_wal()'
  for ((tries = 0; ; tries++)); do
    [ ! -f "$wal/$segment" ] || break
    [ "$tries" -lt 600 ] || die "$segment has not come to $wal in ten minutes: SELECT * FROM pg_stat_archiver tells why"
    sleep 1
  done
fi

if [ "$again" = yes ]; then
  say "$to goes on from an earlier try"
else
  mkdir -p "$to"
  chmod 700 "$to"
  cp -a "$base/." "$to/"
  printf '%s\n' "$base" >"$mark"
fi
fetch="cp ''$wal/%f'' \"%p\""
[ -z "$pg_wal" ] || fetch="$fetch || cp ''$pg_wal/%f'' \"%p\""
# What an earlier recovery left in the base backup must not decide about this one.
ours='^(recovery_|restore_command|archive_mode|timescaledb\.max_background_workers)'
sed -i -E "/$ours/d; /^# restore-to-time/d" "$to/postgresql.auto.conf"
{
  printf "restore_command = '%s'\n" "$fetch"
  [ -z "$time" ] || printf "recovery_target_time = '%s'\n" "$time"
  printf "recovery_target_timeline = '%s'\n" "$timeline"
  printf "recovery_target_action = 'promote'\n"
  # Run in the data directory at the end: a server that is built from this one must not stop at this one's target.
  printf "recovery_end_command = 'sed -i -E \"/^(recovery_|restore_command)/d\" postgresql.auto.conf'\n"
  printf "archive_mode = 'off'\n"
  printf "timescaledb.max_background_workers = 0\n"
} >>"$to/postgresql.auto.conf"
rm -f "$to/standby.signal"
touch "$to/recovery.signal"
[ -f "$to/postgresql.conf" ] ||
  say "the base backup has no postgresql.conf (Debian keeps it in /etc/postgresql): give --options '-c config_file=…'"
say "$to is ready to recover to $goal"

run="-c listen_addresses=127.0.0.1 -c unix_socket_directories= -p ${port:-PORT} $options"
if [ "$start" = no ]; then
  say "start it:  pg_ctl -D '$to' -l '$to/recovery.log' -w -t 86400 -o '$run' start"
  exit 0
fi
failed() {
  tail -n 20 "$to/recovery.log" >&2
  if grep -q 'before consistent recovery point\|before the consistent' "$to/recovery.log"; then
    die "an earlier try went past $goal already: remove $to and start again"
  fi
  die "recovery failed: the archive may end before $goal (--switch, --pg-wal, or wait for archive_timeout), or the history be another (--timeline). Mend it and repeat the command: $to is not copied again. All of it: $to/recovery.log"
}
: >"$to/recovery.log"
pg_ctl -D "$to" -l "$to/recovery.log" -w -t 86400 -o "$run" start >/dev/null || failed
until [ ! -e "$to/recovery.signal" ]; do
  pg_ctl -D "$to" status >/dev/null || failed
  sleep 0.2
done
rm -f "$mark"
say "recovered to $goal: the server listens on 127.0.0.1:$port"
