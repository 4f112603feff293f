# shellcheck shell=bash
# Sourced by the scripts beside it.
set -euo pipefail
umask 077

self=$(basename "$0")
say() { printf '%s: %s\n' "$self" "$*"; }
# What went well: for a person, not for cron, which would mail it every night.
verbose=no
tell() { if [ "$verbose" = yes ] || [ -t 1 ]; then say "$*"; fi; }
die() {
  printf '%s: %s\n' "$self" "$*" >&2
  exit 1
}
misused() {
  printf '%s: %s (see %s --help)\n' "$self" "$*" "$self" >&2
  exit 2
}

# The value of an option that needs one: option NAME "$@"
value() {
  [ "$#" -ge 3 ] && [ -n "$3" ] || misused "$1 needs a value"
  printf '%s' "$3"
}
is_count() { [[ $1 =~ ^[0-9]{1,5}$ ]]; }

# PostgreSQL's programs: PGBIN, then PATH, then Debian's directory of the newest version.
if [ -n "${PGBIN:-}" ]; then
  PATH=$PGBIN:$PATH
elif ! command -v pg_basebackup >/dev/null; then
  newest=$(ls -d /usr/lib/postgresql/*/bin 2>/dev/null | sort -V | tail -n 1 || true)
  PATH=${newest:+$newest:}$PATH
fi
# Debian has the clients on PATH, but not the programs of a server: behind PATH those of a version, where it lacks them.
programs_of() {
  if [ -z "${PGBIN:-}" ] && ! command -v pg_verifybackup >/dev/null; then PATH=$PATH:/usr/lib/postgresql/$1/bin; fi
}
need() {
  local program
  for program in "$@"; do
    command -v "$program" >/dev/null || die "$program is not installed (PGBIN may name the directory that has it)"
  done
}

# One answer from the database. Never asks for a password: a scheduled run would wait for ever.
ask() { psql -X -w -q -A -t -v ON_ERROR_STOP=1 "$@"; }

# Makes what was written survive a power cut, where the system's sync takes names.
durable() { sync "$@" 2>/dev/null || sync; }

now_utc() { date -u +%Y%m%dT%H%M%SZ; }

# Removes what runs of this script that were killed have left: DIRECTORY PATTERN. A day old, so that none is under way.
tidy() { find "$1" -mindepth 1 -maxdepth 1 -name "$2" -mmin +1440 -exec rm -rf {} +; }

# Notes the moment of a success for Prometheus, as node_exporter's textfile collector reads it: FILE METRIC LABELS
success() {
  local draft
  draft=$(mktemp "$1.XXXXXX")
  printf '# TYPE %s gauge\n%s%s %s\n' "$2" "$2" "$3" "$(date +%s)" >"$draft"
  chmod 644 "$draft"
  mv "$draft" "$1"
}
