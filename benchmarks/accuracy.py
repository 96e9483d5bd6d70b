"""Whether the words are right, and whether the product loses any that its engine had.

Word error rates by `jiwer` after Whisper's own English normaliser (case, punctuation, spelling of numbers),
for the whole job, the bare engine and faster-whisper as in `overhead`, and for its batched mode. The
narration is spoken by the local voice from `benchmarks/narration.txt`. `jfk.flac` and `meeting-a.flac` are
real voices; the meeting's yardstick is not a human transcript but each utterance decoded alone, so its lost
words count more than its rate.
"""

from pathlib import Path

from tests.server import Server

from benchmarks.bare import Side, hear
from benchmarks.materials import Materials
from benchmarks.product import MODEL, run_job, transcript_of, warm_server
from benchmarks.report import Report
from benchmarks.scoring import Score, score

_MOST_WRONG = 0.05


def run(report: Report, materials: Materials) -> None:
    with warm_server(materials, "accuracy") as server:
        _compare_narration(report, materials, server)
        if materials.address and materials.meeting and materials.meeting_text:
            _check_address(report, materials.address, server)
            _compare(report, server, "meeting-a.flac", materials.meeting, materials.meeting_text)
        else:
            report.say("`shared/media` is not here: `jfk.flac` and `meeting-a.flac` were left out.")


def _compare_narration(report: Report, materials: Materials, server: Server) -> None:
    found = _compare(report, server, "narration", materials.narration, materials.text)
    report.aim(
        f"at most {_MOST_WRONG:.0%} of the narration's words wrong",
        f"{found.rate:.2%}",
        met=found.rate <= _MOST_WRONG,
    )


def _check_address(report: Report, recording: Path, server: Server) -> None:
    said = (
        "And so, my fellow Americans, ask not what your country can do for you, "
        "ask what you can do for your country."
    )
    heard = _heard(server, recording)
    found = score(said, heard)
    report.aim("every word of `jfk.flac` right but punctuation", f"“{heard}”", met=found.rate == 0)


def _compare(report: Report, server: Server, name: str, recording: Path, said: str) -> Score:
    """One table; the product's score."""
    product = score(said, _heard(server, recording))
    rows = [("whole job", *product.cells())]
    for side in Side:
        heard = hear(side, recording, model=MODEL)
        rows.append((side.value, *score(said, heard.text).cells()))
    head = (f"`{name}`", "word error rate", "words", "wrong", "missing", "added")
    report.table(head, rows)
    return product


def _heard(server: Server, recording: Path) -> str:
    return transcript_of(server, run_job(server, server.upload(recording), "transcript").id)
