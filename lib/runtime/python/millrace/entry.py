"""The function's entry: puts handler, contract and packages together. Lambda calls `millrace/entry.handler`."""

import json
import os
import sys

_ROOT = os.path.dirname(os.path.dirname(os.path.abspath(__file__)))
# Wheels for Lambda's platform; on other machines a virtual environment has those of theirs.
if "MILLRACE_VIRTUAL_ENVIRONMENT" not in os.environ:
    sys.path.insert(1, os.path.join(_ROOT, "packages"))

from millrace.runtime import task_handler  # noqa: E402


def _contract():
    with open(os.path.join(_ROOT, "contracts.json"), encoding="utf8") as file:
        name = os.environ["MILLRACE_CONTRACT"]
        return {**json.load(file)[name], "name": name}


def _run(value, context):
    # Imported with the first invocation: its import may take longer than the 10 s that an initialisation may, and what is
    # wrong with it is then an error of the task, with its record.
    from handler import run

    return run(value, context)


handler = task_handler(_contract(), _run)
