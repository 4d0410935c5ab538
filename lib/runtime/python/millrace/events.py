"""Tells the bus what happened to a task, as lib/runtime/announce.ts does.

1. A bus that does not answer is a warning in the log, and nothing else: people can look.
2. But for updated datasets: other pipelines wait for them. The attempt fails, and the next one, which finds the recorded
   success, tells them.
"""

import os

from millrace import aws, records
from millrace.errors import DatasetNotTold, name_of
from millrace.log import logger
from millrace.plain import text_of

_MAX_MESSAGE_CHARACTERS = 4000


def retried(event, earlier):
    # A sensor that is asked again is no retry.
    if event["attempt"] == 0 or "poke" in event:
        return
    own = earlier is not None and earlier.get("execution") == event["execution"]
    error = {"error": earlier["error"]} if own and "error" in earlier else {}
    _announce("Task Retried", {**_about(event), "attempt": event["attempt"] + 1, **error})


def failed(event, failure):
    error = {"name": name_of(failure), "message": str(failure)[:_MAX_MESSAGE_CHARACTERS]}
    detail = {"attempt": event["attempt"] + 1, "final": False, "redrive": event["redrive"], "error": error}
    _announce("Task Failed", {**_about(event), **detail})


def succeeded(event):
    if event.get("announces", {}).get("success") is True:
        _announce("Task Succeeded", _about(event))


def updated(event):
    """Told again by whoever finds the task done already: the launcher counts an update once. @raises DatasetNotTold"""
    announces = event.get("announces", {})
    datasets = announces.get("datasets", [])
    key = {"partitionKey": announces["partitionKey"]} if "partitionKey" in announces else {}
    if not datasets:
        return
    record = records.read(event["run"]["id"], event["task"]) or {}
    at = record.get("endedAt") or record.get("startedAt") or event["run"]["startedAt"]
    try:
        _publish([("Dataset Updated", {**_about(event), "dataset": name, **key, "updatedAt": at}) for name in datasets])
    except Exception as cause:
        raise DatasetNotTold(
            f"Task '{event['task']}' of {event['run']['pipeline']} succeeded, and its result is recorded, but that it "
            f"updated {', '.join(datasets)} could not be told to the bus. Rerun the run to tell it again."
        ) from cause


def _about(event):
    run = event["run"]
    return {
        "pipeline": run["pipeline"],
        "run": run["id"],
        "execution": event["execution"],
        "logicalDate": run["logicalDate"],
        "task": event["task"],
    }


def _announce(kind, detail):
    try:
        _publish([(kind, detail)])
    except Exception as fault:  # noqa: BLE001 - rule 1
        logger.warning("'%s' could not be told to the bus.", kind, exc_info=fault)


def _publish(events):
    bus = os.environ.get("MILLRACE_BUS", "default")
    for start in range(0, len(events), 10):
        entries = [
            {"EventBusName": bus, "Source": "millrace", "DetailType": kind, "Detail": text_of(detail)}
            for kind, detail in events[start : start + 10]
        ]
        answer = aws.call_json("events", "AWSEvents", "PutEvents", {"Entries": entries}, "1.1", attempts=3, timeout=5)
        if answer.get("FailedEntryCount", 0) > 0:
            raise RuntimeError(f"The bus {bus} took {answer['FailedEntryCount']} events less than it was given.")
