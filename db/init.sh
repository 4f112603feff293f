#!/bin/sh
# For docker-entrypoint-initdb.d: applies this folder to the new database, with TimescaleDB where the server has it.
# Environment: POSTGRES_USER, POSTGRES_DB, TETRA_DB_DIR (this folder), TETRA_READER_PASSWORD_FILE and
# TETRA_APP_PASSWORD_FILE, each with a password on its first line; without one the role gets none.

# The entrypoint sources a script that is not executable: a subshell keeps its shell as it was.
(
  set -eu
  cd "${TETRA_DB_DIR:-/tetra-db}"

  # As libpq options: a backslash before each blank or backslash.
  quoted() { printf '%s' "$1" | sed 's/[\\ ]/\\&/g'; }
  first_line() { if [ -n "$1" ]; then head -n 1 "$1" | tr -d '\r'; fi; }
  reader=$(first_line "${TETRA_READER_PASSWORD_FILE:-}")
  app=$(first_line "${TETRA_APP_PASSWORD_FILE:-}")
  PGOPTIONS="${PGOPTIONS:-} -c client_min_messages=warning -c tetra.reader_password=$(quoted "$reader")"
  PGOPTIONS="$PGOPTIONS -c tetra.app_password=$(quoted "$app")"
  export PGOPTIONS

  run() {
    psql -X -q -v ON_ERROR_STOP=1 --username "${POSTGRES_USER:-postgres}" --dbname "${POSTGRES_DB:-${POSTGRES_USER:-postgres}}" "$@"
  }

  preloaded=$(run -At -c "SELECT count(*) FROM pg_available_extensions WHERE name = 'timescaledb' AND (installed_version IS NOT NULL OR current_setting('shared_preload_libraries') LIKE '%timescaledb%')")
  if [ "$preloaded" = 1 ]; then
    echo 'tetra: setting up the database with TimescaleDB'
    run -f timescaledb/000-extension.sql
    run -o /dev/null -f 010-schemas.sql -f 020-tables.sql -f timescaledb/030-hypertable.sql -f timescaledb/040-daily.sql \
      -f timescaledb/050-daily-policy.sql -f 080-roles.sql -f 090-public.sql \
      -f timescaledb/100-reader.sql
  else
    echo 'tetra: setting up the database without TimescaleDB'
    run -f 010-schemas.sql -f 020-tables.sql -f plain/040-daily.sql -f 080-roles.sql -f 090-public.sql
  fi
)
