"""Objects of the data bucket. A write sends a whole object at once: a key has either the old bytes or the new ones."""

import hashlib
import json
import os
import urllib.parse

from millrace import aws


class ObjectNotFound(Exception):
    pass


class ObjectStore:
    def __init__(self, bucket=None):
        self.bucket = bucket or os.environ["MILLRACE_BUCKET"]

    def uri(self, key):
        return f"s3://{self.bucket}/{key}"

    def get_bytes(self, key_or_uri):
        """@raises ObjectNotFound"""
        status, _, body = self._send("GET", key_or_uri)
        if status == 200:
            return body
        raise self._error(status, body, key_or_uri, "read")

    def get_json(self, key_or_uri):
        return json.loads(self.get_bytes(key_or_uri))

    def download(self, key_or_uri, path):
        with open(path, "wb") as file:
            file.write(self.get_bytes(key_or_uri))
        return path

    def exists(self, key_or_uri):
        status, _, body = self._send("HEAD", key_or_uri)
        if status in (200, 404):
            return status == 200
        raise self._error(status, body, key_or_uri, "read")

    def put_bytes(self, key, body, content_type="application/octet-stream"):
        """Stores bytes, or a text, under a key. Returns a reference as contracts have it: uri, sha256, bytes."""
        data = body.encode() if isinstance(body, str) else bytes(body)
        status, headers, answer = self._send("PUT", key, data, {"content-type": content_type})
        if status != 200:
            raise self._error(status, answer, key, "written")
        reference = {"uri": self.uri(key), "sha256": hashlib.sha256(data).hexdigest(), "bytes": len(data)}
        version = {name.lower(): value for name, value in headers.items()}.get("x-amz-version-id")
        return reference if version in (None, "null") else {**reference, "versionId": version}

    def _send(self, method, key_or_uri, body=b"", headers=None):
        bucket, key = self._located(key_or_uri)
        path = urllib.parse.quote(key, safe="/-_.~")
        # Virtual-hosted in AWS, by path where all services are at one address.
        if os.environ.get("AWS_ENDPOINT_URL"):
            url = f"{aws.endpoint('s3')}/{bucket}/{path}"
        else:
            url = f"{aws.endpoint('s3', f'{bucket}.s3.{aws.region()}')}/{path}"
        return aws.send("s3", method, url, body, headers)

    def _located(self, key_or_uri):
        if not key_or_uri.startswith("s3://"):
            return self.bucket, key_or_uri
        bucket, _, key = key_or_uri[len("s3://") :].partition("/")
        return bucket, key

    def _error(self, status, body, key_or_uri, done):
        bucket, key = self._located(key_or_uri)
        if status == 404:
            return ObjectNotFound(f"There is no object s3://{bucket}/{key}.")
        said = body.decode("utf8", "replace")[:300]
        return RuntimeError(f"s3://{bucket}/{key} cannot be {done}: HTTP {status} {said}")
