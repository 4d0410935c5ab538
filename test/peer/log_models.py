"""Logs a scikit-learn pipeline and a model of one's own, as people do, and writes what MLflow itself predicts.

    python log_models.py <german_credit.csv> <folder>
"""

import json
import os
import sys

import mlflow
import mlflow.pyfunc
import mlflow.sklearn
import pandas as pd
from mlflow.models import infer_signature
from sklearn.compose import make_column_transformer
from sklearn.linear_model import LogisticRegression
from sklearn.pipeline import make_pipeline
from sklearn.preprocessing import OneHotEncoder, StandardScaler


class Shares(mlflow.pyfunc.PythonModel):
    """Answers with a data frame of two columns."""

    def predict(self, context, model_input, params=None):
        total = model_input["credit_amount"] + 1.0
        return pd.DataFrame({"share": model_input["duration_months"] / total, "kind": model_input["purpose"]})


def main(csv, folder):
    rows = pd.read_csv(csv)
    features = rows.drop(columns=["risk"])
    texts = [name for name in features if features[name].dtype.kind not in "if"]
    numbers = [name for name in features if name not in texts]
    encode = make_column_transformer((OneHotEncoder(handle_unknown="ignore"), texts), (StandardScaler(), numbers))
    pipeline = make_pipeline(encode, LogisticRegression(max_iter=500)).fit(features[:700], rows["risk"][:700])
    held_out = features[700:720]
    pinned = [f"{name}=={__import__('importlib.metadata').metadata.version(name)}" for name in ("scikit-learn", "pandas")]
    logged = {"sklearn": (mlflow.sklearn.save_model, pipeline), "own": (mlflow.pyfunc.save_model, Shares())}
    expected = {"records": json.loads(held_out.to_json(orient="records"))}
    for name, (save, model) in logged.items():
        path = os.path.join(folder, name)
        given = model.predict(None, held_out) if name == "own" else model.predict(held_out)
        argument = {"python_model": model} if name == "own" else {"sk_model": model, "serialization_format": "cloudpickle"}
        save(path=path, signature=infer_signature(held_out, given), pip_requirements=pinned, **argument)
        found = mlflow.pyfunc.load_model(path).predict(held_out)
        expected[name] = found.to_dict("records") if hasattr(found, "columns") else [str(value) for value in found]
    with open(os.path.join(folder, "expected.json"), "w", encoding="utf8") as file:
        json.dump(expected, file)


main(*sys.argv[1:])
