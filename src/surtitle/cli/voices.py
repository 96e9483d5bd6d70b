"""`surtitle voices`: people whose voices this installation knows."""

import sys
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from datetime import UTC, datetime
from pathlib import Path
from typing import Annotated, Any
from uuid import UUID

import typer

from surtitle.cli.asking import answered, write_json
from surtitle.errors import SurtitleError

voices_app = typer.Typer(help="Enrol, list, change and erase known voices.", no_args_is_help=True)

AsJson = Annotated[bool, typer.Option("--json", help="As JSON, for programs.")]
VoiceId = Annotated[UUID, typer.Argument(metavar="VOICE", help="The voice's id.", show_default=False)]
Clips = Annotated[
    list[Path],
    typer.Argument(help="Sound or video in which the person alone speaks.", exists=True, dir_okay=False),
]
Speaker = Annotated[
    str | None,
    typer.Option(help="Instead of clips: a speaker of --transcript, such as speaker_2.", show_default=False),
]
TranscriptId = Annotated[
    UUID | None, typer.Option("--transcript", help="The transcript of --speaker.", show_default=False)
]
Alike = Annotated[bool, typer.Option("--alike", help="Never mind what it sounds like.")]
Until = Annotated[
    datetime | None,
    typer.Option(help="Until when the consent holds (UTC); left out, until taken back.", show_default=False),
]


@voices_app.command()
def enrol(
    *,
    name: Annotated[str, typer.Argument(help="Whose voice it is.", show_default=False)],
    clips: Annotated[
        list[Path] | None,
        typer.Argument(help="Sound or video in which the person alone speaks.", exists=True, dir_okay=False),
    ] = None,
    consent: Annotated[
        str, typer.Option("--consent", help="Who agreed, and how: 'Ana, by e-mail'.", show_default=False)
    ],
    purpose: Annotated[str, typer.Option(help="What for.")] = "Names of speakers in transcripts and minutes",
    until: Until = None,
    speaker: Speaker = None,
    transcript: TranscriptId = None,
    alike: Alike = False,
    as_json: AsJson = False,
) -> None:
    """Know a person by clips of their voice, or by a labelled speaker, with their consent."""
    from surtitle.clock import utc_now  # noqa: PLC0415 - takes seconds
    from surtitle.db.models import PERSONAL_PROJECT  # noqa: PLC0415
    from surtitle.pipelines.voices.consent import Agreement  # noqa: PLC0415
    from surtitle.pipelines.voices.enrolment import NewVoice  # noqa: PLC0415

    place = _place(clips or [], speaker, transcript)
    agreement = Agreement(consent, purpose, utc_now(), _in_utc(until))
    new = NewVoice(name, agreement, alike=alike)

    async def ask(parts: Any) -> Any:
        enrolment = parts.voices.enrolment
        if place is not None:
            return await enrolment.enrol_speaker(PERSONAL_PROJECT, new, place)
        first, *others = clips or []
        with _telling_which(first):
            detail = await enrolment.enrol(PERSONAL_PROJECT, new, first, first.name)
        for clip in others:
            with _telling_which(clip, f"The clips before it are enrolled, as voice {detail.voice.id}."):
                detail = await enrolment.add_clip(
                    PERSONAL_PROJECT, detail.voice.id, clip, clip.name, alike=alike
                )
        return detail

    _tell(answered(ask), as_json=as_json)


@voices_app.command("add-clip")
def add_clip(voice: VoiceId, clips: Clips, alike: Alike = False, as_json: AsJson = False) -> None:
    """Learn a known voice from more clips."""
    from surtitle.db.models import PERSONAL_PROJECT  # noqa: PLC0415

    async def ask(parts: Any) -> Any:
        for clip in clips:
            with _telling_which(clip):
                detail = await parts.voices.enrolment.add_clip(
                    PERSONAL_PROJECT, voice, clip, clip.name, alike=alike
                )
        return detail

    _tell(answered(ask), as_json=as_json)


@voices_app.command("list")
def list_voices(as_json: AsJson = False) -> None:
    """Show the voices, in the order in which they were enrolled."""
    from surtitle.db.models import PERSONAL_PROJECT  # noqa: PLC0415

    async def ask(parts: Any) -> list[Any]:
        found, cursor = [], None
        while True:
            page = await parts.voices.service.list(PERSONAL_PROJECT, cursor, 200)
            found += page.items
            if (cursor := page.next_cursor) is None:
                return found

    details = answered(ask)
    if as_json:
        write_json({"items": [_document(one) for one in details]})
        return
    for detail in details:
        typer.echo(_line(detail))


