"""Log lines for people (console) or machines (JSON), from every logger alike."""

import logging
import re
import sys
from io import StringIO
from typing import Any, TextIO

import structlog

from surtitle.config import LogSettings

# Libraries whose every step is no news at our level.
_CHATTY = ("httpx", "httpcore", "taskiq", "alembic", "faster_whisper", "multipart", "python_multipart")


# What moves a terminal's cursor, changes its colours, ends a line or turns the direction of text. A line
# break is let through: what follows it is indented, and no line of the log begins with a space.
_UNTAMED = re.compile(
    "[\x00-\x09\x0b-\x1f\x7f-\x9f\u200e\u200f\u2028\u2029\u202a-\u202e\u2066-\u2069\ud800-\udfff]"
)
_INDENT = "    "


def configure_logs(settings: LogSettings) -> None:
    """Send all logging of this process to standard error. Standard output belongs to results."""
    shared: list[structlog.typing.Processor] = [
        structlog.contextvars.merge_contextvars,
        structlog.stdlib.add_log_level,
        structlog.stdlib.add_logger_name,
        structlog.processors.TimeStamper(fmt="iso", utc=True),
    ]
    if settings.format == "json":
        ending: list[structlog.typing.Processor] = [
            structlog.processors.format_exc_info,
            structlog.processors.JSONRenderer(),
        ]
    else:
        renderer = structlog.dev.ConsoleRenderer(
            colors=sys.stderr.isatty(), exception_formatter=_write_traceback
        )
        ending = [_tamed_values, renderer]
    handler = logging.StreamHandler(sys.stderr)
    handler.setFormatter(
        structlog.stdlib.ProcessorFormatter(
            foreign_pre_chain=[*shared, structlog.stdlib.ExtraAdder()],
            processors=[structlog.stdlib.ProcessorFormatter.remove_processors_meta, *ending],
        )
    )
    root = logging.getLogger()
    root.handlers[:] = [handler]
    root.setLevel(settings.level.upper())
    for name in _CHATTY:
        logging.getLogger(name).setLevel(max(logging.WARNING, root.level))
    # uvicorn's own access lines would repeat ours.
    for name in ("uvicorn", "uvicorn.error", "uvicorn.access"):
        logger = logging.getLogger(name)
        logger.handlers.clear()
        logger.propagate = name != "uvicorn.access"


def _tamed(text: str) -> str:
    """`text` as it may stand in a line that people read: whoever wrote it, it forges no other line."""
    plain = _UNTAMED.sub(lambda found: found[0].encode("unicode_escape").decode(), text)
    return plain.replace("\n", "\n" + _INDENT)


def _tamed_values(
    _logger: Any, _method: str, event: structlog.typing.EventDict
) -> structlog.typing.EventDict:
    return {key: _tamed(value) if isinstance(value, str) else value for key, value in event.items()}


def _write_traceback(stream: TextIO, exc_info: structlog.typing.ExcInfo) -> None:
    """Without the values of variables, which the library would show: some of them are secrets."""
    told = StringIO()
    structlog.dev.plain_traceback(told, exc_info)
    stream.write("\n" + _INDENT + _tamed(told.getvalue().strip()))
