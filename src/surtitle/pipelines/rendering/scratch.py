"""The private folder that one rendering works in, under file names of ours.

A filter's arguments have three layers of quoting; names without a special character need none.
"""

import errno
import hashlib
import shutil
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from surtitle.errors import StorageFull
from surtitle.pipelines.rendering.fonts import fonts_directory

_FULL = {errno.ENOSPC, errno.EDQUOT, errno.EFBIG}


@contextmanager
def scratch_for(output: Path) -> Iterator[Path]:
    """A folder beside `output`, so that the finished file can be moved in place in one step.

    Its name depends on `output` alone: what a killed rendering left is cleared by the next one.
    Raises `StorageFull` when the disk is.
    """
    folder = output.parent / f".rendering-{hashlib.sha256(output.name.encode()).hexdigest()[:16]}"
    try:
        _clear(folder)
        folder.mkdir(parents=True)
        (folder / "fonts").symlink_to(fonts_directory(), target_is_directory=True)
        yield folder
    except OSError as error:
        if error.errno not in _FULL:
            raise
        raise StorageFull(f"The disk has no room to render {output.name!r}. Free some space.") from error
    finally:
        _clear(folder)


def write_text(path: Path, text: str) -> None:
    path.write_text(text, encoding="utf-8", newline="\n")


def put_in_place(made: Path, output: Path) -> int:
    """Move the finished file to `output`, replacing what was there. Returns its size in bytes."""
    size_bytes = made.stat().st_size
    made.replace(output)
    return size_bytes


def _clear(folder: Path) -> None:
    if folder.exists():
        shutil.rmtree(folder)
