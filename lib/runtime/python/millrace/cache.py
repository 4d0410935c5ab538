"""Earlier results of tasks that ask for it, by the rules of lib/runtime/cache.ts.

1. The same result means: same pipeline and contract, same code and environment, same input with the content of what
   lies in S3, and the same parts of the output wanted.
2. A result of which a part is gone from S3 is none.
3. A store that does not answer costs the work, not the task.
"""

import hashlib
import math
import time

from millrace import instants, table
from millrace.envelope import is_offloaded
from millrace.log import logger
from millrace.plain import text_of


def input_hash(value):
    """SHA-256 of an input; keys are sorted, and a value in S3 counts by its content."""
    return hashlib.sha256(text_of(_canonical(value)).encode()).hexdigest()


def _canonical(value):
    if isinstance(value, list):
        return [_canonical(item) for item in value]
    if not isinstance(value, dict):
        return value
    if is_offloaded(value):
        return {"$offloaded": [value["$offloaded"]["sha256"], value["$offloaded"]["path"]]}
    return {name: _canonical(member) for name, member in sorted(value.items())}


def read(contract, event, record, objects):
    """The result of an earlier run, unless there is none, or this run wants none."""
    if "cache" not in event or event["run"].get("cache") is False or record["codeHash"] == "unknown":
        return None
    try:
        found = table.get(_key(contract, event, record))
        if found is None or time.time() - instants.seconds(found["at"]) > event["cache"]["seconds"]:
            return None
        markers = _markers(found["result"].get("out"))
        return found if all(objects.exists(marker["key"]) for marker in markers) else None
    except Exception as fault:  # noqa: BLE001 - rule 3
        logger.warning("The cache could not be read; the task runs.", exc_info=fault)
        return None


def write(contract, event, record, result):
    """Also a run that wanted no earlier result leaves its own."""
    if "cache" not in event or record["codeHash"] == "unknown":
        return
    now = time.time()
    item = {
        **_key(contract, event, record),
        "result": result,
        "run": event["run"]["id"],
        "task": event["task"],
        "at": instants.text(now),
        "ttl": math.ceil(now + event["cache"]["seconds"]),
    }
    try:
        table.put(item)
    except Exception as fault:  # noqa: BLE001 - rule 3
        logger.warning("The result could not be kept for other runs.", exc_info=fault)


def _key(contract, event, record):
    returns = sorted(event["returns"].items())
    environment = sorted(event["cache"].get("environment", {}).items())
    parts = [event["run"]["pipeline"], contract, record["codeHash"], record["inputHash"], returns, environment]
    return {"pk": f"CACHE#{hashlib.sha256(text_of(parts).encode()).hexdigest()}", "sk": "RESULT"}


def _markers(value):
    if is_offloaded(value):
        yield value["$offloaded"]
    elif isinstance(value, dict):
        for member in value.values():
            yield from _markers(member)
    elif isinstance(value, list):
        for item in value:
            yield from _markers(item)
