"""Signed requests to AWS with nothing but Python itself.

Why no boto3: it is in Lambda's runtime but not on people's machines, where the same bytes run; importing it and making three
clients took six times as long as importing this package (0.6 s against 0.1 s), at every cold start; and three services need
seven calls. A handler that wants it lists it in its requirements.txt.

Signature Version 4: https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_sigv-create-signed-request.html
"""

import datetime
import hashlib
import hmac
import http.client
import json
import os
import random
import time
import urllib.error
import urllib.parse
import urllib.request

ATTEMPTS = 5
TIMEOUT_SECONDS = 30
_PASSING = {
    "ThrottlingException",
    "Throttling",
    "ProvisionedThroughputExceededException",
    "RequestLimitExceeded",
    "TransactionInProgressException",
    "SlowDown",
    "InternalServerError",
}


class AwsError(Exception):
    """A service refused. `code` is the service's name for it."""

    def __init__(self, service, code, message, status):
        super().__init__(f"{service}: {code}: {message}")
        self.code = code
        self.status = status


class Unreachable(Exception):
    """Nobody answered at the address."""


def region():
    return os.environ.get("AWS_REGION") or os.environ.get("AWS_DEFAULT_REGION") or "us-east-1"


def endpoint(service, host=None):
    """The address of a service: AWS_ENDPOINT_URL where all are at one, as in the local cloud."""
    local = os.environ.get("AWS_ENDPOINT_URL")
    if local:
        return local.rstrip("/")
    suffix = "amazonaws.com.cn" if region().startswith("cn-") else "amazonaws.com"
    return f"https://{host or f'{service}.{region()}'}.{suffix}"


def credentials():
    """Access key, secret, session token: of the environment (Lambda), of the container's agent (ECS, EKS), of a service account."""
    key = os.environ.get("AWS_ACCESS_KEY_ID")
    if key:
        return key, os.environ.get("AWS_SECRET_ACCESS_KEY", ""), os.environ.get("AWS_SESSION_TOKEN")
    relative = os.environ.get("AWS_CONTAINER_CREDENTIALS_RELATIVE_URI")
    address = f"http://169.254.170.2{relative}" if relative else os.environ.get("AWS_CONTAINER_CREDENTIALS_FULL_URI")
    if not address and os.environ.get("AWS_WEB_IDENTITY_TOKEN_FILE"):
        return _web_identity()
    if not address:
        raise RuntimeError("There are no AWS credentials: AWS_ACCESS_KEY_ID is not set, and this is no container of AWS.")
    token = os.environ.get("AWS_CONTAINER_AUTHORIZATION_TOKEN")
    file = os.environ.get("AWS_CONTAINER_AUTHORIZATION_TOKEN_FILE")
    if file:
        with open(file, encoding="utf8") as source:
            token = source.read().strip()
    request = urllib.request.Request(address, headers={"Authorization": token} if token else {})
    with urllib.request.urlopen(request, timeout=5) as answer:
        given = json.load(answer)
    return given["AccessKeyId"], given["SecretAccessKey"], given.get("Token")


def _web_identity():
    # https://docs.aws.amazon.com/STS/latest/APIReference/API_AssumeRoleWithWebIdentity.html
    with open(os.environ["AWS_WEB_IDENTITY_TOKEN_FILE"], encoding="utf8") as source:
        token = source.read().strip()
    asked = {
        "Action": "AssumeRoleWithWebIdentity",
        "Version": "2011-06-15",
        "RoleArn": os.environ.get("AWS_ROLE_ARN", ""),
        "RoleSessionName": "millrace",
        "WebIdentityToken": token,
    }
    request = urllib.request.Request(
        f"{endpoint('sts')}/", data=urllib.parse.urlencode(asked).encode(), headers={"Accept": "application/json"}
    )
    with urllib.request.urlopen(request, timeout=5) as answer:
        result = json.load(answer)["AssumeRoleWithWebIdentityResponse"]["AssumeRoleWithWebIdentityResult"]
    given = result["Credentials"]
    return given["AccessKeyId"], given["SecretAccessKey"], given["SessionToken"]


