"""Objects by `s3://` address: by boto3 in an account, by plain HTTP at the local cloud, which asks for no signature."""

import json
import os
import sys
import urllib.error
import urllib.request


def open_storage():
    endpoint = os.environ.get("AWS_ENDPOINT_URL")
    if endpoint:
        return LocalStorage(endpoint)
    try:
        import boto3
    except ImportError:
        print("boto3 is not in this image; requirements.txt names what it needs.", file=sys.stderr)
        sys.exit(69)
    return AccountStorage(boto3.client("s3"))


class Storage:
    def get_bytes(self, uri):
        found = self.find_bytes(uri)
        if found is None:
            print(f"There is no {uri}. Upload it first.", file=sys.stderr)
            sys.exit(66)
        return found

    def get_text(self, uri):
        return self.get_bytes(uri).decode()

    def get_json(self, uri):
        return json.loads(self.get_text(uri))

    def find_json(self, uri):
        found = self.find_bytes(uri)
        return None if found is None else json.loads(found)

    def put_json(self, uri, value):
        self.put_bytes(uri, json.dumps(value, separators=(",", ":")).encode())


class LocalStorage(Storage):
    def __init__(self, endpoint):
        self._endpoint = endpoint

    def _request(self, method, uri, body=None):
        request = urllib.request.Request(uri.replace("s3:/", self._endpoint, 1), data=body, method=method)
        with urllib.request.urlopen(request, timeout=60) as answer:
            return answer.read()

    def find_bytes(self, uri):
        try:
            return self._request("GET", uri)
        except urllib.error.HTTPError as fault:
            if fault.code == 404:
                return None
            raise

    def put_bytes(self, uri, body):
        self._request("PUT", uri, body)


class AccountStorage(Storage):
    def __init__(self, client):
        self._client = client

    def find_bytes(self, uri):
        try:
            return self._client.get_object(**at(uri))["Body"].read()
        except self._client.exceptions.NoSuchKey:
            return None

    def put_bytes(self, uri, body):
        self._client.put_object(**at(uri), Body=body)


def at(uri):
    bucket, key = uri.removeprefix("s3://").split("/", 1)
    return {"Bucket": bucket, "Key": key}
