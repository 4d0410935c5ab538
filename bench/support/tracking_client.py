"""What bench/tracking.ts measures, asked by MLflow's client of several servers in turn.

Arguments: JSON with `servers` (each with `name`, `uri`, `pids`, `sizes`: experiment ids by the number of their runs), `points`
(of the metric `h` of the run that `history` names for each server) and `times`. What is known is told on stderr. Prints JSON: {measure: {server: {ms: median on the clock, cpu: mean of the server's processor}}}.
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
times = asked["times"]
points_there = asked["points"]
begun = time.perf_counter()
figures = {}
TICK = 1000 / os.sysconf("SC_CLK_TCK")


class Server:
    def __init__(self, name, uri, pids, sizes):
        self.name, self.pids, self.sizes = name, pids, sizes
        self.client = MlflowClient(uri)
        self.experiment = self.client.create_experiment(f"bench-{uuid.uuid4().hex[:8]}")
        self.run = self.client.create_run(self.experiment).info.run_id
        self.client.log_metric(self.run, "warm", 1.0)

    def processor(self):
        """Milliseconds that its processes have taken so far; 0 where there is no /proc."""
        return sum(map(spent_by, self.pids))


def spent_by(pid):
    try:
        with open(f"/proc/{pid}/stat") as file:
            fields = file.read().rpartition(")")[2].split()
        # user, system, and those of children that have ended
        own = sum(int(fields[i]) for i in (11, 12, 13, 14)) * TICK
        children = []
        for task in os.listdir(f"/proc/{pid}/task"):
            with open(f"/proc/{pid}/task/{task}/children") as file:
                children += file.read().split()
    except OSError:
        return 0
    return own + sum(spent_by(child) for child in children if int(child) != os.getpid())


def measure(name, times, call):
    clock = {server.name: [] for server in servers}
    cpu = {server.name: 0 for server in servers}
    for i in range(times):
        for server in servers:
            before = server.processor()
            start = time.perf_counter()
            call(server, i)
            clock[server.name].append((time.perf_counter() - start) * 1000)
            cpu[server.name] += server.processor() - before
    figures[name] = {s.name: {"ms": statistics.median(clock[s.name]), "cpu": cpu[s.name] / times} for s in servers}
    told = ", ".join(f"{server} {one['ms']:.1f} ms ({one['cpu']:.1f})" for server, one in figures[name].items())
    print(f"[+{time.perf_counter() - begun:4.0f} s] {name}: {told}", file=sys.stderr, flush=True)


servers = [Server(**server) for server in asked["servers"]]

measure("log_metric", times * 5, lambda s, i: s.client.log_metric(s.run, "m", float(i), timestamp=i, step=i))
measure("create_run", times * 3, lambda s, i: s.client.create_run(s.experiment, tags={"i": str(i)}))


def points(batch):
    return [Metric("b", float(i % 97), batch * 1000 + i, batch * 1000 + i) for i in range(1000)]


measure("log_batch of 1000 metrics", times, lambda s, b: s.client.log_batch(s.run, metrics=points(b)))


def history(server, _):
    found = server.client.get_metric_history(asked["history"][server.name], "h")
    assert len(found) == points_there and found[-1].value == (points_there - 1) % 97, len(found)


measure(f"history of {points_there} points", 3, history)


def first(server, _, size):
    assert len(server.client.search_runs([server.sizes[size]], max_results=100)) == 100


def ordered(server, _, size):
    found = server.client.search_runs(
        [server.sizes[size]],
        "metrics.m0 > 0.5 and params.p0 = 'v3'",
        order_by=["metrics.m1 DESC"],
        max_results=100,
    )
    values = [run.data.metrics["m1"] for run in found]
    assert 0 < len(found) <= 100 and values == sorted(values, reverse=True)
    answers.setdefault((size, "ordered"), set()).add(tuple(run.info.run_name for run in found))


answers = {}
for size in asked["servers"][0]["sizes"]:
    for server in servers:
        first(server, 0, size)
        ordered(server, 0, size)
    measure(f"search of {size} runs, first page", max(5, times // 4), lambda s, i: first(s, i, size))
    measure(f"search of {size} runs, filter and metric order", 5, lambda s, i: ordered(s, i, size))
# All servers have found the same runs in the same order.
assert all(len(found) == 1 for found in answers.values()), answers

print(json.dumps(figures))
