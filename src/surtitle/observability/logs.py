"""Log lines for people (console) or machines (JSON), from every logger alike."""

import logging
import re
import sys
from pathlib import Path
from typing import Any, TextIO

import structlog

from surtitle.config import LogSettings
from surtitle.observability.engine_output import ENGINE_OUTPUT
from surtitle.observability.lineage import line_ids
from surtitle.observability.notices import NoticeHandler
from surtitle.observability.redaction import redacted, redacted_value
from surtitle.observability.tracebacks import written

# Libraries whose every step is no news at our level.
_CHATTY = ("httpx", "httpcore", "taskiq", "alembic", "faster_whisper", "multipart", "python_multipart")


# What moves a terminal's cursor, changes its colours, ends a line or turns the direction of text. A line
# break is let through: what follows it is indented, and no line of the log begins with a space.
_UNTAMED = re.compile(
    "[\x00-\x09\x0b-\x1f\x7f-\x9f\u200e\u200f\u2028\u2029\u202a-\u202e\u2066-\u2069\ud800-\udfff]"
)
_INDENT = "    "
# What machines need and people have in the sentence already, or have no use for.
_FOR_MACHINES = ("facts", "project_id", "trace_id", "span_id")
# These are ours or nobody's, and asked for by every query: they are not looked into.
_PLAIN = frozenset({"level", "logger", "timestamp", "exc_info", "trace_id", "span_id"})


def configure_logs(settings: LogSettings, notices: Path | None = None) -> None:
    """Send all logging of this process to standard error. Standard output belongs to results.

    Whatever is logged passes `redaction` on its way; `notices` is where `notices` go whole.
    """
    words = _Words(whole=settings.may_hold_content)
    shared: list[structlog.typing.Processor] = [
        _with_ids,
        structlog.stdlib.add_log_level,
        structlog.stdlib.add_logger_name,
        structlog.processors.TimeStamper(fmt="iso", utc=True),
    ]
    if settings.format == "json":
        ending: list[structlog.typing.Processor] = [
            structlog.processors.ExceptionRenderer(words.exception),
            _facts_laid_open,
            _redacted_values,
            structlog.processors.JSONRenderer(),
        ]
    else:
        renderer = structlog.dev.ConsoleRenderer(
            colors=sys.stderr.isatty(), exception_formatter=words.write_exception
        )
        ending = [_without_facts, _redacted_values, _tamed_values, renderer]
    handler = NoticeHandler(notices)
    handler.addFilter(words.may_be_told)
    handler.setFormatter(
        structlog.stdlib.ProcessorFormatter(
            foreign_pre_chain=[*shared, structlog.stdlib.ExtraAdder()],
            processors=[structlog.stdlib.ProcessorFormatter.remove_processors_meta, *ending],
        )
    )
    root = logging.getLogger()
    root.handlers[:] = [handler]
    _set_levels(root, logging.getLevelNamesMapping()[settings.level.upper()], whole=settings.may_hold_content)
    # uvicorn's own access lines would repeat ours.
    for name in ("uvicorn", "uvicorn.error", "uvicorn.access"):
        logger = logging.getLogger(name)
        logger.handlers.clear()
        logger.propagate = name != "uvicorn.access"


def _set_levels(root: logging.Logger, level: int, *, whole: bool) -> None:
    # What libraries tell of their every step repeats what they were given: statements with their values, say.
    root.setLevel(level if whole else max(level, logging.INFO))
    logging.getLogger("surtitle").setLevel(level)
    for name in _CHATTY:
        logging.getLogger(name).setLevel(max(level, logging.WARNING))


def _tamed(text: str) -> str:
    """`text` as it may stand in a line that people read: whoever wrote it, it forges no other line."""
    plain = _UNTAMED.sub(lambda found: found[0].encode("unicode_escape").decode(), text)
    return plain.replace("\n", "\n" + _INDENT)


def _tamed_values(
    _logger: Any, _method: str, event: structlog.typing.EventDict
) -> structlog.typing.EventDict:
    return {key: _tamed(value) if isinstance(value, str) else value for key, value in event.items()}


def _with_ids(_logger: Any, _method: str, event: structlog.typing.EventDict) -> structlog.typing.EventDict:
    return {**line_ids(), **event}


def _redacted_values(
    _logger: Any, _method: str, event: structlog.typing.EventDict
) -> structlog.typing.EventDict:
    return {key: value if key in _PLAIN else redacted_value(key, value) for key, value in event.items()}


def _facts_laid_open(
    _logger: Any, _method: str, event: structlog.typing.EventDict
) -> structlog.typing.EventDict:
    facts = event.pop("facts", None)
    return {**event, **facts} if isinstance(facts, dict) else event


def _without_facts(
    _logger: Any, _method: str, event: structlog.typing.EventDict
) -> structlog.typing.EventDict:
    return {key: value for key, value in event.items() if key not in _FOR_MACHINES}


class _Words:
    """Words that may be a person's; `whole`: they are told all the same."""

    def __init__(self, *, whole: bool) -> None:
        self._whole = whole

    def may_be_told(self, record: logging.LogRecord) -> bool:
        return self._whole or record.name != ENGINE_OUTPUT

    def exception(self, exc_info: structlog.typing.ExcInfo) -> str:
        """Never with the values of variables, which the library would show: some of them are secrets."""
        return written(exc_info[1], whole=self._whole)

    def write_exception(self, stream: TextIO, exc_info: structlog.typing.ExcInfo) -> None:
        stream.write("\n" + _INDENT + _tamed(redacted(self.exception(exc_info))))
