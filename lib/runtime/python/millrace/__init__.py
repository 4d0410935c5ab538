"""What a Python handler of millrace may use: `from millrace import DoNotRetry`.

A handler is a module `handler.py` with a function `run(input, context)` that returns what the contract of its task says.
"""

from millrace.errors import DoNotRetry, NotReady, Skipped
from millrace.context import TaskContext

__all__ = ["DoNotRetry", "NotReady", "Skipped", "TaskContext"]
