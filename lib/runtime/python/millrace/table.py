"""Items of the orchestration table, in the form in which TypeScript reads and writes them."""

import os
import re

from millrace import aws


def to_attribute(value):
    if value is None:
        return {"NULL": True}
    if isinstance(value, bool):
        return {"BOOL": value}
    if isinstance(value, (int, float)):
        return {"N": repr(value)}
    if isinstance(value, str):
        return {"S": value}
    if isinstance(value, (list, tuple)):
        return {"L": [to_attribute(item) for item in value]}
    return {"M": {name: to_attribute(member) for name, member in value.items()}}


def from_attribute(attribute):
    [(kind, value)] = attribute.items()
    if kind == "NULL":
        return None
    if kind == "N":
        return int(value) if re.fullmatch(r"-?\d+", value) else float(value)
    if kind == "L":
        return [from_attribute(item) for item in value]
    if kind == "M":
        return {name: from_attribute(member) for name, member in value.items()}
    return value


def get(key):
    """The item, or None. Strongly consistent: what is read decides something."""
    answer = _call("GetItem", {"Key": _marshalled(key), "ConsistentRead": True})
    item = answer.get("Item")
    return None if item is None else {name: from_attribute(value) for name, value in item.items()}


def put(item):
    _call("PutItem", {"Item": _marshalled(item)})


def update(key, expression, condition, names, values):
    """False when the condition does not hold."""
    try:
        _call(
            "UpdateItem",
            {
                "Key": _marshalled(key),
                "UpdateExpression": expression,
                "ConditionExpression": condition,
                "ExpressionAttributeNames": names,
                "ExpressionAttributeValues": _marshalled(values),
            },
        )
        return True
    except aws.AwsError as refusal:
        if refusal.code == "ConditionalCheckFailedException":
            return False
        raise


def _marshalled(record):
    return {name: to_attribute(value) for name, value in record.items()}


def _call(operation, request):
    table = os.environ["MILLRACE_ORCHESTRATION_TABLE"]
    return aws.call_json("dynamodb", "DynamoDB_20120810", operation, {"TableName": table, **request})
