"""A request's path as the log may hold it."""

import re

from starlette.types import Scope

_MOST_CHARACTERS = 200
# People name their files after people.
_NAMED_FILE = re.compile(r"(/files/[^/]*/).+")


def logged_path(scope: Scope) -> str:
    """The path as it came, still percent-encoded; without the query, which may hold secrets, and without the
    name of a person's file.
    """
    raw: bytes = scope.get("raw_path") or scope["path"].encode()
    path = raw.decode("ascii", "backslashreplace")
    return _NAMED_FILE.sub(r"\1…", path)[:_MOST_CHARACTERS]
