"""The child process that examines files: a hostile one can crash it and nothing else.

`python -m surtitle.media.child PARENT_PID` reads one JSON request a line and answers each with a
JSON header line (`ok`, `size`) and that many bytes: the result, or the error as JSON.
"""

import json
import resource
import sys
from pathlib import Path
from typing import Any, BinaryIO

import av

from surtitle.errors import SurtitleError
from surtitle.media.errors import NotMedia
from surtitle.media.excerpts import excerpt
from surtitle.media.inspection import facts_json, inspected
from surtitle.media.peaks import peaks_document
from surtitle.media.probing import examine
from surtitle.processes import childs_memory_bytes, die_with_parent

# Room for what libraries map and never touch; what they write to is limited to less.
_ADDRESS_BYTES = 3 * 1024**3


def main() -> None:
    """Serve requests until the parent closes the pipe or dies."""
    die_with_parent(int(sys.argv[1]))
    _give_up_powers()
    requests, answers = sys.stdin.buffer, sys.stdout.buffer
    # Whatever a library prints must not end up between the answers.
    sys.stdout = sys.stderr
    for line in requests:
        _answer(answers, json.loads(line))


def _give_up_powers() -> None:
    """No memory to exhaust, no file to write, no core to leave behind."""
    for limit, value in (
        (resource.RLIMIT_AS, _ADDRESS_BYTES),
        (resource.RLIMIT_DATA, childs_memory_bytes()),
        (resource.RLIMIT_FSIZE, 0),
        (resource.RLIMIT_CORE, 0),
    ):
        _lower(limit, value)


def _lower(limit: int, value: int) -> None:
    try:
        resource.setrlimit(limit, (value, value))
    except (ValueError, OSError):
        # macOS refuses some of them; the time limit and the process boundary still hold.
        print(f"limit {limit} could not be set", file=sys.stderr)  # noqa: T201  stderr is the child's log


def _answer(answers: BinaryIO, request: dict[str, Any]) -> None:
    try:
        ok, body = True, _work(request)
    except MemoryError:
        ok, body = (
            False,
            _error(NotMedia("needs more memory to examine than a recording should. Convert it.")),
        )
    except SurtitleError as error:
        ok, body = False, _error(error)
    answers.write(json.dumps({"ok": ok, "size": len(body)}).encode() + b"\n" + body)
    answers.flush()


def _work(request: dict[str, Any]) -> bytes:
    path = Path(request["path"])
    if request["task"] == "peaks":
        return peaks_document(path)
    if request["task"] == "excerpt":
        return excerpt(path, request["spans"], request["track"])
    if request["task"] == "inspect":
        return _inspected(path)
    return examine(path).model_dump_json().encode()


def _inspected(path: Path) -> bytes:
    try:
        return facts_json(inspected(path))
    except (av.FFmpegError, OSError):
        raise NotMedia(
            "holds a picture that cannot be decoded. Play it to see whether it is whole."
        ) from None


def _error(error: SurtitleError) -> bytes:
    told = error.reason if isinstance(error, NotMedia) else error.message
    return json.dumps({"slug": error.slug, "told": told}).encode()


if __name__ == "__main__":
    main()
