"""The same model folder behind FastAPI, as one would write it by hand: `serving_peer.py <folder> <port>`."""
import sys

import mlflow.pyfunc
import pandas
import uvicorn
from fastapi import FastAPI

folder, port = sys.argv[1], int(sys.argv[2])
model = mlflow.pyfunc.load_model(folder)
app = FastAPI()


@app.get("/ping")
def ping():
    return {"status": "ok"}


@app.post("/predict")
def predict(body: dict):
    answers = model.predict(pandas.DataFrame(body["records"]))
    return {"predictions": answers.to_dict(orient="records")}


uvicorn.run(app, host="127.0.0.1", port=port, log_level="warning")
