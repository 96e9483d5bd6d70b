"""References and results out of the files that the field exchanges."""

import json
from collections.abc import Callable, Iterator, Sequence
from pathlib import Path
from typing import Any

from surtitle.cli.evaluation.told import Said, Told, joined, said, seconds
from surtitle.errors import Invalid

# NIST RT-09, appendix A.
_RTTM_TYPES = frozenset(
    {"SPEAKER", "SPKR-INFO", "SEGMENT", "NOSCORE", "NO_RT_METADATA", "LEXEME", "NON-LEX", "NON-SPEECH"}
    | {"FILLER", "EDIT", "IP", "SU", "CB", "A/P"}
)
_RTTM_FIELDS = 8
_STM_FIELDS = 5
_READABLE = "rttm, stm, txt, SegLST's json, and Surtitle's result.json and diarization.json"


def read_together(paths: Sequence[Path]) -> Told:
    """What files of one recording tell. Raises `Invalid` as `read_told`, and where they are of several."""
    found = [(path, read_told(path)) for path in paths]
    named = {name: path for path, told in found for name in told.recordings}
    if len(named) > 1:
        places = ", ".join(f"{name!r} in {path}" for name, path in sorted(named.items())[:3])
        raise Invalid(
            f"These files tell of {len(named)} recordings ({places}); evaluate one at a time.", field="file"
        )
    return Told(
        frozenset(named),
        turns=joined(told.turns for _, told in found),
        utterances=joined(told.utterances for _, told in found),
        text=joined(told.text for _, told in found),
    )


def read_told(path: Path) -> Told:
    """What a file tells, by its ending. Raises `Invalid`, naming the line that is wrong."""
    readers: dict[str, Callable[[Path, str], Told]] = {
        ".rttm": _rttm,
        ".stm": _stm,
        ".json": _json,
        ".txt": _txt,
    }
    reader = readers.get(path.suffix.lower())
    if reader is None:
        raise Invalid(f"{path} cannot be evaluated; readable are {_READABLE}.", field="file")
    if not path.is_file():
        raise Invalid(f"There is no file {path}.", field="file")
    try:
        text = path.read_text(encoding="utf-8-sig")
    except UnicodeDecodeError as error:
        raise Invalid(f"{path} is not text in UTF-8.", field="file") from error
    return reader(path, text)


def _txt(_path: Path, text: str) -> Told:
    return Told(text=[Said(None, 0.0, 0.0, text)] if text.strip() else [])


def _rttm(path: Path, text: str) -> Told:
    """Lines of other types than SPEAKER tell nothing of turns."""
    recordings, turns = set(), []
    for place, fields in _lines(path, text):
        if fields[0] not in _RTTM_TYPES:
            raise Invalid(f"{place}: RTTM knows no lines of the type {fields[0][:40]!r}.", field="file")
        if fields[0] == "SPEAKER":
            _require_fields(place, fields, _RTTM_FIELDS)
            start = seconds(place, fields[3])
            turns.append(said(place, fields[7], start, start + seconds(place, fields[4])))
            recordings.add(fields[1])
    return Told(frozenset(recordings), turns=turns)


def _stm(path: Path, text: str) -> Told:
    """NIST's segment time marks: recording, channel, speaker, start, end, perhaps <labels>, words."""
    recordings, utterances = set(), []
    for place, fields in _lines(path, text):
        _require_fields(place, fields, _STM_FIELDS)
        words = " ".join(_without_labels(fields[5:]))
        utterances.append(said(place, fields[2], fields[3], fields[4], words))
        recordings.add(fields[0])
    return Told(frozenset(recordings), utterances=utterances)


def _json(path: Path, text: str) -> Told:
    try:
        content = json.loads(text)
    except (ValueError, RecursionError) as error:
        raise Invalid(f"{path} is no JSON ({error}).", field="file") from error
    if isinstance(content, list):
        return _seglst(path, content)
    if isinstance(content, dict) and "fusion" in content:
        return _result(path, content)
    if isinstance(content, dict) and "turns" in content:
        return Told(turns=_turns(str(path), content))
    raise Invalid(f"{path} is neither SegLST nor a meeting's result.json or diarization.json.", field="file")


def _seglst(path: Path, content: list[Any]) -> Told:
    """Segments of meeteval, with or without words."""
    rows = list(_entries(str(path), content))
    found = [
        said(
            place,
            _value(place, row, "speaker"),
            _value(place, row, "start_time"),
            _value(place, row, "end_time"),
            row.get("words"),
        )
        for place, row in rows
    ]
    recordings = frozenset(str(row["session_id"]) for _, row in rows if "session_id" in row)
    if found and all(one.text is None for one in found):
        return Told(recordings, turns=found)
    return Told(recordings, utterances=found)


def _result(path: Path, content: dict[str, Any]) -> Told:
    """Words by the fusion; turns as they were heard, which know pauses and overlaps best."""
    heard = content.get("diarization")
    return Told(
        turns=None if heard is None else _turns(f"{path}, diarization", heard),
        utterances=[
            _timed(place, row, _value(place, row, "text"))
            for place, row in _entries(f"{path}, fusion", content["fusion"])
        ],
    )


def _turns(place: str, content: Any) -> list[Said]:
    rows = _value(place, content, "turns")
    return [_timed(entry, row) for entry, row in _entries(f"{place}, turns", rows)]


def _timed(place: str, row: Any, text: object = None) -> Said:
    start, end = _value(place, row, "start_seconds"), _value(place, row, "end_seconds")
    return said(place, _value(place, row, "speaker"), start, end, text)


def _entries(place: str, rows: Any) -> Iterator[tuple[str, Any]]:
    """Each with its place."""
    if not isinstance(rows, list):
        raise Invalid(f"{place}: a list belongs here.", field="file")
    return ((f"{place}, entry {number}", row) for number, row in enumerate(rows, start=1))


def _value(place: str, row: Any, key: str) -> Any:
    if not isinstance(row, dict) or key not in row:
        raise Invalid(f"{place}: {key!r} is missing.", field="file")
    return row[key]


def _lines(path: Path, text: str) -> Iterator[tuple[str, list[str]]]:
    """The words of each line that says something, with its place."""
    for number, line in enumerate(text.splitlines(), start=1):
        if line.strip() and not line.startswith(";;"):
            yield f"{path}, line {number}", line.split()


def _require_fields(place: str, fields: Sequence[str], least: int) -> None:
    if len(fields) < least:
        raise Invalid(f"{place}: {len(fields)} fields where {least} belong.", field="file")


def _without_labels(words: Sequence[str]) -> Sequence[str]:
    return words[1:] if words and words[0].startswith("<") and words[0].endswith(">") else words
