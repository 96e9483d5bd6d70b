"""Copies and working folders in a process's scratch folder, which it removes itself unless it dies."""

import re
import shutil
from collections.abc import Iterator
from datetime import timedelta
from pathlib import Path

from surtitle.clock import utc_now

KEPT = timedelta(days=2)
"""Longer than any of them is worked with."""

# As `tempfile` names them: a prefix, eight random signs, the ending of what was copied.
_NAME = re.compile(r"(?:tmp|clip-|kpis-|narration-|speech-|voice-)[a-z0-9_]{8}(?:\.\w+)?")


def clear_temporaries(scratch: Path, kept: timedelta = KEPT) -> int:
    """Remove those that nobody has touched for so long; how many. Everything else has owners of its own."""
    gone = 0
    for path in list(_abandoned(scratch, (utc_now() - kept).timestamp())):
        if path.is_dir():
            shutil.rmtree(path, ignore_errors=True)
        else:
            path.unlink(missing_ok=True)
        gone += 1
    return gone


def _abandoned(scratch: Path, before_epoch: float) -> Iterator[Path]:
    if not scratch.is_dir():
        return
    for path in scratch.iterdir():
        try:
            if _NAME.fullmatch(path.name) and path.lstat().st_mtime < before_epoch:
                yield path
        except FileNotFoundError:
            # Its owner was quicker.
            continue