def signed_headers(service, method, url, body, headers):
    """The headers of a request together with its signature."""
    key, secret, token = credentials()
    parts = urllib.parse.urlsplit(url)
    now = datetime.datetime.now(datetime.timezone.utc)
    stamp, day = now.strftime("%Y%m%dT%H%M%SZ"), now.strftime("%Y%m%d")
    digest = hashlib.sha256(body).hexdigest()
    given = {name.lower(): value for name, value in headers.items()}
    given |= {"host": parts.netloc, "x-amz-date": stamp, "x-amz-content-sha256": digest}
    if token:
        given["x-amz-security-token"] = token
    names = sorted(given)
    # S3 takes the path as it stands; the others want it encoded once more.
    path = parts.path or "/"
    if service != "s3":
        path = urllib.parse.quote(path, safe="/-_.~")
    query = "&".join(sorted(parts.query.split("&"))) if parts.query else ""
    canonical = "\n".join(
        [method, path, query, *[f"{name}:{str(given[name]).strip()}" for name in names], "", ";".join(names), digest]
    )
    scope = f"{day}/{region()}/{service}/aws4_request"
    text = "\n".join(["AWS4-HMAC-SHA256", stamp, scope, hashlib.sha256(canonical.encode()).hexdigest()])
    derived = f"AWS4{secret}".encode()
    for part in (day, region(), service, "aws4_request"):
        derived = hmac.new(derived, part.encode(), hashlib.sha256).digest()
    signature = hmac.new(derived, text.encode(), hashlib.sha256).hexdigest()
    given["authorization"] = (
        f"AWS4-HMAC-SHA256 Credential={key}/{scope}, SignedHeaders={';'.join(names)}, Signature={signature}"
    )
    return given


def send(service, method, url, body=b"", headers=None, attempts=ATTEMPTS, timeout=TIMEOUT_SECONDS):
    """Sends a signed request; passing faults are sent again. Returns status, headers, body, whatever the status."""
    for attempt in range(1, attempts + 1):
        last = attempt == attempts
        try:
            signed = signed_headers(service, method, url, body, headers or {})
            request = urllib.request.Request(url, data=body or None, headers=signed, method=method)
            with urllib.request.urlopen(request, timeout=timeout) as answer:
                return answer.status, dict(answer.headers), answer.read()
        except urllib.error.HTTPError as refusal:
            answer = refusal.read()
            passing = refusal.code >= 500 or refusal.code == 429 or _code(answer) in _PASSING
            if last or not passing:
                return refusal.code, dict(refusal.headers), answer
        except (urllib.error.URLError, http.client.HTTPException, OSError) as fault:
            if last:
                reason = getattr(fault, "reason", fault)
                raise Unreachable(f"{urllib.parse.urlsplit(url).netloc} does not answer: {reason}") from fault
        # Full jitter: https://aws.amazon.com/blogs/architecture/exponential-backoff-and-jitter/
        time.sleep(random.uniform(0, min(5.0, 0.1 * 2**attempt)))
    raise AssertionError("The loop returns or raises.")


def call_json(service, target, operation, request, version="1.0", attempts=ATTEMPTS, timeout=TIMEOUT_SECONDS):
    """A call of the JSON protocol. @raises AwsError, Unreachable"""
    body = json.dumps(request).encode()
    headers = {"content-type": f"application/x-amz-json-{version}", "x-amz-target": f"{target}.{operation}"}
    status, _, answer = send(service, "POST", f"{endpoint(service)}/", body, headers, attempts, timeout)
    if status != 200:
        raise AwsError(service, _code(answer) or f"HTTP {status}", _message(answer), status)
    return json.loads(answer)


def _parsed(answer):
    try:
        parsed = json.loads(answer)
        return parsed if isinstance(parsed, dict) else {}
    except ValueError:
        return {}


def _code(answer):
    code = str(_parsed(answer).get("__type", "")).split("#")[-1]
    if code:
        return code
    text = answer.decode("utf8", "replace")
    return text.split("<Code>")[1].split("</Code>")[0] if "<Code>" in text and "</Code>" in text else ""


def _message(answer):
    parsed = _parsed(answer)
    return str(parsed.get("message") or parsed.get("Message") or answer.decode("utf8", "replace")[:500])
