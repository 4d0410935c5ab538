"""What a task runs inside, as lib/runtime/task-handler.ts has it for TypeScript.

1. A task that has succeeded in its logical run is not run again: its recorded result is the answer.
2. Nothing is recorded as success before the output has passed its contract.
3. Of two attempts at once, the first success is the one that counts; the other returns that result.
4. A task that asks for it takes the result of an earlier run with the same code and input.
5. An error leaves under its own name, so that the machine's `Retry` can tell what a retry cannot mend.
"""

import os
import time

from millrace import cache, deadline, events, instants, log, records, schema, tracking
from millrace.context import TaskContext
from millrace.envelope import inline_result, rehydrated, travelling
from millrace.errors import (
    AttemptSuperseded,
    InvalidInput,
    InvalidOutput,
    NotReady,
    SensorTimedOut,
    Skipped,
    name_of,
    thrown_error,
)
from millrace.plain import plain, size_of, text_of
from millrace.storable import storable

_MAX_ERROR_CHARACTERS = 4000
_MAX_KEY_CHARACTERS = 256
_EVENT = ("task", "run", "attempt", "execution", "redrive", "input", "returns")


def task_handler(contract, run):
    """The Lambda handler of a task. `contract`: name, input and output as JSON Schemas, skips."""

    def handler(event, lambda_context):
        missing = [name for name in _EVENT if not isinstance(event, dict) or name not in event]
        if missing:
            raise thrown_error(
                InvalidInput(
                    f"The handler of '{contract['name']}' was invoked with an event that is none of a state machine's "
                    f"(lib/model/envelope.ts, TaskEvent): it lacks {', '.join(missing)}."
                )
            )
        log.begin(event, lambda_context)
        result = _Attempt(contract, run, event, lambda_context).result()
        # A result that was there already updates nothing.
        if result["status"] == "success" and "cached" not in result:
            events.updated(event)
        return result

    return handler


def _check_partition_key(event):
    """Before the handler is called: what it did could not be told of."""
    announces = event.get("announces", {})
    key = announces.get("partitionKey")
    if "partitionKey" not in announces or (isinstance(key, str) and 0 < len(key) <= _MAX_KEY_CHARACTERS):
        return
    raise InvalidInput(
        f"The partition key of task '{event['task']}' of {event['run']['pipeline']}, which says what part of "
        f"{', '.join(announces.get('datasets', []))} it updates, has to be a text of 1 to {_MAX_KEY_CHARACTERS} "
        f"characters, and is {text_of(key)[:60]}."
    )


