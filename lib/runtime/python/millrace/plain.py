"""Values of a handler as plain JSON: numpy's numbers and arrays become Python's."""

import json


def plain(value):
    if value is None or isinstance(value, (bool, str)):
        return value
    if type(value) in (int, float):
        return value
    if isinstance(value, dict):
        return {str(name): plain(member) for name, member in value.items()}
    if isinstance(value, (list, tuple)):
        return [plain(item) for item in value]
    # Arrays and scalars of numpy and of what follows it.
    if callable(getattr(value, "tolist", None)):
        return plain(value.tolist())
    if isinstance(value, (int, float)):
        return value
    raise TypeError(f"{type(value).__name__} is no JSON: return numbers, texts, lists and dictionaries.")


def text_of(value):
    """As JSON.stringify writes it."""
    return json.dumps(value, ensure_ascii=False, separators=(",", ":"), allow_nan=False)


def size_of(value):
    return len(text_of(value).encode())
