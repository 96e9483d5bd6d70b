"""What an operator has to be told and no log may keep: links that let somebody in, where no mail brings them.

Logged with `extra=NOTICE`, such a line goes whole to a terminal and into a file that its owner alone can
read; the log says that it is there.
"""

import logging
import os
import sys
from contextlib import suppress
from datetime import UTC, datetime
from pathlib import Path
from typing import TextIO

from surtitle.observability.redaction import redacted

NOTICE = {"notice": True}
FILE_NAME = "notices.txt"

# Links last days at the most. What is older than so many characters ago is of no use to anybody.
_MOST_BYTES = 64 * 1024


class NoticeHandler(logging.StreamHandler[TextIO]):
    """Writes lines to standard error, notices as told above; without a `file` what is secret in them goes."""

    def __init__(self, file: Path | None) -> None:
        super().__init__(sys.stderr)
        self._file = file

    def emit(self, record: logging.LogRecord) -> None:
        if getattr(record, "notice", False):
            # A copy: other handlers have the line as it was meant.
            told = logging.makeLogRecord(record.__dict__)
            del told.__dict__["notice"]
            whole = record.getMessage()
            if self.stream.isatty():
                self.stream.write(f"{whole}\n")
            told.msg, told.args = redacted(whole.partition("\n")[0]) + self._kept(whole), ()
            record = told
        super().emit(record)

    def _kept(self, whole: str) -> str:
        if self._file is None:
            return ""
        try:
            _append(self._file, f"{datetime.now(UTC):%Y-%m-%d %H:%M:%S} UTC  {whole.strip()}\n\n")
        except OSError as error:
            return f" (whole it would be in {self._file}, which cannot be written: {error.strerror})"
        return f" (whole in {self._file}, which its owner alone can read)"


def _append(file: Path, text: str) -> None:
    before = ""
    with suppress(FileNotFoundError):
        before = file.read_text(encoding="utf-8", errors="replace")
    kept = (before + text).encode()[-_MOST_BYTES:]
    # Whole or not at all, and never readable by others for a moment.
    fresh = file.with_name(f"{file.name}.{os.getpid()}")
    descriptor = os.open(fresh, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600)
    with os.fdopen(descriptor, "wb") as opened:
        opened.write(kept)
    fresh.replace(file)
