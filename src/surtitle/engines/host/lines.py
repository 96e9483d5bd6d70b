"""Lines of the log from the child: it writes each as one marked line of JSON to standard error, and the host
tells them on as lines of its own process, with the ids of the work that they are about.
"""

import json
import logging
import sys
from collections.abc import Mapping
from typing import Any

from pydantic import TypeAdapter, ValidationError
from pydantic.dataclasses import dataclass

from surtitle.observability.engine_output import ENGINE_OUTPUT
from surtitle.observability.tracebacks import written

MARK = "\x1e"
"""RS: begins a line that is ours. Nothing else that is printed begins so."""

LONGEST_LINE = 64 * 1024

_OURS = "surtitle."
_MOST_CHARACTERS = 4000


@dataclass(frozen=True, slots=True)
class ToldLine:
    """One line; `exception` is a traceback without the words of errors that may be a person's."""

    level: int
    logger: str
    line: str
    ids: dict[str, str]
    exception: str | None = None


_LINES: TypeAdapter[ToldLine] = TypeAdapter(ToldLine)


class ChildLines(logging.Formatter):
    """Writes the child's lines. It does one request at a time, which any thread's line is about."""

    def __init__(self) -> None:
        super().__init__()
        self.ids: Mapping[str, str] = {}

    def take_over(self, level: int) -> None:
        """Send all logging of this process this way."""
        handler = logging.StreamHandler(sys.stderr)
        handler.setFormatter(self)
        logging.root.handlers[:] = [handler]
        logging.root.setLevel(level)

    def format(self, record: logging.LogRecord) -> str:
        error = record.exc_info[1] if record.exc_info else None
        told: dict[str, Any] = {
            "level": record.levelno,
            "logger": record.name,
            "line": record.getMessage()[:_MOST_CHARACTERS],
            "ids": dict(self.ids),
            "exception": written(error)[-_MOST_CHARACTERS:] if error is not None else None,
        }
        return MARK + json.dumps(told)


def retold(text: str, pid: int) -> str | None:
    """Log what stands behind the mark of a child's line, and return its words; None for anything else."""
    try:
        told = _LINES.validate_json(text)
    except ValidationError:
        return None
    ours = told.logger.startswith(_OURS)
    more: dict[str, Any] = {**told.ids, "engine_pid": pid}
    if told.exception is not None:
        more["exception"] = told.exception
    words = told.line if ours else f"{told.logger}: {told.line}"
    logging.getLogger(told.logger if ours else ENGINE_OUTPUT).log(told.level, "%s", words, extra=more)
    return told.line
