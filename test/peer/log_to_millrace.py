"""Logs and registers a model by MLflow's client, as anybody does: python log_to_millrace.py <german_credit.csv> <model>"""

import sys

import mlflow
import mlflow.sklearn
import pandas as pd
from mlflow.models import infer_signature
from sklearn.linear_model import LogisticRegression

rows = pd.read_csv(sys.argv[1])
frame = rows[["credit_amount", "age_years", "duration_months"]].astype(float)
model = LogisticRegression(max_iter=500).fit(frame[:700], rows["risk"][:700])
mlflow.set_experiment("client")
with mlflow.start_run():
    mlflow.sklearn.log_model(
        model,
        "model",
        signature=infer_signature(frame, model.predict(frame)),
        input_example=frame.head(3),
        registered_model_name=sys.argv[2],
    )
print("\n".join(model.predict(frame[700:705])))
