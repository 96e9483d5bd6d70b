"""`surtitle transcripts`: the documents of this installation, as people have edited them."""

import sys
from pathlib import Path, PurePosixPath
from typing import Annotated, Any
from uuid import UUID

import typer

from surtitle.cli.asking import answered, write_json
from surtitle.domain.options import TranscriptFormat

transcripts_app = typer.Typer(help="List, show, export and import transcripts.", no_args_is_help=True)

AsJson = Annotated[bool, typer.Option("--json", help="As JSON, for programs.")]
TranscriptId = Annotated[
    UUID, typer.Argument(metavar="TRANSCRIPT", help="The transcript's id.", show_default=False)
]
RevisionNumber = Annotated[
    int | None, typer.Option(min=1, help="Of this revision; left out, the newest.", show_default=False)
]


@transcripts_app.command("list")
def list_transcripts(
    limit: Annotated[int, typer.Option(min=1, max=100, help="How many.")] = 20,
    cursor: Annotated[
        str | None, typer.Option(help="`next_cursor` of the page before.", show_default=False)
    ] = None,
    as_json: AsJson = False,
) -> None:
    """Show the newest transcripts first."""
    from surtitle.cli import transcript_tables  # noqa: PLC0415 - takes seconds
    from surtitle.db.models import PERSONAL_PROJECT  # noqa: PLC0415

    page = answered(lambda parts: parts.transcripts.list(PERSONAL_PROJECT, cursor, limit))
    if as_json:
        items = [transcript_tables.as_json(one) for one in page.items]
        write_json({"items": items, "next_cursor": page.next_cursor})
        return
    transcript_tables.show_list(page.items)
    if page.next_cursor:
        sys.stderr.write(f"There are more: --cursor {page.next_cursor}\n")


@transcripts_app.command()
def show(transcript: TranscriptId, as_json: AsJson = False) -> None:
    """Show one transcript with its newest revisions."""
    from surtitle.cli import transcript_tables  # noqa: PLC0415
    from surtitle.db.models import PERSONAL_PROJECT  # noqa: PLC0415

    async def ask(parts: Any) -> tuple[Any, Any]:
        stored = await parts.transcripts.get(PERSONAL_PROJECT, transcript)
        return stored, await parts.transcripts.revisions(PERSONAL_PROJECT, transcript, None, 20)

    stored, page = answered(ask)
    if as_json:
        write_json(transcript_tables.detail_as_json(stored, page.items))
    else:
        transcript_tables.show_detail(stored, page.items)


@transcripts_app.command()
def export(
    *,
    transcript: TranscriptId,
    output: Annotated[
        str | None,
        typer.Option("--output", "-o", help="A file, or - for standard output.", show_default=False),
    ] = None,
    file_format: Annotated[
        TranscriptFormat | None,
        typer.Option("--format", "-f", help="Left out, as --output ends; else txt.", show_default=False),
    ] = None,
    revision: RevisionNumber = None,
    overwrite: Annotated[bool, typer.Option(help="Replace a file that exists already.")] = False,
) -> None:
    """Write a transcript, with its edits, into a file. Left out, --output is named for its recording."""
    from surtitle.cli.batch.outputs import Target, Wanted, write  # noqa: PLC0415
    from surtitle.db.models import PERSONAL_PROJECT  # noqa: PLC0415
    from surtitle.pipelines.revision_files import RevisionFiles  # noqa: PLC0415

    chosen = file_format or _format_of(output)
    wanted = Path(output).expanduser() if output else None

    async def ask(parts: Any) -> Path | None:
        files = RevisionFiles(parts.transcripts, parts.jobs)
        file = await files.export(PERSONAL_PROJECT, transcript, chosen, revision)
        place = None if output == "-" else wanted or Path(file.name)
        target = Target(Wanted(chosen.value, f".{chosen.value}"), place)
        await write(target, file.open(0, file.size_bytes), overwrite=overwrite, tag=str(transcript))
        return place

    if (place := answered(ask)) is not None:
        sys.stderr.write(f"{place}\n")


@transcripts_app.command("import")
def import_file(
    file: Annotated[Path, typer.Argument(help="An srt, vtt or transcript JSON file.", show_default=False)],
    media: Annotated[
        UUID | None, typer.Option(help="The id of the recording that it is of.", show_default=False)
    ] = None,
    language: Annotated[
        str | None, typer.Option("--language", "-l", help="What is spoken.", show_default=False)
    ] = None,
    as_json: AsJson = False,
) -> None:
    """Make a transcript of a subtitle file, or of a transcript from elsewhere."""
    from surtitle.cli import transcript_tables  # noqa: PLC0415
    from surtitle.db.models import PERSONAL_PROJECT  # noqa: PLC0415
    from surtitle.transcripts.importing.service import TranscriptImports  # noqa: PLC0415

    data = _read(file)
    code = _language_code(language)

    async def ask(parts: Any) -> Any:
        imports = TranscriptImports(parts.database, parts.store)
        return await imports.bring(PERSONAL_PROJECT, file.name, data, media_id=media, language=code)

    stored = answered(ask)
    if as_json:
        write_json(transcript_tables.as_json(stored))
    else:
        typer.echo(str(stored.id))


def _format_of(output: str | None) -> TranscriptFormat:
    from surtitle.errors import Invalid  # noqa: PLC0415

    ending = PurePosixPath(output or "").suffix[1:].lower()
    if not ending:
        return TranscriptFormat.TXT
    try:
        return TranscriptFormat(ending)
    except ValueError:
        known = ", ".join(TranscriptFormat)
        raise Invalid(f"{output} ends in no format that there is; add --format, one of: {known}.") from None


def _read(file: Path) -> bytes:
    from surtitle.errors import Invalid, TooLarge  # noqa: PLC0415
    from surtitle.transcripts.importing.service import MAX_IMPORT_BYTES  # noqa: PLC0415

    try:
        with file.open("rb") as opened:
            data = opened.read(MAX_IMPORT_BYTES + 1)
    except OSError as error:
        raise Invalid(f"{file} cannot be read: {error.strerror}.") from error
    if len(data) > MAX_IMPORT_BYTES:
        raise TooLarge(f"{file} has more than {MAX_IMPORT_BYTES} bytes, the most that is imported.")
    return data


def _language_code(language: str | None) -> str | None:
    from surtitle.domain.languages import language_code  # noqa: PLC0415
    from surtitle.errors import Invalid  # noqa: PLC0415

    try:
        return None if language is None else language_code(language)
    except ValueError as error:
        raise Invalid(f"--language: {error}.") from None
