"""On how many conversations Surtitle's engine hears as many words right as sequential faster-whisper.

Twenty-four mixes of the set `more` of `benchmarks/mixes.py`, three of each difficulty, that nothing was tuned
on. Weights, number format, threads and the yardstick are those of the benchmark `recognition`; no time is
measured, so other work may go on beside this.
"""

from collections.abc import Callable

from benchmarks.bare import Side, hear
from benchmarks.materials import Materials
from benchmarks.mixes import Mix, MixMaker
from benchmarks.product import MODEL
from benchmarks.report import Report, progress
from benchmarks.scoring import Heard, judged

_QUICK_MIXES = 2
_SIDES = (Side.FASTER_WHISPER, Side.ENGINE)


def run(report: Report, materials: Materials) -> None:
    maker = MixMaker(materials.folder / "mixes")
    mixes = maker.mixes("more", most=_QUICK_MIXES if materials.quick else None)
    sequential, ours = ([_heard(side, mix) for mix in mixes] for side in _SIDES)
    rows = [
        (
            f"{mix.name} ({mix.difficulties})",
            str(a.score.words),
            *(f"{one.score.errors} ({one.score.missing})" for one in (a, b)),
            *(str(one.lost) for one in (a, b)),
        )
        for mix, a, b in zip(mixes, sequential, ours, strict=True)
    ]
    head = ("mix", "words", "sequential: errors (missing)", "ours", "sequential: utterances lost", "ours")
    report.table(head, rows)
    words = sum(one.score.words for one in ours)
    report.say(
        "Wrong, missing and added over all: "
        + ", ".join(
            f"{name} {sum(one.score.errors for one in heard) / words:.2%} of {words} words, "
            f"{sum(one.lost for one in heard)} utterances lost"
            for name, heard in (("sequential", sequential), ("ours", ours))
        )
        + "."
    )
    _report_aims(report, sequential, ours)


def _report_aims(report: Report, sequential: list[Heard], ours: list[Heard]) -> None:
    counts: dict[str, Callable[[Heard], int]] = {
        "words wrong, missing or added": lambda heard: heard.score.errors,
        "words missing": lambda heard: heard.score.missing,
        "utterances lost": lambda heard: heard.lost,
    }
    for what, count in counts.items():
        met = [count(b) <= count(a) for a, b in zip(sequential, ours, strict=True)]
        report.aim(
            f"no more {what} than sequential, on every mix", f"on {sum(met)} of {len(met)}", met=all(met)
        )


def _heard(side: Side, mix: Mix) -> Heard:
    progress(f"{mix.name}: {side.value}")
    return judged([turn.text for turn in mix.turns], hear(side, mix.path, model=MODEL).text)
