"""`surtitle search`, `surtitle ask` and `surtitle reindex`: what was said, found again."""

import sys
from collections.abc import Sequence
from datetime import UTC, datetime
from typing import Annotated, Any
from uuid import UUID

import typer

from surtitle.cli.asking import answered, write_json

Speaker = Annotated[str | None, typer.Option(help="Only where this person speaks.", show_default=False)]
Language = Annotated[
    str | None, typer.Option("--language", "-l", help="Only recordings in it.", show_default=False)
]
Tag = Annotated[str | None, typer.Option(help="Only transcripts filed under it.", show_default=False)]
Transcript = Annotated[
    UUID | None, typer.Option(help="Only in this transcript, by its id.", show_default=False)
]
Since = Annotated[
    datetime | None, typer.Option(help="Only transcripts made from then on (UTC).", show_default=False)
]
Until = Annotated[
    datetime | None, typer.Option(help="Only transcripts made before then (UTC).", show_default=False)
]
AsJson = Annotated[bool, typer.Option("--json", help="As JSON, for programs.")]


def search(
    *,
    words: Annotated[str, typer.Argument(help="What to look for, in your own words.", show_default=False)],
    speaker: Speaker = None,
    language: Language = None,
    tag: Tag = None,
    transcript: Transcript = None,
    since: Since = None,
    until: Until = None,
    limit: Annotated[int, typer.Option(min=1, max=50, help="How many moments.")] = 5,
    as_json: AsJson = False,
) -> None:
    """Find moments in transcripts, by words and by meaning. "In quotation marks": word by word."""
    from surtitle.cli import moment_tables  # noqa: PLC0415 - takes seconds
    from surtitle.db.models import PERSONAL_PROJECT  # noqa: PLC0415

    filters = _filters(speaker, language, tag, transcript, (since, until))

    async def ask(parts: Any) -> Any:
        await _catch_up(parts)
        return await parts.search.search.find(PERSONAL_PROJECT, words, filters, limit)

    found = answered(ask)
    _tell(found.notice)
    if as_json:
        write_json(moment_tables.found_as_json(found))
    else:
        moment_tables.show_found(found)


def ask(
    *,
    question: Annotated[str, typer.Argument(help="What you want to know.", show_default=False)],
    speaker: Speaker = None,
    language: Language = None,
    tag: Tag = None,
    transcript: Transcript = None,
    since: Since = None,
    until: Until = None,
    writer: Annotated[
        str | None,
        typer.Option(
            help="`extract`: show moments even where a language model could answer.", show_default=False
        ),
    ] = None,
    as_json: AsJson = False,
) -> None:
    """Answer a question from transcripts, with the moments that say it."""
    from surtitle.cli import moment_tables  # noqa: PLC0415
    from surtitle.db.models import PERSONAL_PROJECT  # noqa: PLC0415

    filters = _filters(speaker, language, tag, transcript, (since, until))

    async def put(parts: Any) -> Any:
        await _catch_up(parts)
        return await parts.search.asking.ask(PERSONAL_PROJECT, question, filters, writer)

    answer = answered(put)
    _tell(answer.notice)
    if as_json:
        write_json(moment_tables.answer_as_json(answer))
    else:
        moment_tables.show_answer(answer)


def reindex() -> None:
    """Index all transcripts of this installation again, of all projects."""

    async def again(parts: Any) -> int:
        count: int = await parts.search.indexing.reindex()
        await _catch_up(parts)
        return count

    count = answered(again)
    typer.echo(f"{count} {'transcript' if count == 1 else 'transcripts'} indexed again.")


async def _catch_up(parts: Any) -> None:
    """A laptop without a server has nobody else who does it."""
    while done := await parts.search.indexing.work_off():
        sys.stderr.write(f"Indexed {done} {'transcript' if done == 1 else 'transcripts'}.\n")


def _filters(
    speaker: str | None,
    language: str | None,
    tag: str | None,
    transcript: UUID | None,
    times: Sequence[datetime | None],
) -> Any:
    from surtitle.domain.languages import language_code  # noqa: PLC0415
    from surtitle.errors import Invalid  # noqa: PLC0415
    from surtitle.pipelines.search.filters import Filters  # noqa: PLC0415
    from surtitle.pipelines.search.tags import tag_of  # noqa: PLC0415

    try:
        code = None if language is None else language_code(language)
    except ValueError as error:
        raise Invalid(f"--language: {error}.") from None
    since, until = (None if time is None else time.replace(tzinfo=UTC) for time in times)
    return Filters(speaker, code, tag_of(tag) if tag else None, transcript, since, until)


def _tell(notice: str | None) -> None:
    if notice:
        sys.stderr.write(f"{notice}\n")
