"""The record of a task in a logical run, by the rules of lib/orchestration/task-record.ts:

1. A success is final. It is the memo that keeps the task from running again, and whoever comes later gets its result.
2. An attempt starts unless a later attempt of the same execution has started already.
3. A failure is recorded only by the attempt that holds the record.
"""

import time

from millrace import table

_KEEP_SECONDS = 400 * 86_400
_OPTIONAL = (
    "redrive", "invocation", "endedAt", "durationMs", "memoryMb", "inputHash", "codeHash", "result", "cached", "error",
)  # fmt: skip
# A success without a result is that of a branch or a join: it answers nothing.
_NO_MEMO = "(#status <> :success OR attribute_not_exists(#result))"
_NOT_LATER = (
    "(#execution <> :execution OR attribute_not_exists(#redrive) OR #redrive < :redrive"
    " OR (#redrive = :redrive AND #attempt <= :attempt))"
)


def _key(run_id, task):
    return {"pk": f"RUN#{run_id}", "sk": f"TASK#{task}"}


def read(run_id, task):
    return table.get(_key(run_id, task))


def start(run_id, record):
    """False when the task has succeeded, or when a later attempt of the same execution has started."""
    return _write(run_id, record, _NOT_LATER)


def succeed(run_id, record):
    """Records a success if there is none yet. Returns the record that stands then."""
    return record if _write(run_id, record) else (read(run_id, record["task"]) or record)


def fail(run_id, record):
    """False when another attempt holds the record."""
    return _write(run_id, record, "#invocation = :invocation")


def _write(run_id, record, condition=None):
    given = {**record, "ttl": int(time.time()) + _KEEP_SECONDS}
    absent = [name for name in _OPTIONAL if name not in given]
    sets = ", ".join(f"#{name} = :{name}" for name in given)
    removes = f" REMOVE {', '.join(f'#{name}' for name in absent)}" if absent else ""
    return table.update(
        _key(run_id, record["task"]),
        f"SET {sets}{removes}",
        f"attribute_not_exists(pk) OR ({' AND '.join([_NO_MEMO, *([condition] if condition else [])])})",
        {f"#{name}": name for name in (*given, *absent)},
        {**{f":{name}": value for name, value in given.items()}, ":success": "success"},
    )
