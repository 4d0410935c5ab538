"""Parses values against the JSON Schemas that zod exports of a contract.

It does what zod does: defaults are filled in, members that an object does not name are dropped, unions take the first
alternative that fits. A keyword that is not known here is an error, never silently true.
"""

import copy
import math
import re

_ANNOTATIONS = {"$schema", "$id", "$defs", "definitions", "title", "description", "default", "examples", "id", "deprecated", "readOnly"}
_KNOWN = _ANNOTATIONS | {
    "$ref", "type", "enum", "const", "anyOf", "oneOf", "allOf", "properties", "required", "additionalProperties",
    "propertyNames", "items", "prefixItems", "minItems", "maxItems", "minLength", "maxLength", "pattern", "format",
    "minimum", "maximum", "exclusiveMinimum", "exclusiveMaximum", "multipleOf",
}  # fmt: skip
_MISSING = object()
_MAX_PREVIEW = 60
_SECRET = re.compile(r"secret|password|passwd|token|credential|api_?key|webhook", re.IGNORECASE)


class Fault(Exception):
    """What does not fit, and where."""

    def __init__(self, path, expected, value):
        super().__init__(f"  {_text_of(path) or '(all of it)'}: {expected}, got {_preview(value, path)}")


def parse(schema, value):
    """The value as the schema makes it. @raises Fault"""
    return _parse(schema, schema, value, ())


def _parse(root, schema, value, path):
    if schema is True or schema == {}:
        return value
    if schema is False:
        raise Fault(path, "expected nothing", value)
    unknown = set(schema) - _KNOWN
    if unknown:
        raise NotImplementedError(f"The contract uses what Python does not check: {', '.join(sorted(unknown))}.")
    if value is _MISSING:
        if "default" in schema:
            return copy.deepcopy(schema["default"])
        raise Fault(path, _expected(schema), value)
    if "$ref" in schema:
        value = _parse(root, _resolved(root, schema["$ref"]), value, path)
    for alternative in schema.get("allOf", ()):
        value = _parse(root, alternative, value, path)
    for kind in ("anyOf", "oneOf"):
        if kind in schema:
            value = _first_fit(root, schema[kind], value, path)
    if "type" in schema:
        value = _of_type(schema, value, path)
    if "const" in schema and not _same(value, schema["const"]):
        raise Fault(path, f"expected {schema['const']!r}", value)
    if "enum" in schema and not any(_same(value, option) for option in schema["enum"]):
        raise Fault(path, f"expected one of {', '.join(map(repr, schema['enum']))}", value)
    if isinstance(value, dict):
        return _object(root, schema, value, path)
    if isinstance(value, list):
        return _list(root, schema, value, path)
    if isinstance(value, str):
        _check_text(schema, value, path)
    elif isinstance(value, (int, float)) and not isinstance(value, bool):
        _check_number(schema, value, path)
    return value


def _first_fit(root, alternatives, value, path):
    faults = []
    for alternative in alternatives:
        try:
            return _parse(root, alternative, value, path)
        except Fault as fault:
            faults.append(fault)
    if len(faults) == 1:
        raise faults[0]
    raise Fault(path, "expected " + " or ".join(_expected(option).removeprefix("expected ") for option in alternatives), value)


def _of_type(schema, value, path):
    types = schema["type"] if isinstance(schema["type"], list) else [schema["type"]]
    if "integer" in types and isinstance(value, float) and value.is_integer():
        return int(value)
    number = isinstance(value, (int, float)) and not isinstance(value, bool)
    fits = {
        "object": isinstance(value, dict),
        "array": isinstance(value, list),
        "string": isinstance(value, str),
        "boolean": isinstance(value, bool),
        "null": value is None,
        "integer": isinstance(value, int) and not isinstance(value, bool),
        # As in zod: NaN and infinities are no numbers.
        "number": number and math.isfinite(value),
    }
    if any(fits.get(kind, False) for kind in types):
        return value
    raise Fault(path, f"expected {' or '.join(types)}", value)


