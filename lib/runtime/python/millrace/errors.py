"""Errors by name. A state machine matches the name, as those of TypeScript handlers (lib/model/errors.ts)."""


class MillraceError(Exception):
    """`name` is what the machine sees."""

    name = "Millrace.Error"


class DoNotRetry(MillraceError):
    """A fault that a retry cannot mend: bad input, a broken contract."""

    name = "Millrace.DoNotRetry"


class InvalidInput(DoNotRetry):
    name = "Millrace.InvalidInput"


class InvalidOutput(DoNotRetry):
    name = "Millrace.InvalidOutput"


class ResultTooLarge(DoNotRetry):
    name = "Millrace.ResultTooLarge"


class ResultChanged(DoNotRetry):
    """A stored result is not what was recorded: somebody replaced it."""

    name = "Millrace.ResultChanged"


class AttemptSuperseded(DoNotRetry):
    """A later attempt has taken the task over; nobody waits for this one."""

    name = "Millrace.AttemptSuperseded"


class SensorTimedOut(DoNotRetry):
    name = "Millrace.SensorTimedOut"


class Skipped(MillraceError):
    """Ends a task as skipped instead of failed; its contract must say `skips: true`."""

    name = "Millrace.Skipped"


class NotReady(MillraceError):
    """What a sensor waits for is not there yet: it is asked again after the interval."""

    name = "Millrace.NotReady"


class TaskTimedOut(MillraceError):
    name = "Millrace.TaskTimedOut"


class DatasetNotTold(MillraceError):
    name = "Millrace.DatasetNotTold"


class TrackingUnreachable(MillraceError):
    """The tracking store did not answer, and the task may not run without it."""

    name = "Millrace.TrackingUnreachable"


# The compiler excludes these names from every retry (NON_RETRYABLE in lib/model/errors.ts).
NON_RETRYABLE = {
    "Millrace.DoNotRetry",
    "Millrace.InvalidInput",
    "Millrace.InvalidOutput",
    "Millrace.ResultTooLarge",
}


def name_of(error: BaseException) -> str:
    return error.name if isinstance(error, MillraceError) else type(error).__name__


def thrown_error(error: BaseException, named=()) -> BaseException:
    """The error as it leaves the function: Lambda tells the name of its class, so it gets a class of that name.

    A fault that no retry mends, under a name that machines do not know, leaves as DoNotRetry with its own in front. `named`:
    what the machine knows besides, by a rule of the task.
    """
    name, message = name_of(error), str(error)
    if isinstance(error, DoNotRetry) and name not in NON_RETRYABLE and name not in named:
        name, message = DoNotRetry.name, f"{name}: {message}"
    if type(error).__name__ == name and str(error) == message:
        return error
    named = type(name, (Exception,), {"__module__": "millrace"})(message)
    named.__cause__ = error
    return named
