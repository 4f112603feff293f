# shellcheck shell=bash
# Sourced by the scripts beside it.
set -euo pipefail
umask 077

self=$(basename "$0")
say() { printf '%s: %s\n' "$self" "$*"; }
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
