"""Transcripts as tables for people and as JSON for programs."""

from collections.abc import Sequence
from typing import Any

from rich.console import Console
from rich.markup import escape
from rich.table import Table

from surtitle.cli.batch.view import clock
from surtitle.db.models import Revision, StoredTranscript

_COPIED = ("name", "language", "duration_seconds")


def show_list(transcripts: Sequence[StoredTranscript]) -> None:
    """A line for each transcript on standard output."""
    if not transcripts:
        Console(stderr=True).print("There are no transcripts.")
        return
    table = Table("transcript", "name", "language", "length", "revision", "edited (UTC)", box=None)
    for one in transcripts:
        table.add_row(
            str(one.id), escape(one.name), one.language or "", clock(one.duration_seconds),
            str(one.head), f"{one.updated_at:%Y-%m-%d %H:%M}",
        )  # fmt: skip
    _print(table)


def show_detail(transcript: StoredTranscript, revisions: Sequence[Revision]) -> None:
    """One transcript and these of its revisions on standard output."""
    facts = Table.grid(padding=(0, 2))
    facts.add_row("transcript", str(transcript.id))
    facts.add_row("name", escape(transcript.name))
    facts.add_row("language", transcript.language or "")
    facts.add_row("length", clock(transcript.duration_seconds))
    if transcript.media_id:
        facts.add_row("media", str(transcript.media_id))
    if transcript.job_id:
        facts.add_row("job", str(transcript.job_id))
    table = Table("revision", "kind", "by", "operations", "made (UTC)", box=None)
    for revision in revisions:
        table.add_row(
            str(revision.number), revision.kind, escape(revision.author), str(len(revision.operations)),
            f"{revision.created_at:%Y-%m-%d %H:%M:%S}",
        )  # fmt: skip
    _print(facts, table)


def as_json(transcript: StoredTranscript) -> dict[str, Any]:
    return {
        "id": str(transcript.id),
        **{name: getattr(transcript, name) for name in _COPIED},
        "media_id": str(transcript.media_id) if transcript.media_id else None,
        "job_id": str(transcript.job_id) if transcript.job_id else None,
        "revision": transcript.head,
        "created_at": transcript.created_at.isoformat(),
        "updated_at": transcript.updated_at.isoformat(),
    }


def detail_as_json(transcript: StoredTranscript, revisions: Sequence[Revision]) -> dict[str, Any]:
    return as_json(transcript) | {
        "revisions": [
            {
                "number": revision.number,
                "kind": revision.kind,
                "author": revision.author,
                "operations": revision.operations,
                "created_at": revision.created_at.isoformat(),
            }
            for revision in revisions
        ]
    }


def _print(*parts: Table) -> None:
    # Wide enough that a pipe gets whole lines.
    console = Console(highlight=False)
    if not console.is_terminal:
        console = Console(highlight=False, width=200)
    for part in parts:
        console.print(part)
