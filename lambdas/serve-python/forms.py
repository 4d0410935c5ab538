"""Bodies of requests as records, and records against a signature; told as lib/serving/check-records.ts tells it."""

import json
import math

MAX_ROWS = 10_000
MAX_PROBLEMS = 20
MAX_TEXT = 10_000
FORMS = ("dataframe_split", "dataframe_records", "instances", "inputs")
LARGEST = {"double": 3.4028234663852886e38, "float": 3.4028234663852886e38, "long": 2**53 - 1, "integer": 2**31}


class RequestRefused(Exception):
    def __init__(self, status, message, problems=()):
        super().__init__(message)
        self.status = status
        self.problems = list(problems)


def predict_records(text):
    """`{"records": [{…}]}`, or `{"record": {…}}` for one."""
    body = _parsed(text)
    if "record" in body:
        return _checked([body["record"]], "record")
    if "records" not in body:
        raise RequestRefused(400, 'The body has no records: send {"records": [{"<field>": <value>}]}.')
    return _checked(body["records"], "records")


def invocation_records(text):
    """One of MLflow's four forms."""
    body = _parsed(text)
    present = [name for name in FORMS if name in body]
    if len(present) != 1:
        raise RequestRefused(
            400,
            f"The body must have exactly one of {', '.join(FORMS)}; it has {' and '.join(present) or 'none of them'}.",
        )
    form, given = present[0], body[present[0]]
    if form == "dataframe_split":
        return _checked(_from_split(given), form)
    if form == "inputs" and not isinstance(given, list):
        return _checked(_from_columns(given), form)
    return _checked(given, form)


def check(records, fields):
    """@raises RequestRefused that names each field that is missing, not known, of another type or not finite"""
    problems = []
    known = [field["name"] for field in fields]
    for row, record in enumerate(records):
        for name in record:
            if name not in known:
                message = f"The model takes no field '{name}'. It takes: {', '.join(known)}."
                problems.append({"field": name, "row": row, "problem": "extra", "message": message})
        for field in fields:
            found = _problem(field, record)
            if found is not None:
                problems.append({"field": field["name"], "row": row, "problem": found[0], "message": found[1]})
    if problems:
        more = f" And {len(problems) - 1} more." if len(problems) > 1 else ""
        text = f"{problems[0]['message']} (row {problems[0]['row']}){more}"
        raise RequestRefused(400, text, problems[:MAX_PROBLEMS])


def _problem(field, record):
    name, kind = field["name"], field["type"]
    whole = kind in ("long", "integer")
    if name not in record:
        return ("missing", f"The field '{name}' ({kind}) is missing.") if field["required"] else None
    value = record[name]

    def mistyped(wanted):
        return "mistyped", f"The field '{name}' must be {wanted}, not {_described(value)}."

    if value is None:
        return mistyped("a whole number") if whole else None
    if kind == "string":
        if not isinstance(value, (str, bool)):
            return mistyped("a text")
        if isinstance(value, str) and len(value) > MAX_TEXT:
            return "too-large", f"The field '{name}' has {len(value)} characters; at most {MAX_TEXT} are taken."
        return None
    if kind == "boolean":
        return None if isinstance(value, bool) else mistyped("true or false")
    if isinstance(value, bool) or not isinstance(value, (int, float)):
        return mistyped("a whole number" if whole else "a number")
    if isinstance(value, float) and not math.isfinite(value):
        return "non-finite", f"The field '{name}' must be finite."
    if abs(value) > LARGEST[kind]:
        return "too-large", f"The field '{name}' is out of the range of {kind}."
    return mistyped("a whole number") if whole and value != int(value) else None


def _described(value):
    if value is None:
        return "null"
    if isinstance(value, list):
        return "an array"
    if isinstance(value, dict):
        return "an object"
    kind = "text" if isinstance(value, str) else "boolean" if isinstance(value, bool) else "number"
    return f"the {kind} {json.dumps(value, ensure_ascii=False)[:60]}"


def _from_split(given):
    columns, data = (given.get("columns"), given.get("data")) if isinstance(given, dict) else (None, None)
    if not isinstance(columns, list) or not isinstance(data, list):
        raise RequestRefused(400, 'dataframe_split must be {"columns": ["<field>"], "data": [[<value>]]}.')
    names = [str(name) for name in columns]
    twice = next((name for i, name in enumerate(names) if name in names[:i]), None)
    if twice is not None:
        raise RequestRefused(400, f"dataframe_split has the column '{twice}' twice.")
    for i, row in enumerate(data):
        if not isinstance(row, list) or len(row) != len(names):
            raise RequestRefused(
                400, f"Row {i} of dataframe_split must be an array of {len(names)} values, one for each column."
            )
    return [dict(zip(names, row)) for row in data]


def _from_columns(given):
    columns = given if isinstance(given, dict) else {}
    columns = {name: values if isinstance(values, list) else [values] for name, values in columns.items()}
    count = len(next(iter(columns.values()), []))
    for name, values in columns.items():
        if len(values) != count:
            raise RequestRefused(
                400, f"The field '{name}' of inputs has {len(values)} values, others have {count}."
            )
    return [{name: values[row] for name, values in columns.items()} for row in range(count)]


def _checked(given, form):
    if not isinstance(given, list):
        raise RequestRefused(400, f"'{form}' must be an array of objects.")
    if not given:
        raise RequestRefused(400, f"'{form}' has no rows; send at least one.")
    if len(given) > MAX_ROWS:
        raise RequestRefused(413, f"'{form}' has {len(given)} rows; one request takes {MAX_ROWS}.")
    for i, row in enumerate(given):
        if not isinstance(row, dict):
            raise RequestRefused(
                400, f"Row {i} of '{form}' is no object of fields: this model takes named columns."
            )
    return given


def _parsed(text):
    try:
        # NaN and Infinity are no JSON, but Python writes and reads them; the check of the field finds them.
        body = json.loads(text)
    except ValueError as error:
        raise RequestRefused(400, f"The body is no JSON: {error}.") from None
    if not isinstance(body, dict):
        raise RequestRefused(400, "The body must be a JSON object.")
    return body
