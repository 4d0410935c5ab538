"""Fits scikit-learn's LogisticRegression on prepared features and logs it by the standard MLflow client."""

import csv
import hashlib
import os
import time

import joblib
import mlflow
import numpy as np
from arro3.io import read_parquet
from sklearn.compose import ColumnTransformer
from sklearn.impute import SimpleImputer
from sklearn.linear_model import LogisticRegression
from sklearn.metrics import accuracy_score, log_loss, roc_auc_score
from sklearn.pipeline import make_pipeline
from sklearn.preprocessing import FunctionTransformer, OneHotEncoder, StandardScaler

from millrace import DoNotRetry

NUMBERS = ("integer", "number")


def run(input, context):
    train = input["train"]
    classes, target = train["classes"], train["target"]
    if not classes:
        raise DoNotRetry(f"'{target}' was prepared as a number; this task fits a classifier.")
    columns, table = read(train["dataset"], context)
    y = np.array([classes.index(label_of(value)) for value in table.pop(target)])
    weight = weights_in(table, train.get("sampleWeight"))
    names = list(table)
    x = np.array([table[name] for name in names], dtype=object).T

    model = make_pipeline(
        preprocessing(names, columns),
        LogisticRegression(C=input["c"], max_iter=input["maxIter"], random_state=input["seed"]),
    )
    started = time.perf_counter()
    model.fit(x, y, logisticregression__sample_weight=weight)
    fit_seconds = time.perf_counter() - started
    probabilities = model.predict_proba(x)
    binary = len(classes) == 2
    metrics = {
        "train_auc": roc_auc_score(
            y, probabilities[:, 1] if binary else probabilities, multi_class="ovr", sample_weight=weight
        ),
        "train_accuracy": accuracy_score(y, probabilities.argmax(axis=1), sample_weight=weight),
        "train_log_loss": log_loss(y, probabilities, sample_weight=weight),
        "fit_seconds": fit_seconds,
    }

    path = os.path.join(context.tmp(), "model.joblib")
    joblib.dump({"model": model, "columns": names, "classes": classes}, path)
    with mlflow.start_run() as run:
        mlflow.log_params({"algorithm": "sklearn.LogisticRegression", "c": input["c"], "max_iter": input["maxIter"]})
        mlflow.log_metrics(metrics)
        mlflow.log_artifact(path, "model")
    # Without a tracking store (tracking: 'best-effort') the data bucket keeps the model all the same.
    with open(path, "rb") as file:
        content = file.read()
    if context.tracking is None:
        stored = context.objects.put_bytes(f"artifacts/untracked/{context.run['id']}/{context.task}/model.joblib", content)
        run_id, uri = run.info.run_id, stored["uri"]
    else:
        run_id, uri = context.tracking.run_id, context.tracking.artifact_uri("model/model.joblib")
    context.log.info("Trained", extra={"data": metrics})
    return {
        "model": {
            "name": context.task.split("/")[-1],
            "algorithm": "sklearn.LogisticRegression",
            "runId": run_id,
            "uri": uri,
            "sha256": hashlib.sha256(content).hexdigest(),
            "bytes": len(content),
            "classes": classes,
        },
        "rows": len(y),
        "trainAuc": metrics["train_auc"],
        "trainAccuracy": metrics["train_accuracy"],
        "fitSeconds": fit_seconds,
    }


def read(dataset, context):
    """Types by column, and values by column."""
    path = context.objects.download(dataset["uri"], os.path.join(context.tmp(), f"train.{dataset['format']}"))
    types = {column["name"]: column["type"] for column in dataset["columns"]}
    if dataset["format"] == "parquet":
        table = read_parquet(path).read_all()
        return types, {name: table[name].to_pylist() for name in table.column_names}
    with open(path, encoding="utf8", newline="") as file:
        names, *rows = csv.reader(file)
    numbers = [types.get(name) in NUMBERS for name in names]
    read_value = [(lambda text: float(text) if text else None) if number else str for number in numbers]
    return types, {name: [read_value[i](row[i]) for row in rows] for i, name in enumerate(names)}


def label_of(value):
    """As the classes were named: true and false in lower case, whole numbers without a fraction."""
    if isinstance(value, bool):
        return "true" if value else "false"
    return str(int(value) if isinstance(value, float) and value.is_integer() else value)


def weights_in(table, name):
    """Takes the column of weights out of the table: it is no feature."""
    if name is None:
        return None
    values = table.pop(name)
    if any(value is None or not value >= 0 for value in values) or not any(values):
        raise DoNotRetry(f"The weight '{name}' must be 0 or more in every row, and not 0 in all.")
    return np.array(values, dtype=float)


def preprocessing(names, types):
    numbers = [i for i, name in enumerate(names) if types.get(name) in NUMBERS]
    others = [i for i in range(len(names)) if i not in numbers]
    as_floats = FunctionTransformer(np.asarray, kw_args={"dtype": float})
    as_texts = FunctionTransformer(np.asarray, kw_args={"dtype": str})
    return ColumnTransformer(
        [
            ("numbers", make_pipeline(as_floats, SimpleImputer(strategy="median"), StandardScaler()), numbers),
            ("others", make_pipeline(as_texts, OneHotEncoder(handle_unknown="ignore")), others),
        ]
    )