@voices_app.command()
def change(
    *,
    voice: VoiceId,
    name: Annotated[str | None, typer.Option(help="Another name.", show_default=False)] = None,
    consent: Annotated[
        str | None, typer.Option("--consent", help="A new consent: who agreed, and how.", show_default=False)
    ] = None,
    purpose: Annotated[str, typer.Option(help="What for.")] = "Names of speakers in transcripts and minutes",
    until: Until = None,
    as_json: AsJson = False,
) -> None:
    """Give a voice another name, or record a new consent."""
    from surtitle.clock import utc_now  # noqa: PLC0415
    from surtitle.db.models import PERSONAL_PROJECT  # noqa: PLC0415
    from surtitle.pipelines.voices.consent import Agreement  # noqa: PLC0415

    agreement = Agreement(consent, purpose, utc_now(), _in_utc(until)) if consent else None
    wish = {"name": name, "agreement": agreement}
    detail = answered(lambda parts: parts.voices.service.change(PERSONAL_PROJECT, voice, **wish))
    _tell(detail, as_json=as_json)


@voices_app.command("name-past-meetings")
def name_past_meetings(voice: VoiceId) -> None:
    """Listen to all past meetings for this voice, and put its name where it is found."""
    from surtitle.db.models import PERSONAL_PROJECT  # noqa: PLC0415
    from surtitle.transcripts.creation import OWNER  # noqa: PLC0415

    async def ask(parts: Any) -> tuple[int, int]:
        looked_at, named, cursor = 0, 0, None
        while True:
            page = await parts.voices.naming.name_past(PERSONAL_PROJECT, voice, cursor, 20, OWNER)
            looked_at, named = looked_at + page.looked_at, named + len(page.named)
            if (cursor := page.next_cursor) is None:
                return looked_at, named

    looked_at, named = answered(ask)
    typer.echo(f"Found in {named} of {looked_at} meetings.")


@voices_app.command()
def erase(voice: VoiceId, as_json: AsJson = False) -> None:
    """Erase a voice, and its name in every meeting that it was found in."""
    from surtitle.db.models import PERSONAL_PROJECT  # noqa: PLC0415

    done = answered(lambda parts: parts.voices.erasing.erase(PERSONAL_PROJECT, voice))
    if as_json:
        write_json({"voice_id": str(done.voice_id), "finished": done.finished, "erased": dict(done.erased)})
    elif done.finished:
        typer.echo("Erased: " + ", ".join(f"{kind} {count}" for kind, count in done.erased.items()))
    else:
        sys.stderr.write(
            "A meeting is under way that may name this voice: the rest goes when it has ended.\n"
        )


def _place(clips: Sequence[Path], speaker: str | None, transcript: UUID | None) -> Any:
    from surtitle.errors import Invalid  # noqa: PLC0415
    from surtitle.pipelines.voices.labelled_turns import SpeakerPlace  # noqa: PLC0415

    if speaker is not None and transcript is not None and not clips:
        return SpeakerPlace(transcript, speaker)
    if not clips or speaker is not None or transcript is not None:
        raise Invalid("Name clips, or --transcript and --speaker.")
    return None


def _in_utc(moment: datetime | None) -> datetime | None:
    return moment.replace(tzinfo=UTC) if moment is not None else None


def _tell(detail: Any, *, as_json: bool) -> None:
    if as_json:
        write_json(_document(detail))
    else:
        typer.echo(_line(detail))


def _line(detail: Any) -> str:
    seconds = sum(clip.speech_seconds for clip in detail.clips)
    state = "" if detail.in_force else "  (consent over: not compared)"
    return f"{detail.voice.id}  {detail.voice.name}  {len(detail.clips)} clips, {seconds:.0f} s{state}"


def _document(detail: Any) -> dict[str, Any]:
    consent = detail.consents[0] if detail.consents else None
    return {
        "id": str(detail.voice.id),
        "name": detail.voice.name,
        "in_force": detail.in_force,
        "consent": consent
        and {
            "given_by": consent.given_by,
            "purpose": consent.purpose,
            "given_at": consent.given_at.isoformat(),
            "expires_at": consent.expires_at and consent.expires_at.isoformat(),
        },
        "clips": [
            {"id": str(clip.id), "speech_seconds": clip.speech_seconds, "noise_decibels": clip.noise_decibels}
            for clip in detail.clips
        ],
    }


@contextmanager
def _telling_which(clip: Path, before: str = "") -> Iterator[None]:
    """What is wrong with a clip, with its name: there may be many."""
    try:
        yield
    except SurtitleError as error:
        error.message = " ".join(filter(None, (f"{clip}: {error.message}", before)))
        raise
