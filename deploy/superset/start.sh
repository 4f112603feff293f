#!/bin/sh
# Starts Superset in Docker Compose. The first time it makes the user admin and imports the bundle; later starts leave
# dashboards as their users changed them. To import it again, delete $SUPERSET_HOME/tetra-imported.
set -eu
PGPASSWORD="$(head -n 1 "$TETRA_DASHBOARDS_PASSWORD_FILE")"
# libpq reads it, so that Superset keeps no password of the database.
export PGPASSWORD

superset db upgrade
superset init
if [ ! -e "$SUPERSET_HOME/tetra-imported" ]; then
  superset fab create-admin --username admin --firstname Tetra --lastname Admin --email admin@localhost \
    --password "$(head -n 1 "$SUPERSET_ADMIN_PASSWORD_FILE")"
  work="$(mktemp -d)"
  cp -R "${TETRA_BUNDLE:-/app/tetra/bundle}" "$work/tetra"
  address="postgresql+psycopg2://tetra_dashboards@$TETRA_DB/$TETRA_DB_NAME"
  sed -i "s|^sqlalchemy_uri: .*|sqlalchemy_uri: $address|" "$work/tetra/databases/Tetra.yaml"
  # Superset takes the first folder of each path away.
  python3 -c 'import shutil, sys; shutil.make_archive(sys.argv[1] + "/tetra", "zip", sys.argv[1], "tetra")' "$work"
  superset import-dashboards --path "$work/tetra.zip" --username admin
  rm -r "$work"
  touch "$SUPERSET_HOME/tetra-imported"
fi
exec "${TETRA_SERVE:-/app/docker/entrypoints/run-server.sh}"
