"""`/app/voices`: the people whose voices the project knows, what they agreed to, and how to erase them."""

from dataclasses import dataclass
from datetime import timedelta
from typing import Annotated, Any
from uuid import UUID

from fastapi import APIRouter, Form, Query, Request, Response
from pydantic import BaseModel, Field

from surtitle.accounts.access import Permission
from surtitle.api.access import READS, Caller, DeletesInProject, ReadsProject, WritesProject
from surtitle.api.auditing import Noted, audited
from surtitle.api.dependencies import Cursor, Use
from surtitle.api.native.voice_forms import read_fields
from surtitle.api.services import Services
from surtitle.clock import utc_now
from surtitle.pipelines.voices.consent import Agreement
from surtitle.pipelines.voices.details import VoiceDetail
from surtitle.web.catalogues import mark as _
from surtitle.web.forms import FORM_TOKEN, HOME, see_other
from surtitle.web.pages import page
from surtitle.web.view import view_of
from surtitle.web.voice_refusals import TOLD_HERE, refusal_of
from surtitle.web.voice_wishes import ConsentWish, shown_again

router = APIRouter(dependencies=[FORM_TOKEN, READS])

VOICES = f"{HOME}/voices"
ON_A_PAGE = 50
_ONE = "/voices/{voice_id:uuid}"
# Some seconds are listened to of each: more at once would keep a browser waiting.
_MEETINGS_AT_ONCE = 5
_ENDS_SOON = timedelta(days=30)

STATE_NAMES = {
    "known": _("Known"),
    "consent-over": _("Consent has ended"),
    "erasing": _("Being erased"),
}

DONE = {
    "enrolled": _(
        "The voice is known from now on. More clips make it surer: three are much better than one."
    ),
    "renamed": _("The name is changed. Recordings from before say the old one until you look through them."),
    "agreed": _("The new consent is recorded."),
    "clip": _("The clip is learned."),
    "same-clip": _("This very clip was learned before, so nothing changes."),
    "forgotten": _("What that clip taught is forgotten."),
    "erased": _("The voice is erased, and its name with it."),
    "erasing": _(
        "The voice is recognised no more. A meeting is being worked on that may name it: the rest goes "
        "within a minute after it has ended."
    ),
}
"""What was done just before, by the word in the address."""


@dataclass(frozen=True, slots=True)
class Looked:
    """What came of looking through past meetings; `further`: the cursor to those before."""

    at: int
    named: int
    further: str


@router.get("/voices")
async def show_voices(
    *, request: Request, use: Use, project: ReadsProject, cursor: Cursor = None, done: str = ""
) -> Response:
    """The list."""
    listed = await use.voices.service.list(project, cursor, ON_A_PAGE)
    return await page(
        request,
        "voices.html",
        voices=listed.items,
        next_cursor=listed.next_cursor,
        first=cursor is None,
        state_names=STATE_NAMES,
        soon=utc_now() + _ENDS_SOON,
        done=DONE.get(done, ""),
    )


@router.get(_ONE)
async def show_voice(
    *,
    voice_id: UUID,
    request: Request,
    use: Use,
    project: ReadsProject,
    done: str = "",
    looked: Annotated[int | None, Query(ge=0, le=_MEETINGS_AT_ONCE)] = None,
    named: Annotated[int, Query(ge=0, le=_MEETINGS_AT_ONCE)] = 0,
    further: Cursor = None,
) -> Response:
    """One person: what they agreed to, what is known of their voice, and what can be done with it."""
    seen = None if looked is None else Looked(looked, named, further or "")
    return await show_one(request, use, project, voice_id, done=DONE.get(done, ""), looked=seen)


class NameForm(BaseModel):
    """Of a voice."""

    name: Annotated[str, Field(max_length=1000)] = ""


@router.post(f"{_ONE}/name")
async def rename_voice(
    *,
    voice_id: UUID,
    form: Annotated[NameForm, Form()],
    request: Request,
    use: Use,
    project: WritesProject,
    noted: Annotated[Noted, audited("voice.changed", "voice")],
) -> Response:
    """Another name."""
    try:
        await use.voices.service.change(project, voice_id, name=form.name)
    except TOLD_HERE as error:
        noted.object_id = None
        refusal = await refusal_of(use, project, error, "name")
        return await show_one(request, use, project, voice_id, refusal=refusal, name=form.name)
    return see_other(f"{address_of_voice(voice_id)}?done=renamed")


