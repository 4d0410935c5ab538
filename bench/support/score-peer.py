"""Scores ONNX files with ONNX Runtime on one thread: cases as JSON on standard input, one JSON line per case out; seconds of
the processor, the best of `repeats`.

A case: model (a path), columns (a JSON file with name, kind and values of each), copies (how often the rows are repeated for
the batch), repeats.
"""
import json
import sys
import time

import numpy as np
import onnxruntime as ort

options = ort.SessionOptions()
options.intra_op_num_threads = 1
options.inter_op_num_threads = 1
for case in json.load(sys.stdin):
    session = ort.InferenceSession(case["model"], options)
    with open(case["columns"]) as file:
        columns = {column["name"]: column for column in json.load(file)}

    def feeds(rows, copies=1):
        made = {}
        for given in session.get_inputs():
            values = columns[given.name]["values"][:rows]
            kind = {"tensor(string)": object, "tensor(int64)": np.int64}.get(given.type, np.float32)
            array = np.array([np.nan if v is None else v for v in values] if kind is not object else values, dtype=kind)
            made[given.name] = np.tile(array, copies).reshape((-1, 1) if len(given.shape) == 2 else -1)
        return made

    names = [output.name for output in session.get_outputs() if output.name != "label"]
    one = feeds(1)
    for _ in range(200):
        session.run(names, one)
    calls = 2000
    start = time.process_time()
    for _ in range(calls):
        session.run(names, one)
    row = (time.process_time() - start) / calls
    whole = feeds(None, case["copies"])
    seconds = []
    for _ in range(case["repeats"]):
        start = time.process_time()
        result = session.run(names, whole)
        seconds.append(time.process_time() - start)
    print(json.dumps({"row": row, "batch": min(seconds), "rows": len(result[0]), "mean": float(np.mean(result[-1]))}), flush=True)
