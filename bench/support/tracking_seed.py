"""Fills MLflow's own database, past its server, by a few statements of SQL that make the rows where they are kept.

The arguments are the database's URI and JSON: `runs`, numbers of runs by experiment id, and `points`, the length of the history
of the metric `h` of the first run of the first experiment. The same is written into our table by tracking-seed.ts.
"""

import json
import sys

from sqlalchemy import create_engine, text

METRICS, PARAMS, TAGS = 4, 6, 3
asked = json.loads(sys.argv[2])
engine = create_engine(sys.argv[1])
postgres = engine.dialect.name == "postgresql"
digits = "lpad(to_hex(i), 24, '0')" if postgres else "printf('%024x', i)"


def numbers(table, column, count):
    """A table expression of the numbers from 0 below count."""
    return f"{table}({column}) AS (SELECT CAST(0 AS BIGINT) UNION ALL SELECT {column} + 1 FROM {table} WHERE {column} < {count - 1})"


def insert(connection, table, columns, select, count, members=1):
    """Rows for each i below count and each k below members."""
    with_ = f"WITH RECURSIVE {numbers('n', 'i', count)}, {numbers('m', 'k', members)}"
    connection.execute(text(f"INSERT INTO {table} ({columns}) {with_} SELECT {select} FROM n, m"))


with engine.begin() as c:
    for eid, count in asked["runs"].items():
        run = f"'{int(eid):08x}' || {digits}"
        insert(
            c,
            "runs",
            "run_uuid, name, source_type, source_name, entry_point_name, user_id, status, start_time, lifecycle_stage, artifact_uri, experiment_id",
            f"{run}, 'run ' || i, 'UNKNOWN', '', '', 'bench', 'FINISHED', 1700000000000 + i, 'active', 'mlflow-artifacts:/{int(eid)}/' || {run} || '/artifacts', {int(eid)}",
            count,
        )
        value = "CAST((i * 7919 + k * 104729) % 100003 AS DOUBLE PRECISION) / 100003"
        for table in ("latest_metrics", "metrics"):
            columns = "run_uuid, key, value, timestamp, step, is_nan"
            insert(c, table, columns, f"{run}, 'm' || k, {value}, 1, 0, false", count, METRICS)
        columns = "run_uuid, key, value"
        insert(c, "params", columns, f"{run}, 'p' || k, 'v' || ((i + k) % 10)", count, PARAMS)
        insert(c, "tags", columns, f"{run}, 't' || k, 'tag ' || k", count, TAGS)
        insert(c, "tags", columns, f"{run}, 'mlflow.runName', 'run ' || i", count)
    if asked["points"] > 0:
        first = f"{int(next(iter(asked['runs']))):08x}{0:024x}"
        value = "CAST(i % 97 AS DOUBLE PRECISION)"
        columns = "run_uuid, key, value, timestamp, step, is_nan"
        insert(c, "metrics", columns, f"'{first}', 'h', {value}, i, i, false", asked["points"])

if postgres:
    # Its own daemon does so after a while.
    with engine.connect().execution_options(isolation_level="AUTOCOMMIT") as c:
        c.execute(text("ANALYZE"))
