"""Runs DAGs of no-op tasks through Airflow's dag.test(), one line of JSON per DAG. SHAPES names the file with the graphs.

Airflow looks for the DAG in its folder, so this file has to lie there.
"""

import json
import logging
import os
import time
from datetime import datetime, timezone

from airflow.providers.standard.operators.python import PythonOperator
from airflow.sdk import DAG

with open(os.environ["SHAPES"]) as file:
    SHAPES = json.load(file)


def step(**_):
    return {"n": 1}


def build(name, shape):
    with DAG(name, schedule=None, start_date=datetime(2026, 1, 1, tzinfo=timezone.utc)) as dag:
        tasks = {task: PythonOperator(task_id=task, python_callable=step) for task in shape["tasks"]}
        for upstream, downstream in shape["edges"]:
            tasks[upstream] >> tasks[downstream]
    return dag


DAGS = {name: build(name, shape) for name, shape in SHAPES.items()}
globals().update({f"dag_{i}": dag for i, dag in enumerate(DAGS.values())})


def main():
    logging.disable(logging.CRITICAL)
    for name, dag in DAGS.items():
        best = None
        for day in range(SHAPES[name]["runs"]):
            start = time.perf_counter()
            run = dag.test(logical_date=datetime(2026, 1, 2 + day, tzinfo=timezone.utc))
            seconds = time.perf_counter() - start
            state = str(run.state).rsplit(".", maxsplit=1)[-1].lower()
            if state != "success":
                raise SystemExit(f"{name} ended as {state}")
            best = seconds if best is None else min(best, seconds)
        print(json.dumps({"name": name, "seconds": best}), flush=True)


if __name__ == "__main__":
    main()
