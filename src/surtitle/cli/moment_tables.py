"""Moments for people and as JSON for programs."""

from typing import Any

from rich.console import Console
from rich.markup import escape

from surtitle.cli.batch.view import clock
from surtitle.pipelines.search.asking import Answer
from surtitle.pipelines.search.finding import Found
from surtitle.pipelines.search.moments import Moment
from surtitle.transcripts.shown_speakers import shown_speaker

_COPIED = (
    "transcript_name", "start_seconds", "end_seconds", "speaker", "speakers", "language", "text",
    "before", "after", "by_words", "by_meaning", "similarity",
)  # fmt: skip


def show_found(found: Found) -> None:
    """Each moment on standard output, the best first."""
    if not found.moments:
        Console(stderr=True).print(
            "Nothing was found. Searched is what the server has, and what `surtitle transcribe --keep` kept."
        )
    for moment in found.moments:
        _show(moment, moment.text)


def show_answer(answer: Answer) -> None:
    """The answer and the moments that it rests on, on standard output."""
    if not answer.is_told:
        _console().print("The recordings do not tell.")
        return
    if answer.text is not None:
        _console().print(f"{escape(answer.text)}\n")
    for cited in answer.cited:
        _show(cited.moment, cited.quote or cited.moment.text)


def found_as_json(found: Found) -> dict[str, Any]:
    return {
        "items": [_as_json(moment) for moment in found.moments],
        "by_meaning": found.by_meaning,
        "notice": found.notice,
    }


def answer_as_json(answer: Answer) -> dict[str, Any]:
    return {
        "told": answer.is_told,
        "answer": answer.text,
        "cited": [{"quote": cited.quote, "moment": _as_json(cited.moment)} for cited in answer.cited],
        "writer": answer.writer,
        "notice": answer.notice,
    }


def _as_json(moment: Moment) -> dict[str, Any]:
    return {
        "transcript_id": str(moment.transcript_id),
        "media_id": str(moment.media_id) if moment.media_id else None,
        "recorded_at": moment.recorded_at.isoformat(),
        **{name: getattr(moment, name) for name in _COPIED},
    }


def _show(moment: Moment, text: str) -> None:
    speakers = ", ".join(shown_speaker(speaker, moment.language) for speaker in moment.speakers)
    who = f" {escape(speakers)}:" if speakers else ""
    where = f"{escape(moment.transcript_name)} {clock(moment.start_seconds)}"
    _console().print(f"[bold]{where}[/bold]{who} {escape(text)}\n")


def _console() -> Console:
    # Whole lines for pipes.
    console = Console(highlight=False)
    return console if console.is_terminal else Console(highlight=False, width=1000)
