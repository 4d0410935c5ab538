"""Fits one estimator: a case as JSON on standard input, its result as JSON out.

A case: data (a file of float64, column by column: the features, the target, and 1 for rows of the test part), rows,
features, estimator (a dotted class name), params, repeats, wall (seconds by the clock, not the processor's), task
('classification' by AUC of the last class, 'regression' by R², 'anomaly', 'clustering').
"""
import importlib
import gc
import json
import re
import resource
import sys
import time

import numpy as np
from sklearn.metrics import r2_score, roc_auc_score

LINUX = sys.platform == "linux"


def memory(name):
    """MiB: VmRSS now, VmHWM the most since it was set back; on other systems the most since the process began."""
    if not LINUX:
        return resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024
    with open("/proc/self/status") as file:
        return int(re.search(rf"{name}:\s+(\d+) kB", file.read())[1]) / 1024


case = json.load(sys.stdin)
clock = time.perf_counter if case["wall"] else time.process_time
table = np.fromfile(case["data"], np.float64).reshape(case["features"] + 2, case["rows"])
test = table[-1] == 1
y_train, y_test = table[-2][~test], table[-2][test]
x_train = np.ascontiguousarray(table[:-2, ~test].T)
x_test = np.ascontiguousarray(table[:-2, test].T)
del table
module, _, name = case["estimator"].rpartition(".")
make = getattr(importlib.import_module(module), name)
gc.collect()
if LINUX:
    with open("/proc/self/clear_refs", "w") as file:
        file.write("5")
before = memory("VmRSS")
seconds = []
for _ in range(case["repeats"]):
    model = make(**case["params"])
    start = clock()
    model.fit(x_train, y_train)
    seconds.append(clock() - start)
peak = memory("VmHWM")
start = clock()
if case["task"] == "classification":
    p = model.predict_proba(x_test)
    predict_seconds = clock() - start
    score = roc_auc_score(y_test == model.classes_[-1], p[:, -1])
elif case["task"] == "regression":
    p = model.predict(x_test)
    predict_seconds = clock() - start
    score = r2_score(y_test, p)
else:
    score = -model.score(x_test) / test.sum() if hasattr(model, "score") else float(np.mean(-model.score_samples(x_test)))
    predict_seconds = clock() - start
print(
    json.dumps(
        {
            "seconds": min(seconds),
            "predictSeconds": predict_seconds,
            "score": float(score),
            "peakMb": peak,
            "grownMb": peak - before,
        }
    )
)
