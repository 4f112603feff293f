"""Runs statements through SQLAlchemy, as Superset does, and says what each held: locks, rows, or its error."""
import json
import sys

import sqlalchemy as sa

url, statements = sys.argv[1], json.load(sys.stdin)
engine = sa.create_engine(url, pool_size=2)
held = []
for statement in statements:
    with engine.connect() as connection:
        transaction = connection.begin()
        try:
            rows = connection.exec_driver_sql(statement)
            count = len(rows.fetchall()) if rows.returns_rows else 0
            locks = connection.exec_driver_sql(
                "select count(*) from pg_locks where pid = pg_backend_pid() and relation is distinct from 'pg_locks'::regclass"
            ).scalar()
            held.append({"rows": count, "locks": locks})
        except sa.exc.DBAPIError as error:
            held.append({"error": error.orig.pgcode})
        finally:
            transaction.rollback()
tables = {schema: sorted(sa.inspect(engine).get_table_names(schema)) for schema in ("market_data", "news", "events")}
print(json.dumps({"held": held, "tables": tables}))
