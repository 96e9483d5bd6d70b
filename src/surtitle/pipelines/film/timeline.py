"""What is heard and when, and which scene stands meanwhile: the frame that a picture is drawn into."""

import wave
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from itertools import pairwise
from pathlib import Path

from pydantic import TypeAdapter

from surtitle.domain.films import FilmScript, Scene, Shot
from surtitle.domain.transcript import Stretch, Word
from surtitle.pipelines.speech.narration import Narration

TIMELINE_JSON = "timeline.json"

# The first word must not come with the first frame, and the last picture stays for a moment.
_LEAD_SECONDS = 0.4
_GAP_SECONDS = 0.45
_TAIL_SECONDS = 1.2
_COPIED_FRAMES = 65_536
_GLANCE_SECONDS = 2.0
_WORDS_READ_A_SECOND = 3.0
_SHORTEST_SHOT_SECONDS = 0.5


@dataclass(frozen=True, slots=True)
class Timeline:
    """`duration_seconds` is the film's. `speakers` names who says each of `words`, where that is known."""

    duration_seconds: float
    language: str
    title: str = ""
    words: tuple[Word, ...] = ()
    speakers: tuple[str | None, ...] = ()
    shots: tuple[Shot, ...] = ()
    has_voice: bool = False


_TIMELINE = TypeAdapter(Timeline)


def timeline_json(timeline: Timeline) -> bytes:
    return _TIMELINE.dump_json(timeline) + b"\n"


def read_timeline(data: bytes) -> Timeline:
    return _TIMELINE.validate_json(data)


def narrated(script: FilmScript, voice: Narration, wanted_seconds: float | None, output: Path) -> Timeline:
    """The scenes around the voice, which is written to `output` with the pauses between them.

    A film that is to last longer than the voice speaks gets longer pauses. `script` has a passage a scene.
    """
    spoken = sum(passage.seconds for passage in voice.passages)
    gaps = len(voice.passages) - 1
    natural = _LEAD_SECONDS + spoken + gaps * _GAP_SECONDS + _TAIL_SECONDS
    spare = max(0.0, (wanted_seconds or 0.0) - natural) / max(1, gaps + 1)
    starts, now = [], _LEAD_SECONDS
    for passage in voice.passages:
        starts.append(now)
        now += passage.seconds + _GAP_SECONDS + spare
    duration = max(natural, wanted_seconds or 0.0)
    with wave.open(str(voice.sound), "rb") as source, wave.open(str(output), "wb") as made:
        made.setparams(source.getparams())
        _write(source, made, list(zip(voice.passages, starts, strict=True)), duration)
    return Timeline(
        duration_seconds=round(duration, 3),
        language=script.language,
        title=script.title,
        words=tuple(_moved(voice.words, voice.passages, starts)),
        shots=_shots(script, starts, duration),
        has_voice=True,
    )


def silent(script: FilmScript, wanted_seconds: float | None, longest_seconds: float) -> Timeline:
    """The scenes one after another, in proportion to how long each needs; no longer than an engine draws."""
    needed = [_reading_seconds(scene) for scene in script.scenes]
    scale = (wanted_seconds or min(sum(needed), longest_seconds)) / sum(needed)
    starts, now = [], 0.0
    for seconds in needed:
        starts.append(now)
        now += seconds * scale
    return Timeline(round(now, 3), script.language, script.title, shots=_shots(script, starts, now))


def _reading_seconds(scene: Scene) -> float:
    """How long a scene stands that nobody reads out."""
    words = sum(len(text.split()) for text in (scene.heading, *scene.lines))
    return _GLANCE_SECONDS + words / _WORDS_READ_A_SECOND


def over_recording(script: FilmScript, words: Sequence[Word], duration_seconds: float) -> tuple[Shot, ...]:
    """The scenes over somebody's own voice: each begins with the word that is as far into what is said."""
    counts = [max(1, len(scene.narration.split())) for scene in script.scenes]
    total, said = sum(counts), 0
    starts = []
    for count in counts:
        place = said * len(words) // total
        starts.append(words[place].start_seconds if words and said else duration_seconds * said / total)
        said += count
    return _shots(script, _apart(starts), duration_seconds)


def _apart(starts: list[float]) -> list[float]:
    """Words may share a moment; scenes may not."""
    kept = starts[:1]
    for start in starts[1:]:
        kept.append(max(start, kept[-1] + _SHORTEST_SHOT_SECONDS))
    return kept


def _shots(script: FilmScript, starts: Sequence[float], duration: float) -> tuple[Shot, ...]:
    # A picture changes just before its words begin.
    begins = [0.0, *(max(0.0, start - _GAP_SECONDS / 2) for start in starts[1:])]
    edges = [min(round(edge, 3), round(duration, 3)) for edge in (*begins, duration)]
    pairs = zip(script.scenes, pairwise(edges), strict=True)
    return tuple(Shot(scene, start, end) for scene, (start, end) in pairs if end > start)


def _moved(words: Sequence[Word], passages: Sequence[Stretch], starts: Sequence[float]) -> Iterator[Word]:
    """Each word by as much as its passage was moved."""
    place = 0
    for word in words:
        middle = (word.start_seconds + word.end_seconds) / 2
        while place + 1 < len(passages) and middle >= passages[place + 1].start_seconds:
            place += 1
        by = starts[place] - passages[place].start_seconds
        yield replace(
            word, start_seconds=round(word.start_seconds + by, 3), end_seconds=round(word.end_seconds + by, 3)
        )


def _write(
    source: wave.Wave_read, made: wave.Wave_write, placed: Sequence[tuple[Stretch, float]], duration: float
) -> None:
    rate = source.getframerate()
    written = 0
    for passage, start in placed:
        written += _silence(made, round(start * rate) - written)
        first = round(passage.start_seconds * rate)
        source.setpos(min(first, source.getnframes()))
        left = round(passage.end_seconds * rate) - first
        while left > 0 and (frames := source.readframes(min(left, _COPIED_FRAMES))):
            made.writeframesraw(frames)
            count = len(frames) // (source.getsampwidth() * source.getnchannels())
            left -= count
            written += count
    _silence(made, round(duration * rate) - written)


def _silence(made: wave.Wave_write, frames: int) -> int:
    frames = max(0, frames)
    whole, rest = divmod(frames, _COPIED_FRAMES)
    empty = bytes(made.getsampwidth() * made.getnchannels())
    for count in (*[_COPIED_FRAMES] * whole, rest):
        made.writeframesraw(empty * count)
    return frames