class _Attempt:
    def __init__(self, contract, run, event, lambda_context):
        self.contract = contract
        self.run = run
        self.event = event
        self.run_id = event["run"]["id"]
        self.started = time.time()
        self.context = TaskContext(event, lambda_context)
        self.tracked = None
        self.begun = {
            "task": event["task"],
            "status": "running",
            "attempt": event["attempt"] + 1,
            "redrive": event["redrive"],
            "execution": event["execution"],
            "invocation": lambda_context.aws_request_id,
            "startedAt": instants.text(self.started),
            "memoryMb": int(lambda_context.memory_limit_in_mb or 0),
            "inputHash": cache.input_hash(event["input"]),
            "codeHash": os.environ.get("MILLRACE_CODE_HASH", "unknown"),
        }

    def result(self):
        earlier = records.read(self.run_id, self.event["task"])
        memo = self._memo_in(earlier) or self._start_or_memo()
        if memo is not None:
            return memo
        events.retried(self.event, earlier)
        cached = cache.read(self.contract["name"], self.event, self.begun, self.context.objects)
        if cached is not None:
            return self._from_cache(cached)
        try:
            with deadline.within(self.event["task"], self.context.remaining_ms() / 1000):
                out = self._output()
            result = {"status": "success", "out": out}
            standing = self._succeed({"status": "success", "result": result})
            self._measure("TaskSuccess")
            log.logger.info("Task succeeded", extra={"data": {"durationMs": self._duration()}})
            cache.write(self.contract["name"], self.event, self.begun, result)
            events.succeeded(self.event)
            return self._standing_result(standing, result)
        except Exception as thrown:
            return self._failed(thrown)
        finally:
            self.context.remove_scratch()

    def _output(self):
        """Runs the handler; what it returns, as it travels in the state."""
        event, contract = self.event, self.contract
        _check_partition_key(event)
        value = rehydrated(event["input"], self.context.objects)
        where = f"of task '{event['task']}' ({contract['name']}) of {event['run']['pipeline']}"
        try:
            value = schema.parse(contract["input"], value)
        except schema.Fault as fault:
            raise InvalidInput(f"The input {where} does not fit its contract:\n{fault}") from fault
        sizes = {name: size_of(member) for name, member in value.items()} if isinstance(value, dict) else {}
        self.tracked = self.context.tracking = tracking.begin(event, self.context, self.begun["codeHash"])
        log.logger.info("Task started", extra={"data": {"input": sizes}})
        returned = self.run(value, self.context)
        try:
            out = schema.parse(contract["output"], plain(returned))
            text_of(out)
        except (schema.Fault, TypeError, ValueError) as fault:
            raise InvalidOutput(f"The handler {where} returned what its contract forbids:\n{fault}") from fault
        out = storable(event["task"], out)
        tracking.end(self.tracked, "FINISHED")
        return travelling(event["task"], self.run_id, out, event["returns"], self.context.objects)

    def _from_cache(self, cached):
        told = {name: cached[name] for name in ("run", "task", "at")}
        log.logger.info(
            "An earlier run had the same code and input; its result is used.",
            extra={"data": {"from": told["run"], "fromTask": told["task"], "at": told["at"]}},
        )
        result = {**cached["result"], "cached": True}
        standing = self._succeed({"status": "success", "result": result, "cached": told})
        events.succeeded(self.event)
        return self._standing_result(standing, result)

    def _failed(self, thrown):
        event = self.event
        poke = event.get("poke")
        last = poke is not None and poke["last"]
        timed_out = self._timed_out(thrown) if isinstance(thrown, NotReady) else thrown
        may_skip = isinstance(thrown, Skipped) and self.contract.get("skips")
        if may_skip or (isinstance(thrown, NotReady) and last and poke["softFail"]):
            return self._skipped(thrown if may_skip else timed_out)
        if isinstance(thrown, NotReady) and poke is not None and not last:
            self._record_failure({"status": "running"}, thrown)
            log.logger.info("Not ready", extra={"data": {"reason": str(thrown)}})
            raise thrown_error(thrown)
        failure = thrown_error(timed_out, event.get("errors", ()))
        other = self._record_failure({"status": "failed", **self._ended()}, failure)
        if other is not None:
            return other
        self._measure("TaskFailure")
        log.logger.error("Task failed", exc_info=thrown)
        events.failed(event, failure)
        raise failure

    def _skipped(self, reason):
        result = {"status": "skipped", "out": inline_result(None, self.event["returns"])}
        tracking.end(self.tracked, "FINISHED")
        standing = self._succeed({"status": "skipped", "result": result, "error": _told(reason)})
        log.logger.info("Task skipped", extra={"data": {"reason": str(reason)}})
        return _remembered(standing, result) if standing["status"] == "success" else result

    def _timed_out(self, thrown):
        error = SensorTimedOut(
            f"Task '{self.event['task']}' asked {self.event['attempt'] + 1} times, then the time was up. "
            f"At last: {thrown}"
        )
        error.__cause__ = thrown
        return error

    def _record_failure(self, end, failure):
        """The result of somebody else who succeeded meanwhile. Never hides the failure behind one of the stores."""
        try:
            if not records.fail(self.run_id, {**self.begun, **end, "error": _told(failure)}):
                return self._memo_in(records.read(self.run_id, self.event["task"]))
            tracking.end(self.tracked, "FAILED")
        except Exception as fault:  # noqa: BLE001
            log.logger.warning("The failure could not be recorded everywhere.", exc_info=fault)
        return None

    def _start_or_memo(self):
        """Takes the task on; when that is refused because somebody succeeded meanwhile, that result is the answer."""
        if records.start(self.run_id, self.begun):
            return None
        memo = self._memo_in(records.read(self.run_id, self.event["task"]))
        if memo is not None:
            return memo
        raise thrown_error(
            AttemptSuperseded(
                f"Attempt {self.begun['attempt']} of task '{self.event['task']}' came after a later one had started. "
                "Nothing was done."
            )
        )

    def _memo_in(self, record):
        if record is None or record["status"] != "success" or "result" not in record:
            return None
        log.logger.info(
            "The task has succeeded in this run already; its result is used again.",
            extra={"data": {"by": record["execution"]}},
        )
        return _remembered(record, record["result"])

    def _succeed(self, end):
        return records.succeed(self.run_id, {**self.begun, **self._ended(), **end})

    def _standing_result(self, standing, result):
        own = standing.get("invocation") == self.begun["invocation"]
        return result if own else _remembered(standing, result)

    def _duration(self):
        return round((time.time() - self.started) * 1000)

    def _ended(self):
        return {"endedAt": instants.text(time.time()), "durationMs": self._duration()}

    def _measure(self, name):
        log.metric(self.event, {name: (1, "Count"), "TaskDuration": (self._duration(), "Milliseconds")})


def _remembered(record, otherwise):
    return {**record.get("result", otherwise), "memo": True}


def _told(error):
    return {"name": name_of(error), "message": str(error)[:_MAX_ERROR_CHARACTERS]}
