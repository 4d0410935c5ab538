"""How the handler of a task runs in a container: fetches its bundle and its event, calls it as Lambda would, and leaves the
result behind. As lib/runtime/jobs/container-entry.ts for TypeScript.

Given to `python -c` after the text of `millrace/aws.py` (lib/cloud/python-entry.ts), so it loads nothing but Python.
"""

import io
import json
import os
import sys
import tempfile
import time
import urllib.parse
import zipfile

from millrace.aws import endpoint, region, send


class _Context:
    """What Lambda would tell of the invocation."""

    def __init__(self, given, started):
        event = given["event"]
        self.function_name = f"{event['run']['pipeline']}-{event['task']}"
        self.function_version = "$LATEST"
        self.aws_request_id = given["job"]
        self.memory_limit_in_mb = given["memoryMb"]
        self._until = started + given["timeoutSeconds"]

    def get_remaining_time_in_millis(self):
        return int((self._until - time.time()) * 1000)


def _object(method, uri, body=b""):
    bucket, _, key = uri[len("s3://") :].partition("/")
    path = urllib.parse.quote(key, safe="/-_.~")
    if os.environ.get("AWS_ENDPOINT_URL"):
        url = f"{endpoint('s3')}/{bucket}/{path}"
    else:
        url = f"{endpoint('s3', f'{bucket}.s3.{region()}')}/{path}"
    status, _, answer = send("s3", method, url, body, timeout=300)
    if status != 200:
        raise RuntimeError(f"{uri} cannot be {'read' if method == 'GET' else 'written'}: {status} {answer[:300]!r}")
    return answer


def _bundle(given):
    """The folder of the bundle: on this machine it is there already, with its packages in the interpreter."""
    folder = os.environ.get("MILLRACE_BUNDLE_FILE")
    if folder is None:
        folder = tempfile.mkdtemp(prefix="millrace-")
        zipfile.ZipFile(io.BytesIO(_object("GET", given["bundle"]))).extractall(folder)
    return folder


def main():
    """Returns the exit code."""
    started = time.time()
    given = json.loads(_object("GET", os.environ["MILLRACE_INPUT_URI"]))
    os.environ.update(given["environment"])
    try:
        sys.path.insert(0, _bundle(given))
        from millrace.entry import handler

        output = {"result": handler(given["event"], _Context(given, started))}
    except Exception as error:  # noqa: BLE001
        # The runtime gives what it throws a class of the error's name.
        output = {"error": {"name": type(error).__name__, "message": str(error)}}
    _object("PUT", os.environ["MILLRACE_OUTPUT_URI"], json.dumps(output).encode())
    return 1 if "error" in output else 0


sys.exit(main())
