"""Experiment tracking by the standard MLflow client.

The task's run is begun before the handler, under the run of the pipeline, and the client's environment names it:
`mlflow.log_metric(...)` and `with mlflow.start_run():` go on with it. An attempt that is tried again goes on with it too.
A store that does not answer fails the task; with `tracking: 'best-effort'` the client then writes to a scratch folder
that nobody keeps, and a warning says so.
"""

import json
import os
import sys
import time
import urllib.parse

from millrace import aws
from millrace.errors import DoNotRetry, TrackingUnreachable
from millrace.log import logger

# The client would repeat for minutes what does not answer.
_CLIENT = {
    "MLFLOW_HTTP_REQUEST_MAX_RETRIES": "3",
    "MLFLOW_HTTP_REQUEST_TIMEOUT": "20",
    "GIT_PYTHON_REFRESH": "quiet",
    # Nothing outside of the project is told that MLflow is used.
    "MLFLOW_DISABLE_TELEMETRY": "true",
    "DO_NOT_TRACK": "true",
}
# Behind API Gateway a request has at most 10 MB: larger files go to S3 in parts, by presigned addresses.
_CLIENT_IN_ACCOUNT = {
    "MLFLOW_ENABLE_PROXY_MULTIPART_UPLOAD": "true",
    "MLFLOW_MULTIPART_UPLOAD_MINIMUM_FILE_SIZE": "4194304",
}
_uri = os.environ.get("MLFLOW_TRACKING_URI", "")


class TrackedRun:
    def __init__(self, experiment_id, run_id, bucket):
        self.experiment_id = experiment_id
        self.run_id = run_id
        self._bucket = bucket

    def artifact_uri(self, path=""):
        """Where in the data bucket an artifact of the run lies."""
        return f"s3://{self._bucket}/artifacts/{self.experiment_id}/{self.run_id}/{path}"


def begin(event, context, code_hash):
    """The tracked run of the task, or None. @raises TrackingUnreachable, DoNotRetry"""
    mode = os.environ.get("MILLRACE_TRACKING")
    if mode is None:
        return None
    in_account = {} if os.environ.get("AWS_ENDPOINT_URL") else _CLIENT_IN_ACCOUNT
    for name, value in {**_CLIENT, **in_account}.items():
        os.environ.setdefault(name, value)
    run = event["run"]
    request = {
        "run": run["id"],
        "pipeline": run["pipeline"],
        "task": event["task"],
        "execution": event["execution"],
        "run_name": event["task"].split("/")[-1],
        "trigger": run["trigger"],
        "logical_date": run["logicalDate"],
        "started_at": run["startedAt"],
        "commit": run["code"]["commit"],
        "dirty": run["code"]["dirty"],
        "code_hash": code_hash,
        "params": json.dumps(run.get("params", {})),
    }
    try:
        if not _uri:
            raise aws.Unreachable("MLFLOW_TRACKING_URI is not set")
        answer = _post("task-runs/start", request)
    except aws.Unreachable as fault:
        if mode != "best-effort":
            raise TrackingUnreachable(
                f"The tracking store of task '{event['task']}' cannot be reached: {fault}. Tasks that may run without "
                "it say tracking: 'best-effort'."
            ) from fault
        logger.warning("The tracking store cannot be reached; what is logged by mlflow is lost.", exc_info=fault)
        os.environ["MLFLOW_TRACKING_URI"] = f"file://{context.tmp()}/mlruns"
        for name in ("MLFLOW_RUN_ID", "MLFLOW_EXPERIMENT_ID"):
            os.environ.pop(name, None)
        return None
    os.environ["MLFLOW_TRACKING_URI"] = _uri
    os.environ["MLFLOW_EXPERIMENT_ID"] = answer["experiment_id"]
    os.environ["MLFLOW_RUN_ID"] = answer["run_id"]
    return TrackedRun(answer["experiment_id"], answer["run_id"], context.objects.bucket)


def end(tracked, status):
    """Ends the task's run, and what the client left open in this process. @raises TrackingUnreachable"""
    client = sys.modules.get("mlflow")
    if client is not None:
        try:
            while client.active_run() is not None:
                client.end_run(status)
        except Exception as fault:
            if tracked is not None and status == "FINISHED":
                raise TrackingUnreachable(f"The tracked run could not be ended: {fault}") from fault
            logger.warning("A run of the MLflow client could not be ended.", exc_info=fault)
    if tracked is None:
        return
    try:
        _post("runs/update", {"run_id": tracked.run_id, "status": status, "end_time": int(time.time() * 1000)})
    except aws.Unreachable as fault:
        if os.environ.get("MILLRACE_TRACKING") == "best-effort" or status != "FINISHED":
            logger.warning("The tracked run could not be ended.", exc_info=fault)
            return
        raise TrackingUnreachable(f"The tracked run could not be ended: {fault}") from fault


def _post(path, request):
    url = f"{_uri.rstrip('/')}/api/2.0/mlflow/{path}"
    if urllib.parse.urlsplit(url).scheme not in ("http", "https"):
        raise DoNotRetry(f"MLFLOW_TRACKING_URI is {_uri}; it must be the http(s) address of the tracking API.")
    body = json.dumps(request).encode()
    status, _, answer = aws.send(
        "execute-api", "POST", url, body, {"content-type": "application/json"}, attempts=3, timeout=10
    )
    if status == 200:
        return json.loads(answer)
    said = answer.decode("utf8", "replace")[:500]
    if status >= 500 or status == 429:
        raise aws.Unreachable(f"{url} answers HTTP {status}: {said}")
    raise DoNotRetry(f"The tracking store refuses: {url}: HTTP {status}: {said}")
