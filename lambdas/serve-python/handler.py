"""Scores records with models of the flavour python_function, for the function that answers for all endpoints."""

import hashlib
import os
import shutil
import tempfile

from millrace.objects import ObjectStore

import scoring

# Versions that stay in memory: a stable one and a candidate.
MOST_KEPT = 2
_kept = {}


def handler(event, _context):
    """`{"model", "version", "folder", "files", "records"}`; the records were held against the signature before."""
    model, fields = _model(event)
    return {"predictions": scoring.score(model, fields, event["records"])}


def _model(event):
    folder = event["folder"]
    if folder not in _kept:
        while len(_kept) >= MOST_KEPT:
            _kept.pop(next(iter(_kept)))
        named = f"Version {event['version']} of {event['model']}"
        model = scoring.load(_downloaded(folder, event["files"]), named)
        _kept[folder] = (model, scoring.fields_of(model))
    # The one used last is the last to go.
    _kept[folder] = _kept.pop(folder)
    return _kept[folder]


def _downloaded(folder, files):
    """A folder is there whole or not at all."""
    path = os.path.join(tempfile.gettempdir(), "millrace-models", hashlib.sha256(folder.encode()).hexdigest())
    if os.path.exists(path):
        return path
    objects = ObjectStore()
    scratch = f"{path}.{os.getpid()}"
    shutil.rmtree(scratch, ignore_errors=True)
    for file in files:
        target = os.path.realpath(os.path.join(scratch, file))
        if not target.startswith(os.path.realpath(scratch) + os.sep):
            raise ValueError(f"{file} leads out of the model folder.")
        os.makedirs(os.path.dirname(target), exist_ok=True)
        objects.download(folder + file, target)
    os.replace(scratch, path)
    return path
