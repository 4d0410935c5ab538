"""Lines of JSON with the run and the task, like those of TypeScript handlers; metrics as EMF lines.

Everything that is logged through Python's `logging` comes out so; what a handler prints stays as it is.
EMF: https://docs.aws.amazon.com/AmazonCloudWatch/latest/monitoring/CloudWatch_Embedded_Metric_Format_Specification.html
"""

import json
import logging
import os
import re
import sys
import time
import traceback

from millrace import instants

logger = logging.getLogger("millrace.task")
_keys = {}
_cold = True
_LEVELS = {"WARNING": "WARN"}


class _Lines(logging.Formatter):
    def format(self, record):
        line = {
            "level": _LEVELS.get(record.levelname, record.levelname),
            "message": record.getMessage(),
            "timestamp": instants.text(record.created),
            "service": os.environ.get("POWERTOOLS_SERVICE_NAME", "millrace"),
            **_keys,
            **getattr(record, "data", {}),
        }
        if record.name != logger.name:
            line["logger"] = record.name
        if record.exc_info and record.exc_info[1] is not None:
            error = record.exc_info[1]
            stack = "".join(traceback.format_exception(*record.exc_info))
            line["error"] = {"name": type(error).__name__, "message": str(error), "stack": stack}
        return json.dumps(line, ensure_ascii=False, default=str)


def begin(event, lambda_context):
    """Before anything is logged: what every line of this invocation carries."""
    global _cold
    handler = logging.StreamHandler(sys.stdout)
    handler.setFormatter(_Lines())
    root = logging.getLogger()
    root.handlers = [handler]
    root.setLevel(logging.INFO)
    run = event["run"]
    _keys.clear()
    _keys.update(
        cold_start=_cold,
        function_name=lambda_context.function_name,
        function_request_id=lambda_context.aws_request_id,
        pipeline=run["pipeline"],
        run=run["id"],
        task=event["task"],
        attempt=event["attempt"],
        execution=event["execution"],
    )
    _cold = False


def metric(event, values):
    """Figures for CloudWatch: name to (value, unit). One figure for all items of a map."""
    definitions = [{"Name": name, "Unit": unit} for name, (_, unit) in values.items()]
    namespace = os.environ.get("POWERTOOLS_METRICS_NAMESPACE", "millrace")
    about = {"Namespace": namespace, "Dimensions": [["service", "pipeline", "task"]], "Metrics": definitions}
    line = {
        "_aws": {"Timestamp": int(time.time() * 1000), "CloudWatchMetrics": [about]},
        "service": os.environ.get("POWERTOOLS_SERVICE_NAME", "millrace"),
        "pipeline": event["run"]["pipeline"],
        "task": re.sub(r"\[\d+\]$", "", event["task"]),
        **{name: value for name, (value, _) in values.items()},
    }
    print(json.dumps(line), flush=True)
