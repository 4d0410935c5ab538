"""Fills the server at MLFLOW_TRACKING_URI as its users do, or with `predict` asks what its champion predicts.

Prints JSON: the predictions. Works with clients from 2.22 on.
"""

import json
import math
import os
import sys
import warnings

os.environ.setdefault("GIT_PYTHON_REFRESH", "quiet")
warnings.filterwarnings("ignore")

import mlflow
import numpy as np
from mlflow import MlflowClient
from mlflow.entities import Metric, Param, RunTag

X = np.array([[float(i), float(i % 3)] for i in range(30)])
MODEL = "price model"
client = MlflowClient()


def fill():
    from sklearn.linear_model import LinearRegression

    wheat = client.create_experiment("wheat", tags={"team": "grain"})
    mlflow.set_experiment("wheat")
    with mlflow.start_run(run_name="season") as season:
        mlflow.set_tag("note", "Ünïcode, 'quotes' and\nlines")
        mlflow.log_input(mlflow.data.from_numpy(X, source="s3://grain/wheat.csv", name="wheat"), context="training")
        for depth in (2, 4):
            with mlflow.start_run(run_name=f"trial {depth}", nested=True) as trial:
                mlflow.log_params({"depth": depth, "empty": ""})
                mlflow.log_metric("loss", 1 / depth, step=-1)
                mlflow.log_metrics({"nan": math.nan, "inf": math.inf, "less": -math.inf}, step=3)
                mlflow.log_text(f"depth {depth}", "notes/deep/depth.txt")
                mlflow.log_dict({"depth": depth}, "depth.json")
    run = season.info.run_id
    for begin in range(0, 3000, 1000):
        points = [Metric("curve", math.sin(i / 50), 1_700_000_000_000 + i, i) for i in range(begin, begin + 1000)]
        client.log_batch(run, metrics=points)
    client.log_batch(run, params=[Param("long", "x" * 500)], tags=[RunTag("release", "1")])

    client.create_registered_model(MODEL, tags={"owner": "ann"}, description="what a ton costs")
    for slope in (1.0, 2.0, 3.0):
        with mlflow.start_run(run_name=f"fit {slope}"):
            fitted = LinearRegression().fit(X, X @ [slope, 1.0])
            # Without them it looks for what the model needs in a process of its own.
            needs = ["scikit-learn"]
            mlflow.sklearn.log_model(fitted, "model", pip_requirements=needs, registered_model_name=MODEL)
    client.set_registered_model_alias(MODEL, "champion", "2")
    client.set_model_version_tag(MODEL, "2", "approved", "yes")
    client.transition_model_version_stage(MODEL, "2", "Production")
    client.update_model_version(MODEL, "1", "the first")
    client.delete_model_version(MODEL, "1")
    client.create_registered_model("no versions")

    failed = client.create_run(wheat, run_name="failed")
    client.set_terminated(failed.info.run_id, "FAILED")
    client.delete_run(failed.info.run_id)
    barley = client.create_experiment("barley")
    client.create_run(barley, tags={"mlflow.user": "bob"})
    client.delete_experiment(barley)


if sys.argv[1:] != ["predict"]:
    fill()
found = mlflow.pyfunc.load_model(f"models:/{MODEL}@champion").predict(X)
print(json.dumps([round(float(one), 6) for one in found]))
