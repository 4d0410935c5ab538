"""Fits scikit-learn's estimators on one thread: cases as JSON on standard input, one JSON line per case out;
seconds of the processor.

A case: data (a CSV whose columns are features, then `target`, then `test` as 0 or 1), estimator (a dotted class name),
params, task ('classification' by AUC of the last class, 'regression' by R², 'anomaly', 'clustering').
"""
import importlib
import json
import sys
import time

import numpy as np
import pandas as pd
from sklearn.metrics import r2_score, roc_auc_score

frames = {}
for case in json.load(sys.stdin):
    path = case["data"]
    if path not in frames:
        frame = pd.read_csv(path)
        x = np.ascontiguousarray(frame.iloc[:, :-2].to_numpy(np.float64))
        test = frame["test"].to_numpy() == 1
        frames[path] = x, frame["target"].to_numpy(), test
    x, y, test = frames[path]
    module, _, name = case["estimator"].rpartition(".")
    seconds, score = [], None
    for _ in range(case["repeats"]):
        model = getattr(importlib.import_module(module), name)(**case["params"])
        start = time.process_time()
        model.fit(x[~test], y[~test])
        seconds.append(time.process_time() - start)
    start = time.process_time()
    if case["task"] == "classification":
        p = model.predict_proba(x[test])
        predict_seconds = time.process_time() - start
        score = roc_auc_score(y[test] == model.classes_[-1], p[:, -1])
    elif case["task"] == "regression":
        p = model.predict(x[test])
        predict_seconds = time.process_time() - start
        score = r2_score(y[test], p)
    else:
        score = -model.score(x[test]) / test.sum() if hasattr(model, "score") else float(np.mean(-model.score_samples(x[test])))
        predict_seconds = time.process_time() - start
    print(json.dumps({"seconds": min(seconds), "predictSeconds": predict_seconds, "score": float(score)}), flush=True)
