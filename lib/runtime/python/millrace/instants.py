"""ISO 8601 in UTC with milliseconds, as everything else in the tables has it."""

import datetime


def text(seconds):
    instant = datetime.datetime.fromtimestamp(seconds, datetime.timezone.utc)
    return f"{instant.strftime('%Y-%m-%dT%H:%M:%S')}.{instant.microsecond // 1000:03d}Z"


def seconds(text):
    return datetime.datetime.fromisoformat(text.replace("Z", "+00:00")).timestamp()
