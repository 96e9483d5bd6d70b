"""`/app/voices/new`, `/app/voices/test` and clips: the forms that a clip of a voice comes with."""

from collections.abc import AsyncIterator, Sequence
from contextlib import asynccontextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Annotated, Any
from uuid import UUID

from fastapi import APIRouter, Depends, Request, Response

from surtitle.accounts.access import Principal
from surtitle.api.access import READS, Caller, WritesProject
from surtitle.api.auditing import Noted, audited
from surtitle.api.browser_sessions import CSRF_FIELD, await_csrf_in_body, require_csrf_in_body
from surtitle.api.dependencies import Use
from surtitle.api.native.voice_forms import read_fields, received_clip
from surtitle.api.services import Services
from surtitle.api.streamed import STREAMED_BODY
from surtitle.media.errors import MalformedUpload
from surtitle.pipelines.voices.enrolment import NewVoice
from surtitle.web.forms import HOME, see_other
from surtitle.web.pages import page
from surtitle.web.told_recognition import told_recognition
from surtitle.web.view import view_of
from surtitle.web.voice_refusals import TOLD_HERE, refusal_of
from surtitle.web.voice_wishes import ClipWish, EnrolWish, shown_again
from surtitle.web.voices import VOICES, address_of_voice, show_one

router = APIRouter()
"""Its forms are read as they arrive, and their token with them."""

_WITH_CLIP: dict[str, Any] = {
    "dependencies": [Depends(await_csrf_in_body), READS],
    "openapi_extra": {STREAMED_BODY: True},
}
_EMPTY = shown_again({})


@router.get("/voices/new", dependencies=[READS])
async def show_enrolment(request: Request, _project: WritesProject, caller: Caller) -> Response:
    """The form for a new voice."""
    return await _enrolment(request, caller)


@router.post("/voices", **_WITH_CLIP)
async def enrol_voice(
    *,
    request: Request,
    use: Use,
    project: WritesProject,
    caller: Caller,
    noted: Annotated[Noted, audited("voice.enrolled", "voice")],
) -> Response:
    """Know a person by a clip, with their consent."""
    async with _received(request, use, caller) as clip:
        try:
            wish = read_fields(EnrolWish, clip.fields)
            agreement = wish.agreement((await view_of(request)).formats)
            new = NewVoice(wish.name, agreement, caller.user_id, own=wish.own, alike=wish.alike)
            detail = await use.voices.enrolment.enrol(project, new, *clip.sound)
        except TOLD_HERE as error:
            refusal = await refusal_of(use, project, error)
            return await _enrolment(request, caller, shown_again(clip.fields), refusal=refusal)
    noted.object_id = detail.voice.id
    return see_other(f"{address_of_voice(detail.voice.id)}?done=enrolled")


@router.post("/voices/{voice_id:uuid}/clips", **_WITH_CLIP)
async def add_clip(
    *,
    voice_id: UUID,
    request: Request,
    use: Use,
    project: WritesProject,
    caller: Caller,
    noted: Annotated[Noted, audited("voice.clip-added", "voice")],
) -> Response:
    """One more clip of a known person."""
    before = await use.voices.service.get(project, voice_id)
    async with _received(request, use, caller) as clip:
        try:
            wish = read_fields(ClipWish, clip.fields)
            enrolment = use.voices.enrolment
            after = await enrolment.add_clip(project, voice_id, *clip.sound, alike=wish.alike)
        except TOLD_HERE as error:
            noted.object_id = None
            refusal = await refusal_of(use, project, error, "clip")
            return await show_one(request, use, project, voice_id, refusal=refusal)
    done = "clip" if len(after.clips) > len(before.clips) else "same-clip"
    return see_other(f"{address_of_voice(voice_id)}?done={done}")


@router.get("/voices/test", dependencies=[READS])
async def show_test(request: Request, use: Use, project: WritesProject) -> Response:
    """The form to try a clip."""
    known = await use.voices.service.known(project)
    return await _test_page(request, nobody_known=not known)


@router.post("/voices/test", **_WITH_CLIP)
async def try_clip(
    *,
    request: Request,
    use: Use,
    project: WritesProject,
    caller: Caller,
    noted: Annotated[Noted, audited("voice.recognised", "project")],
) -> Response:
    """Whose voice it is taken for. Nothing is kept."""
    async with _received(request, use, caller) as clip:
        try:
            found = told_recognition(await use.voices.recognition.whose(project, *clip.sound))
        except TOLD_HERE as error:
            return await _test_page(request, refusal=await refusal_of(use, project, error))
    noted.object_id = project
    return await _test_page(request, found=found)


@dataclass(frozen=True, slots=True)
class _Clip:
    """A form that came with a clip."""

    fields: dict[str, str]
    file: tuple[Path, str]

    @property
    def sound(self) -> tuple[Path, str]:
        """The file, and what it was called. Raises `MalformedUpload` where none was chosen."""
        if not self.file[0].stat().st_size:
            raise MalformedUpload("The form came without a file. Choose one, or record one.")
        return self.file


@asynccontextmanager
async def _received(request: Request, use: Services, caller: Principal) -> AsyncIterator[_Clip]:
    """The form. The token is its first field, so it is here before the file is."""

    def check(fields: Sequence[tuple[str, str]]) -> None:
        require_csrf_in_body(request, caller, dict(fields).get(CSRF_FIELD, ""))

    async with received_clip(request, use, check) as form:
        yield _Clip(dict(form.fields), form.result)


async def _test_page(request: Request, **told: Any) -> Response:
    return await page(request, "voice_test.html", **{"found": None, "nobody_known": False, **told})


async def _enrolment(
    request: Request, caller: Principal, typed: dict[str, Any] = _EMPTY, **more: Any
) -> Response:
    return await page(
        request,
        "voice_new.html",
        typed=typed,
        action=VOICES,
        # Whoever owns the machine has no account that the voice could go with.
        has_account=caller.user_id is not None,
        **more,
    )


assert f"{HOME}/voices" == VOICES, "the routes above are written out"
