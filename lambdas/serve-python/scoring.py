"""Any MLflow model with the flavour python_function, in memory: records in, rows of predictions out."""

import importlib.metadata
import math
import os
import re

_TYPES = {"double": "float64", "float": "float32", "long": "int64", "integer": "int32", "boolean": "bool"}


class ModelNotLoaded(Exception):
    """The model cannot be loaded here; the message says what is missing."""


def load(folder, named):
    """Loads a model folder. `named`: how it is called in messages. @raises ModelNotLoaded"""
    missing = missing_packages(folder)
    try:
        import mlflow.pyfunc

        return mlflow.pyfunc.load_model(folder)
    except Exception as error:  # noqa: BLE001 - unpickling raises whatever the packages do
        wants = f" It was logged with {', '.join(missing)}, which this Python has not." if missing else ""
        raise ModelNotLoaded(f"{named} cannot be loaded: {type(error).__name__}: {error}.{wants}") from error


def missing_packages(folder):
    """Lines of requirements.txt of the form name==version that are not installed in that version."""
    path = os.path.join(folder, "requirements.txt")
    if not os.path.exists(path):
        return []
    found = []
    with open(path, encoding="utf8") as file:
        for line in file:
            pinned = re.match(r"^([A-Za-z0-9._-]+)(?:\[[^\]]*\])?==([^\s;]+)", line)
            if pinned and installed(pinned[1]) != pinned[2]:
                found.append(f"{pinned[1]}=={pinned[2]} (here: {installed(pinned[1]) or 'none'})")
    return found


def installed(name):
    # The client without its server loads the same models.
    for candidate in (name, "mlflow-skinny") if name == "mlflow" else (name,):
        try:
            return importlib.metadata.version(candidate)
        except importlib.metadata.PackageNotFoundError:
            continue
    return None


def fields_of(model):
    """The fields that a model takes: name, type, required. @raises ModelNotLoaded for a model without named columns"""
    schema = model.metadata.get_input_schema()
    if schema is None or schema.is_tensor_spec():
        raise ModelNotLoaded(
            "The model has no signature by column. Log it with one: mlflow.models.infer_signature of a data frame."
        )
    return [
        {"name": column["name"], "type": column["type"], "required": column.get("required", True)}
        for column in schema.to_dict()
    ]


def score(model, fields, records):
    """Predictions of records that were checked, one dictionary for each."""
    return rows_of(model.predict(frame_of(fields, records)), len(records))


def frame_of(fields, records):
    import pandas as pd

    columns = {}
    for field in fields:
        values = [record.get(field["name"]) for record in records]
        if not field["required"] and all(value is None for value in values):
            continue
        dtype = _TYPES.get(field["type"], "object")
        # A gap makes a column of whole numbers or of truth values one of objects, as in the frame that it was trained on.
        if dtype in ("int64", "int32", "bool") and any(value is None for value in values):
            dtype = "object"
        columns[field["name"]] = pd.Series(values, dtype=dtype)
    return pd.DataFrame(columns)


def rows_of(result, count):
    """What predict returned as rows. @raises ValueError when it is not one for each record"""
    if hasattr(result, "to_dict") and hasattr(result, "columns"):
        names = [str(name) for name in result.columns]
        rows = [dict(zip(names, map(plain, row))) for row in result.itertuples(index=False, name=None)]
    else:
        values = result.tolist() if hasattr(result, "tolist") else list(result)
        rows = [_row(value) for value in values]
    if len(rows) != count:
        raise ValueError(f"The model gave {len(rows)} predictions for {count} records.")
    return rows


def _row(value):
    if isinstance(value, dict):
        return {str(name): plain(part) for name, part in value.items()}
    if isinstance(value, (list, tuple)):
        return {f"prediction_{i}": plain(part) for i, part in enumerate(value)}
    return {"prediction": plain(value)}


def plain(value):
    """A value as JSON has it: what is no number is null."""
    if hasattr(value, "item"):
        value = value.item()
    if isinstance(value, float) and not math.isfinite(value):
        return None
    if value is None or isinstance(value, (bool, int, float, str)):
        return value
    return str(value)
