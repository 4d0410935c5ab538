"""What a handler is given besides its input."""

import shutil
import tempfile

from millrace.log import logger, metric
from millrace.objects import ObjectStore


class TaskContext:
    """`run` is the logical run as a dictionary (`id`, `pipeline`, `params`, `ds`, `logicalDate` …)."""

    def __init__(self, event, lambda_context):
        self._event = event
        self._lambda = lambda_context
        self._directory = None
        self.run = event["run"]
        # Task id with its groups.
        self.task = event["task"]
        # 0 at the first attempt.
        self.attempt = event["attempt"]
        self.execution = event["execution"]
        self.log = logger
        self.objects = ObjectStore()
        # The run of experiment tracking; None when the contract declares no tracking, or the store is gone and may be.
        self.tracking = None

    def tmp(self):
        """A scratch directory, made at the first call and removed when the task ends, however it ends."""
        if self._directory is None:
            self._directory = tempfile.mkdtemp(prefix="millrace-")
        return self._directory

    def remaining_ms(self):
        """Milliseconds until the function is stopped."""
        return self._lambda.get_remaining_time_in_millis()

    def emit_metric(self, name, value, unit="Count"):
        """A figure for CloudWatch, with the pipeline and the task as dimensions."""
        metric(self._event, {name: (value, unit)})

    def remove_scratch(self):
        if self._directory is not None:
            shutil.rmtree(self._directory, ignore_errors=True)
