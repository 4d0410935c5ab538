"""
The server in images of models: /predict, /invocations, /ping and /version on port 8080, below any path, for one model folder.
SageMaker, which knows /invocations alone, names another of them by the custom attribute millrace-action.

    python server.py /opt/ml/model
"""

import json
import os
import sys
import threading
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer

sys.path.insert(0, os.path.dirname(os.path.abspath(__file__)))

import forms  # noqa: E402
import scoring  # noqa: E402

PORT = int(os.environ.get("MILLRACE_PORT", "8080"))
MAX_BYTES = 10 * 1024 * 1024
POSTS = ("predict", "invocations")


class Served:
    def __init__(self, folder):
        self.name = os.environ.get("MILLRACE_MODEL", "model")
        self.version = os.environ.get("MILLRACE_VERSION", "0")
        self.model = scoring.load(folder, f"Version {self.version} of {self.name}")
        self.fields = scoring.fields_of(self.model)
        # Not every library takes two predictions at once.
        self.turn = threading.Lock()

    def answer(self, method, action, text):
        if action not in (*POSTS, "ping", "version"):
            raise forms.RequestRefused(404, "There are /predict, /invocations, /ping and /version.")
        if (method == "POST") != (action in POSTS):
            raise forms.RequestRefused(405, f"/{action} takes {'POST' if action in POSTS else 'GET'}, not {method}.")
        if action == "ping":
            return {"status": "ok"}
        if action == "version":
            return {"signature": {"inputs": self.fields}}
        records = (forms.predict_records if action == "predict" else forms.invocation_records)(text)
        forms.check(records, self.fields)
        with self.turn:
            return {"predictions": scoring.score(self.model, self.fields, records)}


def handler_of(served):
    class Handler(BaseHTTPRequestHandler):
        protocol_version = "HTTP/1.1"

        def do_GET(self):  # noqa: N802 - the name that http.server calls
            self.respond()

        def do_POST(self):  # noqa: N802
            self.respond()

        def respond(self):
            method, action = self.command, self.path.split("?")[0].rstrip("/").rpartition("/")[2]
            attributes = self.headers.get("x-amzn-sagemaker-custom-attributes", "")
            if action == "invocations" and attributes.startswith("millrace-action="):
                action = attributes.partition("=")[2]
                method = "POST" if action in POSTS else "GET"
            length = int(self.headers.get("content-length") or 0)
            try:
                if length > MAX_BYTES:
                    self.close_connection = True
                    raise forms.RequestRefused(413, f"The body has {length} bytes; at most {MAX_BYTES} are taken.")
                text = self.rfile.read(length).decode("utf8", "replace")
                media = (self.headers.get("content-type") or "application/json").split(";")[0].strip().lower()
                if action in POSTS and media != "application/json":
                    raise forms.RequestRefused(
                        415, f"The content type '{media}' is not served; send application/json."
                    )
                status, body = 200, served.answer(method, action, text)
            except forms.RequestRefused as error:
                status, body = error.status, {"error": str(error)}
                if error.problems:
                    body["problems"] = error.problems
            except Exception as error:  # noqa: BLE001 - the client is not told why; the log is
                print(json.dumps({"level": "ERROR", "message": f"{type(error).__name__}: {error}"}), flush=True)
                status, body = 500, {"error": "The model could not answer."}
            request = self.headers.get("x-request-id") or self.headers.get("x-amzn-sagemaker-inference-id")
            self.send(status, {**body, **({"request": request} if request else {})})

        def send(self, status, body):
            data = json.dumps({**body, "model": served.name, "version": served.version}).encode()
            self.send_response(status)
            self.send_header("content-type", "application/json")
            self.send_header("content-length", str(len(data)))
            self.send_header("x-millrace-model-version", served.version)
            self.end_headers()
            self.wfile.write(data)

        def log_message(self, *_):
            pass

    return Handler


def main():
    # SageMaker starts images with the word serve.
    folder = next((word for word in sys.argv[1:] if word != "serve"), "/opt/ml/model")
    served = Served(folder)
    server = ThreadingHTTPServer((os.environ.get("MILLRACE_HOST", "0.0.0.0"), PORT), handler_of(served))
    print(json.dumps({"level": "INFO", "message": f"{served.name} {served.version} on port {server.server_port}"}), flush=True)
    server.serve_forever()


if __name__ == "__main__":
    main()