@router.post(f"{_ONE}/consent")
async def prolong_consent(
    *,
    voice_id: UUID,
    request: Request,
    use: Use,
    project: WritesProject,
    caller: Caller,
    noted: Annotated[Noted, audited("voice.changed", "voice")],
) -> Response:
    """A new consent; the old ones stay on record."""
    typed = {name: value for name, value in (await request.form()).items() if isinstance(value, str)}
    try:
        agreement = await _agreement(request, typed)
        await use.voices.service.change(project, voice_id, agreement=agreement, by=caller.user_id)
    except TOLD_HERE as error:
        noted.object_id = None
        refusal = await refusal_of(use, project, error, "consent")
        again = shown_again(typed)
        return await show_one(request, use, project, voice_id, refusal=refusal, typed=again)
    return see_other(f"{address_of_voice(voice_id)}?done=agreed")


@router.post(f"{_ONE}/clips/{{clip_id:uuid}}/remove", dependencies=[audited("voice.clip-removed", "voice")])
async def remove_clip(voice_id: UUID, clip_id: UUID, use: Use, project: DeletesInProject) -> Response:
    """Forget what one clip taught."""
    await use.voices.service.remove_clip(project, voice_id, clip_id)
    return see_other(f"{address_of_voice(voice_id)}?done=forgotten")


class FurtherForm(BaseModel):
    """Which past meetings: those before the cursor."""

    cursor: Annotated[str, Field(pattern="^([A-Za-z0-9_-]{22})?$")] = ""


@router.post(f"{_ONE}/name-past-meetings", dependencies=[audited("voice.named-in-past", "voice")])
async def name_past_meetings(
    voice_id: UUID,
    form: Annotated[FurtherForm, Form()],
    use: Use,
    project: WritesProject,
    caller: Caller,
) -> Response:
    """Listen to some past meetings for this voice, and put its name where it is found."""
    naming = use.voices.naming
    done = await naming.name_past(project, voice_id, form.cursor or None, _MEETINGS_AT_ONCE, caller.name)
    told = f"looked={done.looked_at}&named={len(done.named)}"
    further = f"&further={done.next_cursor}" if done.next_cursor else ""
    return see_other(f"{address_of_voice(voice_id)}?{told}{further}#past")


@router.get(f"{_ONE}/erase")
async def show_erasing(voice_id: UUID, request: Request, use: Use, project: DeletesInProject) -> Response:
    """What goes, what stays, and the button."""
    detail = await use.voices.service.get(project, voice_id)
    return await page(request, "voice_erase.html", voice=detail)


@router.post(f"{_ONE}/erase", dependencies=[audited("voice.erased", "voice")])
async def erase_voice(voice_id: UUID, use: Use, project: DeletesInProject) -> Response:
    """Erase it, and its name wherever the voice put it."""
    done = await use.voices.erasing.erase(project, voice_id)
    return see_other(f"{VOICES}?done={'erased' if done.finished else 'erasing'}")


def address_of_voice(voice_id: UUID) -> str:
    return f"{VOICES}/{voice_id}"


async def show_one(request: Request, use: Services, project: UUID, voice_id: UUID, **told: Any) -> Response:
    """The page of one voice. `told`: what was refused or done, by the names that the template has for it."""
    detail = await use.voices.service.get(project, voice_id)
    view = await view_of(request)
    content = {"looked": None, "done": "", "name": detail.voice.name, "typed": _as_before(detail), **told}
    return await page(
        request,
        "voice.html",
        voice=detail,
        state_names=STATE_NAMES,
        may_delete=view.may(Permission.DELETE),
        **content,
    )


def _as_before(detail: VoiceDetail) -> dict[str, Any]:
    """What a new consent will mostly say too."""
    newest = detail.consents[0] if detail.consents else None
    return shown_again({"given_by": newest.given_by, "purpose": newest.purpose} if newest else {})


async def _agreement(request: Request, typed: dict[str, str]) -> Agreement:
    return read_fields(ConsentWish, typed).agreement((await view_of(request)).formats)
