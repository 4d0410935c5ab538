"""A limit shortly before the function's own, which kills without a word.

Python can be interrupted between two of its own steps, not inside of compiled code: what computes there for long is ended
by the function's limit.
"""

import contextlib
import signal
import threading

from millrace.errors import TaskTimedOut

# What it takes to record the failure: at most this, at most a fifth of the time.
_TIME_TO_SAY_SO = 1.5


@contextlib.contextmanager
def within(task, remaining_seconds):
    """@raises TaskTimedOut out of the code inside"""
    if not hasattr(signal, "SIGALRM") or threading.current_thread() is not threading.main_thread():
        yield
        return

    def late(_signal, _frame):
        raise TaskTimedOut(
            f"Task '{task}' timed out: it is not done after {round(remaining_seconds)} s. Give it a longer timeout, more "
            "memory (which is also more processor), or less to do."
        )

    before = signal.signal(signal.SIGALRM, late)
    left = remaining_seconds - min(_TIME_TO_SAY_SO, remaining_seconds / 5)
    signal.setitimer(signal.ITIMER_REAL, max(left, 0.001))
    try:
        yield
    finally:
        signal.setitimer(signal.ITIMER_REAL, 0)
        signal.signal(signal.SIGALRM, before)
