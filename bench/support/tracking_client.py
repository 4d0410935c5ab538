"""What bench/tracking.ts measures, asked by MLflow's client of the server at MLFLOW_TRACKING_URI.

Arguments: JSON with `sizes` ({runs: experiment id}), `points`, `times`. Prints JSON: milliseconds by name, the median of some.
"""

import json
import os
import statistics
import sys
import time
import uuid

os.environ.setdefault("GIT_PYTHON_REFRESH", "quiet")
os.environ.setdefault("MLFLOW_DISABLE_TELEMETRY", "true")
os.environ.setdefault("MLFLOW_ENABLE_ASYNC_LOGGING", "false")

from mlflow.entities import Metric
from mlflow.tracking import MlflowClient

asked = json.loads(sys.argv[1])
client = MlflowClient()
figures = {}


def measure(name, times, call):
    spent = []
    for i in range(times):
        start = time.perf_counter()
        call(i)
        spent.append((time.perf_counter() - start) * 1000)
    figures[name] = statistics.median(spent)


experiment = client.create_experiment(f"bench-{uuid.uuid4().hex[:8]}")
run = client.create_run(experiment).info.run_id
client.log_metric(run, "warm", 1.0)
times = asked["times"]

measure("log_metric", times * 5, lambda i: client.log_metric(run, "m", float(i), timestamp=i, step=i))
measure("create_run", times * 3, lambda i: client.create_run(experiment, tags={"i": str(i)}))
batches = asked["points"] // 1000
measure(
    "log_batch of 1000 metrics",
    batches,
    lambda b: client.log_batch(run, metrics=[Metric("h", float(i % 97), b * 1000 + i, b * 1000 + i) for i in range(1000)]),
)


def history(_):
    found = client.get_metric_history(run, "h")
    assert len(found) == batches * 1000, len(found)


measure(f"history of {batches * 1000} points", 3, history)

for size, eid in asked["sizes"].items():
    first = lambda _: client.search_runs([eid], max_results=100)
    assert len(first(0)) == 100
    measure(f"search of {size} runs, first page", max(5, times // 4), first)
    ordered = lambda _: client.search_runs(
        [eid], "metrics.m0 > 0.5 and params.p0 = 'v3'", order_by=["metrics.m1 DESC"], max_results=100
    )
    assert 0 < len(ordered(0)) <= 100
    measure(f"search of {size} runs, filter and metric order", 3, ordered)

print(json.dumps(figures))
