"""Runs one handler in a process of its own and speaks the Lambda runtime API to the host, as AWS's own runtime does."""

import http.client
import importlib
import json
import os
import sys
import threading
import time
import traceback

host, _, prefix = os.environ["AWS_LAMBDA_RUNTIME_API"].partition("/")
connection = http.client.HTTPConnection(host)


def call(method, path, body=None):
    connection.request(method, f"/{prefix}/2018-06-01/runtime{path}", body, {"content-type": "application/json"})
    response = connection.getresponse()
    return response, response.read()


def failure(error):
    stack = traceback.format_exception(type(error), error, error.__traceback__)
    return json.dumps({"errorType": type(error).__name__, "errorMessage": str(error), "stackTrace": stack}).encode()


class Context:
    """As AWS's runtime gives it."""

    def __init__(self, headers):
        self.aws_request_id = headers["lambda-runtime-aws-request-id"]
        self.invoked_function_arn = headers["lambda-runtime-invoked-function-arn"]
        self.function_name = os.environ["AWS_LAMBDA_FUNCTION_NAME"]
        self.function_version = "$LATEST"
        self.memory_limit_in_mb = os.environ["AWS_LAMBDA_FUNCTION_MEMORY_SIZE"]
        self.log_group_name = os.environ["AWS_LAMBDA_LOG_GROUP_NAME"]
        self.log_stream_name = os.environ["AWS_LAMBDA_LOG_STREAM_NAME"]
        self._deadline = int(headers["lambda-runtime-deadline-ms"])

    def get_remaining_time_in_millis(self):
        return max(0, self._deadline - int(time.time() * 1000))


def go_with_the_host():
    """The host keeps the other end of stdin: when it goes, however it goes, nobody waits for this process any more."""
    while sys.stdin.buffer.read(4096):
        pass
    os._exit(0)


def main():
    threading.Thread(target=go_with_the_host, daemon=True).start()
    sys.path.insert(0, os.environ["LAMBDA_TASK_ROOT"])
    try:
        module, _, name = os.environ["_HANDLER"].rpartition(".")
        handler = getattr(importlib.import_module(module.replace("/", ".")), name)
    except BaseException as error:  # noqa: BLE001 - whatever it is, the host is told
        call("POST", "/init/error", failure(error))
        sys.exit(1)
    while True:
        response, body = call("GET", "/invocation/next")
        if response.status != 200:
            return
        context = Context(response.headers)
        try:
            answer = ("response", json.dumps(handler(json.loads(body), context)).encode())
        except SystemExit:
            raise
        except BaseException as error:  # noqa: BLE001
            answer = ("error", failure(error))
        sys.stdout.flush()
        call("POST", f"/invocation/{context.aws_request_id}/{answer[0]}", answer[1])


main()