def _object(root, schema, value, path):
    if not {"properties", "additionalProperties", "propertyNames", "required"} & set(schema):
        return value
    properties = schema.get("properties", {})
    required = schema.get("required", ())
    made = {}
    for name, member in properties.items():
        given = value.get(name, _MISSING)
        has_default = isinstance(member, dict) and "default" in member
        if given is _MISSING and not has_default and name not in required:
            continue
        made[name] = _parse(root, member, given, (*path, name))
    for name in required:
        if name not in properties and name not in value:
            raise Fault((*path, name), "expected a value", _MISSING)
    more = schema.get("additionalProperties")
    names = schema.get("propertyNames")
    for name, member in value.items():
        if name in properties:
            continue
        if names is not None:
            _parse(root, names, name, (*path, name))
        if more is False:
            raise Fault((*path, name), "expected no such member", member)
        if more is not None or names is not None:
            made[name] = _parse(root, {} if more is None else more, member, (*path, name))
    return made


def _list(root, schema, value, path):
    least, most = schema.get("minItems", 0), schema.get("maxItems")
    if len(value) < least or (most is not None and len(value) > most):
        raise Fault(path, f"expected {least} to {'any number of' if most is None else most} items", value)
    first = schema.get("prefixItems", [])
    rest = schema.get("items", {} if not first else False)
    if len(value) < len(first):
        raise Fault(path, f"expected {len(first)} items", value)
    return [
        _parse(root, first[i] if i < len(first) else rest, item, (*path, i)) for i, item in enumerate(value)
    ]


def _check_text(schema, value, path):
    if len(value) < schema.get("minLength", 0):
        raise Fault(path, f"expected at least {schema['minLength']} characters", value)
    if "maxLength" in schema and len(value) > schema["maxLength"]:
        raise Fault(path, f"expected at most {schema['maxLength']} characters", value)
    # zod writes a pattern beside each format that it checks; `format` alone is a hint.
    if "pattern" in schema and re.search(_python_pattern(schema["pattern"]), value) is None:
        raise Fault(path, f"expected a text like {schema['pattern']}", value)


def _check_number(schema, value, path):
    rules = {
        "minimum": (lambda bound: value >= bound, "at least"),
        "maximum": (lambda bound: value <= bound, "at most"),
        "exclusiveMinimum": (lambda bound: value > bound, "more than"),
        "exclusiveMaximum": (lambda bound: value < bound, "less than"),
        "multipleOf": (lambda bound: abs(value / bound - round(value / bound)) < 1e-9, "a multiple of"),
    }
    for name, (holds, words) in rules.items():
        if name in schema and not holds(schema[name]):
            raise Fault(path, f"expected {words} {schema[name]}", value)


def _python_pattern(pattern):
    """JavaScript's named groups and `\\d` as Python has them; `$` ends the text, not the line before its end."""
    text = pattern.replace("(?<", "(?P<").replace("(?P<=", "(?<=").replace("(?P<!", "(?<!")
    return re.sub(r"(?<!\\)\$$", r"\\Z", text)


def _resolved(root, ref):
    here = root
    for part in ref.removeprefix("#").strip("/").split("/"):
        here = here[part] if part else here
    return here


def _same(value, option):
    return value == option and isinstance(value, bool) == isinstance(option, bool)


def _expected(schema):
    kind = schema.get("type") if isinstance(schema, dict) else None
    if isinstance(kind, list):
        kind = " or ".join(kind)
    return f"expected {kind or 'a value'}"


def _text_of(path):
    text = ""
    for part in path:
        text += f"[{part}]" if isinstance(part, int) else (f".{part}" if text else str(part))
    return text


def _preview(value, path):
    """The beginning of a value; nothing of it when a name on the way speaks of a secret."""
    if value is _MISSING:
        return "nothing"
    if any(_SECRET.search(str(part)) for part in path):
        return f"a {type(value).__name__} that is not shown"
    if isinstance(value, dict):
        return f"an object with {', '.join(map(str, value))}"
    if isinstance(value, list):
        return f"an array of {len(value)}"
    text = repr(value)
    return text if len(text) <= _MAX_PREVIEW else f"{text[:_MAX_PREVIEW]}… ({len(text)} characters)"
