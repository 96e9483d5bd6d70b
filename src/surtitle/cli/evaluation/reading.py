"""References and results: who speaks when, and who says what, out of the files that the field exchanges."""

import json
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from itertools import groupby
from pathlib import Path
from typing import Any

from surtitle.errors import Invalid

_RTTM_FIELDS = 8
_STM_FIELDS = 5
_READABLE = "rttm, stm, txt, SegLST's json, and Surtitle's result.json and diarization.json"


@dataclass(frozen=True, slots=True)
class Said:
    """One stretch of speech. `speaker` is None in plain text, `text` None where only turns are known."""

    speaker: str | None
    start_seconds: float
    end_seconds: float
    text: str | None = None


def read_said(path: Path) -> list[Said]:
    """What a file tells, by its ending. Raises `Invalid`, naming the line that is wrong."""
    readers: dict[str, Callable[[Path, str], list[Said]]] = {
        ".rttm": _rttm,
        ".stm": _stm,
        ".json": _json,
        ".txt": lambda _path, text: [Said(None, 0.0, 0.0, text)],
    }
    reader = readers.get(path.suffix.lower())
    if reader is None:
        raise Invalid(f"{path} cannot be evaluated; readable are {_READABLE}.", field="file")
    try:
        text = path.read_text(encoding="utf-8-sig")
    except UnicodeDecodeError as error:
        raise Invalid(f"{path} is not text in UTF-8.", field="file") from error
    found = reader(path, text)
    if not found:
        raise Invalid(f"{path} holds nothing to compare.", field="file")
    return found


def _rttm(path: Path, text: str) -> list[Said]:
    """NIST RT-09, appendix A; lines of other types than SPEAKER tell nothing of turns."""
    lines = _lines(text, comment=";;")
    rows = [(number, fields) for number, fields in lines if fields[0] == "SPEAKER"]
    _of_one_recording(path, [fields[1:2] for _, fields in rows])
    return [
        Said(fields[7], *_times(path, number, fields[3:5], is_duration=True))
        for number, fields in rows
        if _has(path, number, fields, _RTTM_FIELDS)
    ]


def _stm(path: Path, text: str) -> list[Said]:
    """NIST's segment time marks: recording, channel, speaker, start, end, perhaps <labels>, words."""
    rows = list(_lines(text, comment=";;"))
    _of_one_recording(path, [fields[:1] for _, fields in rows])
    return [
        Said(fields[2], *_times(path, number, fields[3:5]), " ".join(_without_labels(fields[5:])))
        for number, fields in rows
        if _has(path, number, fields, _STM_FIELDS)
    ]


def _json(path: Path, text: str) -> list[Said]:
    try:
        content = json.loads(text)
        if isinstance(content, list):
            _of_one_recording(path, [[row["session_id"]] for row in content if "session_id" in row])
            return [_seglst(row) for row in content]
        if content.get("fusion") is not None:
            return _result(content)
        return [_turn(row) for row in content["turns"]]
    except (ValueError, KeyError, TypeError, AttributeError) as error:
        raise Invalid(
            f"{path} is neither SegLST nor a meeting's result.json or diarization.json "
            f"({type(error).__name__}: {error}).",
            field="file",
        ) from error


def _seglst(row: dict[str, Any]) -> Said:
    return Said(row["speaker"], float(row["start_time"]), float(row["end_time"]), row.get("words"))


def _result(content: dict[str, Any]) -> list[Said]:
    """Words by the fusion; turns as they were heard, which know pauses and overlaps best."""
    heard = (content.get("diarization") or {}).get("turns", [])
    said = [
        Said(row["speaker"], float(row["start_seconds"]), float(row["end_seconds"]), row["text"])
        for row in content["fusion"]
    ]
    return [*(_turn(row) for row in heard), *said] if heard else said


def _turn(row: dict[str, Any]) -> Said:
    return Said(row["speaker"], float(row["start_seconds"]), float(row["end_seconds"]))


def _lines(text: str, comment: str) -> list[tuple[int, list[str]]]:
    """The words of each line that says something, with its number."""
    numbered = enumerate(text.splitlines(), start=1)
    return [
        (number, line.split()) for number, line in numbered if line.strip() and not line.startswith(comment)
    ]


def _has(path: Path, number: int, fields: Sequence[str], least: int) -> bool:
    if len(fields) < least:
        raise Invalid(f"{path}, line {number}: {len(fields)} fields where {least} belong.", field="file")
    return True


def _times(
    path: Path, number: int, fields: Sequence[str], *, is_duration: bool = False
) -> tuple[float, float]:
    try:
        start, end = (float(field) for field in fields)
    except ValueError as error:
        raise Invalid(
            f"{path}, line {number}: {' '.join(fields)!r} are no two times.", field="file"
        ) from error
    end = start + end if is_duration else end
    # Written so that what is no number fails, too.
    if not 0 <= start <= end < float("inf"):
        raise Invalid(f"{path}, line {number}: a turn from {start:g} to {end:g} s cannot be.", field="file")
    return start, end


def _without_labels(words: Sequence[str]) -> Sequence[str]:
    return words[1:] if words and words[0].startswith("<") and words[0].endswith(">") else words


def _of_one_recording(path: Path, names: Sequence[Sequence[str]]) -> None:
    found = [name for name, _ in groupby(sorted(str(name[0]) for name in names if name))]
    if len(found) > 1:
        raise Invalid(
            f"{path} tells of {len(found)} recordings ({', '.join(found[:3])} …); evaluate one at a time.",
            field="file",
        )
