"""Whether the words are right, and whether the product loses any that its engine had.

Word error rates by `jiwer` after Whisper's own English normaliser (case, punctuation, spelling of numbers),
for the whole job, the bare engine and faster-whisper as in `overhead`. The narration is spoken by the local
voice from `benchmarks/narration.txt`. `jfk.flac` and `meeting-a.flac` are real voices; the meeting's
yardstick is not a human transcript but each utterance decoded alone, so its lost words count more than its
rate.
"""

from dataclasses import dataclass
from pathlib import Path

import jiwer
from tests.server import Server
from whisper_normalizer.english import EnglishTextNormalizer

from benchmarks.bare import Side, hear
from benchmarks.materials import Materials
from benchmarks.product import MODEL, run_job, transcript_of, warm_server
from benchmarks.report import Report

_MOST_WRONG = 0.05


@dataclass(frozen=True, slots=True)
class _Score:
    words: int
    wrong: int
    missing: int
    added: int

    @property
    def rate(self) -> float:
        return (self.wrong + self.missing + self.added) / self.words

    def cells(self) -> tuple[str, ...]:
        return f"{self.rate:.2%}", str(self.words), str(self.wrong), str(self.missing), str(self.added)


def run(report: Report, materials: Materials) -> None:
    with warm_server(materials, "accuracy") as server:
        _compare_narration(report, materials, server)
        if materials.address and materials.meeting and materials.meeting_text:
            _check_address(report, materials.address, server)
            _compare(report, server, "meeting-a.flac", materials.meeting, materials.meeting_text)
        else:
            report.say("`shared/media` is not here: `jfk.flac` and `meeting-a.flac` were left out.")


def _compare_narration(report: Report, materials: Materials, server: Server) -> None:
    score = _compare(report, server, "narration", materials.narration, materials.text)
    report.aim(
        f"at most {_MOST_WRONG:.0%} of the narration's words wrong",
        f"{score.rate:.2%}",
        met=score.rate <= _MOST_WRONG,
    )


def _check_address(report: Report, recording: Path, server: Server) -> None:
    said = (
        "And so, my fellow Americans, ask not what your country can do for you, "
        "ask what you can do for your country."
    )
    heard = _heard(server, recording)
    score = _scored(said, heard)
    report.aim("every word of `jfk.flac` right but punctuation", f"“{heard}”", met=score.rate == 0)


def _compare(report: Report, server: Server, name: str, recording: Path, said: str) -> _Score:
    """One table; the product's score."""
    product = _scored(said, _heard(server, recording))
    rows = [("whole job", *product.cells())]
    for side in Side:
        heard = hear(side, recording, model=MODEL)
        rows.append((side.value, *_scored(said, heard.text).cells()))
    head = (f"`{name}`", "word error rate", "words", "wrong", "missing", "added")
    report.table(head, rows)
    return product


def _heard(server: Server, recording: Path) -> str:
    return transcript_of(server, run_job(server, server.upload(recording), "transcript").id)


def _scored(said: str, heard: str) -> _Score:
    plain = EnglishTextNormalizer()
    counted = jiwer.process_words(plain(said), plain(heard))
    words = counted.hits + counted.substitutions + counted.deletions
    return _Score(words, counted.substitutions, counted.deletions, counted.insertions)
