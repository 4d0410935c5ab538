"""Numbers of a result as the tables can hold them: DynamoDB's reach from 1e-130 to below 1e126. As lib/runtime/storable.ts."""

from millrace.errors import DoNotRetry

LEAST = 1e-130
BEYOND = 1e126


def storable(task, out, path=""):
    """The result with 0 for numbers that are nearer to it, such as tiny p-values. @raises DoNotRetry for one too large"""
    if isinstance(out, (int, float)) and not isinstance(out, bool):
        if abs(out) < BEYOND:
            return 0 if 0 < abs(out) < LEAST else out
        raise DoNotRetry(
            f"The output of task '{task}' is {out}{f' at {path[1:]}' if path else ''}; numbers below 1e126 can be kept. "
            "Return it as a text, or its logarithm."
        )
    if isinstance(out, list):
        return [storable(task, item, f"{path}.{i}") for i, item in enumerate(out)]
    if isinstance(out, dict):
        return {name: storable(task, value, f"{path}.{name}") for name, value in out.items()}
    return out
