"""Speed and words: Surtitle's engine against what it is built on, on recordings that were not tuned on.

faster-whisper one window after another (`transcribe(beam_size=5, vad_filter=True)`), faster-whisper batched
(`BatchedInferencePipeline`, `batch_size=8`) and Surtitle's engine, on the same weights, number format and
threads, each in a fresh, warm process; where time is measured they take turns (A B C C B A). Ours has the
variables that the product gives its engines' processes, and makes word times. Of the others only stable-ts
makes word times. The mixes are the set `apart` of `benchmarks/mixes.py`: conversations of two to four people
with gaps, overlaps, noise, music and telephone lines. The yardstick for real voices is not a human
transcript but each utterance decoded alone; an utterance is lost when fewer than a third of its words were
heard. Peers that are installed (`benchmarks/peers.py`) hear everything too, set as their own documentation
does; they give no text before the end.
"""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from functools import partial
from pathlib import Path
from statistics import median

from benchmarks.bare import Hearing, Side, hear
from benchmarks.materials import Materials, seconds_of
from benchmarks.mixes import Mix, MixMaker
from benchmarks.peers import installed_peers
from benchmarks.product import MODEL
from benchmarks.report import Report, progress
from benchmarks.scoring import judged
from benchmarks.timing import in_turns

_LEAST_SPEED = 1.9
_MOST_MORE_WRONG = 0.002
_MOST_FIRST_TEXT = 1.2
_YARDSTICK = Side.FASTER_WHISPER
_OURS = Side.ENGINE


@dataclass(frozen=True, slots=True)
class _Recording:
    """What was said, utterance by utterance."""

    name: str
    path: Path
    said: list[str]


_Sides = Mapping[str, Callable[[Path], Hearing]]


def run(report: Report, materials: Materials) -> None:
    sides, left_out = _all_sides(materials)
    for sentence in left_out:
        report.say(sentence)
    for recording in _timed_recordings(materials):
        _time(report, recording, sides)
    for recording in _mixes(materials):
        _compare_words(report, recording, sides)


def _timed_recordings(materials: Materials) -> list[_Recording]:
    if materials.quick:
        return [_Recording("narration", materials.narration, [materials.text])]
    recordings = [_Recording("narration", materials.half_hour, [materials.half_hour_text])]
    if materials.meeting and materials.meeting_text:
        said = materials.meeting_text.strip().splitlines()
        recordings.append(_Recording("meeting-a.flac", materials.meeting, said))
    return recordings


def _time(report: Report, recording: _Recording, sides: _Sides) -> None:
    """Speed, first text and words, from the same runs."""
    heard: dict[str, list[Hearing]] = {}

    def measured(name: str) -> float:
        hearing = sides[name](recording.path)
        heard.setdefault(name, []).append(hearing)
        return hearing.seconds

    in_turns({name: partial(measured, name) for name in sides}, pairs=1)
    length = seconds_of(recording.path)
    report.say(f"`{recording.name}`, {length:.0f} s:")
    _report_times(report, recording, heard, length)
    _report_words(report, recording, {name: runs[-1] for name, runs in heard.items()})


def _report_times(
    report: Report, recording: _Recording, heard: dict[str, list[Hearing]], length_seconds: float
) -> None:
    seconds = {name: median(run.seconds for run in runs) for name, runs in heard.items()}
    first = {name: median(run.first_seconds or run.seconds for run in runs) for name, runs in heard.items()}
    rows = [
        (
            name,
            f"{seconds[name]:.1f}",
            f"{length_seconds / seconds[name]:.1f}",
            f"{seconds[_YARDSTICK] / seconds[name]:.2f}",
            f"{first[name]:.2f}",
            f"{first[name] / first[_YARDSTICK]:.2f}",
        )
        for name in heard
    ]
    head = ("side", "seconds", "x real time", "speed ratio", "first text after s", "first text ratio")
    report.table(head, rows)
    speed = seconds[_YARDSTICK] / seconds[_OURS]
    report.aim(
        f"{recording.name}: at least {_LEAST_SPEED} times the speed of sequential faster-whisper",
        f"{speed:.2f} times",
        met=speed >= _LEAST_SPEED,
    )
    early = first[_OURS] / first[_YARDSTICK]
    report.aim(
        f"{recording.name}: first text after at most {_MOST_FIRST_TEXT} of the time that sequential takes",
        f"{early:.2f}",
        met=early <= _MOST_FIRST_TEXT,
    )


def _report_words(report: Report, recording: _Recording, heard: Mapping[str, Hearing]) -> None:
    found = {name: judged(recording.said, hearing.text) for name, hearing in heard.items()}
    head = ("side", "word error rate", "words", "wrong", "missing", "added", "lost utterances")
    report.table(head, [(name, *one.cells()) for name, one in found.items()])
    ours, yardstick = found[_OURS], found[_YARDSTICK]
    # Known text must only not be worse by more than chance; a conversation must be better heard.
    most = yardstick.score.rate + (_MOST_MORE_WRONG if len(recording.said) == 1 else 0.0)
    report.aim(
        f"{recording.name}: a word error rate of at most {most:.2%}",
        f"{ours.score.rate:.2%}",
        met=ours.score.rate <= most,
    )
    if len(recording.said) > 1:
        report.aim(
            f"{recording.name}: no more words missing and no more utterances lost than sequential",
            f"{ours.score.missing} against {yardstick.score.missing} words, "
            f"{ours.lost} against {yardstick.lost} utterances",
            met=ours.score.missing <= yardstick.score.missing and ours.lost <= yardstick.lost,
        )


def _all_sides(materials: Materials) -> tuple[_Sides, list[str]]:
    """Our sides and every peer that runs here; a sentence for each that does not."""
    peers, left_out = installed_peers(MODEL, materials.clip)
    ours = {side.value: partial(hear, side, model=MODEL, warm_up=materials.clip) for side in Side}
    return {**ours, **peers}, left_out


def _mixes(materials: Materials) -> list[_Recording]:
    maker = MixMaker(materials.folder / "mixes")
    return [_of_mix(mix) for mix in maker.mixes("apart", most=1 if materials.quick else None)]


def _of_mix(mix: Mix) -> _Recording:
    said = [turn.text for turn in mix.turns]
    return _Recording(f"{mix.name} ({mix.difficulties})", mix.path, said)


def _compare_words(report: Report, recording: _Recording, sides: _Sides) -> None:
    heard = {}
    for name, side in sides.items():
        progress(f"{recording.path.name}: {name}")
        heard[name] = side(recording.path)
    report.say(f"`{recording.name}`, {seconds_of(recording.path):.0f} s, {len(recording.said)} utterances:")
    _report_words(report, recording, heard)
