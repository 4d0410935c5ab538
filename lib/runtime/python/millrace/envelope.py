"""What of a result travels in the state, and what lies in S3. The rules are the invariants of lib/model/envelope.ts."""

import hashlib
import json
import re

from millrace.errors import ResultChanged, ResultTooLarge
from millrace.plain import size_of, text_of

INLINE_LIMIT_BYTES = 8 * 1024
# All that one offloaded result may still carry inline; several results must fit into the 256 KiB of a state.
INLINE_TOTAL_LIMIT_BYTES = 64 * 1024
# About the size of a marker: a smaller value is no gain in S3.
WORTH_A_MARKER_BYTES = 256


def parse_path(path):
    return [int(index) if index else name for index, name in re.findall(r"\[(\d+)\]|([^.\[\]]+)", path)]


def is_offloaded(value):
    """Tells a marker from data that only looks like one."""
    marker = value.get("$offloaded") if isinstance(value, dict) else None
    return isinstance(marker, dict) and all(
        isinstance(marker.get(part), str) for part in ("bucket", "key", "sha256", "path")
    )


def rehydrated(value, objects, documents=None):
    """Puts values back in the place of their markers. @raises ResultChanged, ObjectNotFound"""
    documents = {} if documents is None else documents
    if isinstance(value, list):
        return [rehydrated(item, objects, documents) for item in value]
    if not isinstance(value, dict):
        return value
    if not is_offloaded(value):
        return {name: rehydrated(member, objects, documents) for name, member in value.items()}
    marker = value["$offloaded"]
    uri = f"s3://{marker['bucket']}/{marker['key']}"
    if uri not in documents:
        documents[uri] = _fetched(uri, marker["sha256"], objects)
    here = documents[uri]
    for segment in parse_path(marker["path"]):
        here = _member(here, segment)
    return here


def _fetched(uri, sha256, objects):
    data = objects.get_bytes(uri)
    found = hashlib.sha256(data).hexdigest()
    if found != sha256:
        raise ResultChanged(
            f"{uri} was changed: its SHA-256 is {found}, {sha256} was recorded. Run the task that wrote it again."
        )
    return json.loads(data)


def travelling(task, run_id, out, returns, objects):
    """The output as it goes into the state; a large one is stored first."""
    if size_of(out) <= INLINE_LIMIT_BYTES:
        return inline_result(out, returns)
    data = text_of(out).encode()
    sha256 = hashlib.sha256(data).hexdigest()
    key = f"executions/{run_id}/{task}/{sha256}.json"
    place = {"bucket": objects.bucket, "key": key, "sha256": sha256, "bytes": len(data)}
    skeleton = _skeleton(out, _tree(returns), "", place)
    size = size_of(skeleton)
    if size > INLINE_TOTAL_LIMIT_BYTES:
        inline = ", ".join(path or "all of the output" for path, mode in returns.items() if mode == "inline")
        raise ResultTooLarge(
            f"Task '{task}' returns {size} bytes to the expressions of its state machine ({inline}); "
            f"{INLINE_TOTAL_LIMIT_BYTES} is the limit. Let branches and texts read a number or a short text instead, "
            "and pass lists whole, not item by item."
        )
    objects.put_bytes(key, data, "application/json")
    return skeleton


def inline_result(out, returns):
    """A small result as it travels: whole, with None at referenced places that it leaves out."""
    return _completed(out, _tree(returns))


class _Path:
    def __init__(self):
        self.mode = None
        self.below = {}


def _tree(returns):
    """The paths as a tree, in which a path and those below it meet."""
    root = _Path()
    for path, mode in returns.items():
        here = root
        for segment in parse_path(path):
            here = here.below.setdefault(segment, _Path())
        here.mode = mode
    return root


def _skeleton(value, path, at, place):
    if path.mode == "inline" or (path.mode == "any" and size_of(value) <= WORTH_A_MARKER_BYTES):
        return _completed(value, path)
    if path.mode is None and not path.below:
        return {}
    if _uses_indices(value, path):
        items = value if isinstance(value, list) else []
        length = max(len(items), _reach(path)) if path.mode == "any" else _reach(path)
        made = []
        for i in range(length):
            below = path.below.get(i)
            if path.mode is None and below is None:
                made.append(None)
                continue
            part = below or _Path()
            if path.mode == "any" and part.mode is None:
                whole = _Path()
                whole.mode, whole.below = "any", part.below
                part = whole
            made.append(_skeleton(_member(items, i), part, f"{at}[{i}]", place))
        return made
    marker = {"$offloaded": {**place, "path": at}} if path.mode == "any" else {}
    below = {
        str(name): _skeleton(_member(value, name), part, f"{at}.{name}" if at else str(name), place)
        for name, part in path.below.items()
    }
    return {**marker, **below}


def _completed(value, path):
    """The value with None wherever something referenced is missing."""
    if not path.below:
        return value
    if _uses_indices(value, path):
        items = value if isinstance(value, list) else []
        return [
            _completed(_member(items, i), path.below.get(i, _Path())) for i in range(max(len(items), _reach(path)))
        ]
    fields = value if isinstance(value, dict) else {}
    return {**fields, **{str(name): _completed(_member(value, name), part) for name, part in path.below.items()}}


def _uses_indices(value, path):
    return any(isinstance(segment, int) for segment in path.below) and not isinstance(value, dict)


def _reach(path):
    return max((segment + 1 for segment in path.below if isinstance(segment, int)), default=0)


def _member(value, name):
    if isinstance(value, list):
        return value[name] if isinstance(name, int) and name < len(value) else None
    return value.get(str(name)) if isinstance(value, dict) else None
