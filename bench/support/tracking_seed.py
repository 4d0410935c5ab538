"""Fills MLflow's own database with runs, past its server: the arguments are its URI and JSON of runs by experiment id.

The runs are those that bench/tracking.ts writes into our table.
"""

import json
import sys

from sqlalchemy import create_engine, text

# Row by row it would take an hour.
batched = {"executemany_mode": "values_plus_batch", "executemany_batch_page_size": 1000}
engine = create_engine(sys.argv[1], **(batched if sys.argv[1].startswith("postgresql") else {}))
METRICS, PARAMS, TAGS = 4, 6, 3
CHUNK = 5000

with engine.begin() as c:
    for eid, count in json.loads(sys.argv[2]).items():
        for begin in range(0, count, CHUNK):
            ids = [(i, f"{int(eid):08x}{i:024x}") for i in range(begin, min(begin + CHUNK, count))]
            c.execute(
                text(
                    "INSERT INTO runs (run_uuid, name, source_type, source_name, entry_point_name, user_id, status, start_time, lifecycle_stage, artifact_uri, experiment_id)"
                    " VALUES (:id, :name, 'UNKNOWN', '', '', 'bench', 'FINISHED', :start, 'active', :uri, :eid)"
                ),
                [dict(id=r, name=f"run {i}", start=1_700_000_000_000 + i, uri=f"mlflow-artifacts:/{eid}/{r}/artifacts", eid=int(eid)) for i, r in ids],
            )
            points = [dict(id=r, key=f"m{m}", value=((i * 7919 + m * 104729) % 100_003) / 100_003) for i, r in ids for m in range(METRICS)]
            for table in ("latest_metrics", "metrics"):
                c.execute(
                    text(f"INSERT INTO {table} (run_uuid, key, value, timestamp, step, is_nan) VALUES (:id, :key, :value, 1, 0, false)"), points
                )
            c.execute(
                text("INSERT INTO params (run_uuid, key, value) VALUES (:id, :key, :value)"),
                [dict(id=r, key=f"p{p}", value=f"v{(i + p) % 10}") for i, r in ids for p in range(PARAMS)],
            )
            c.execute(
                text("INSERT INTO tags (run_uuid, key, value) VALUES (:id, :key, :value)"),
                [dict(id=r, key=f"t{t}", value=f"tag {t}") for i, r in ids for t in range(TAGS)]
                + [dict(id=r, key="mlflow.runName", value=f"run {i}") for i, r in ids],
            )
