"""`/app/recordings/{job_id}/edit`: a text is corrected, by a script that saves by itself or by forms."""

from collections.abc import Awaitable, Callable, Sequence
from collections.abc import Set as AbstractSet
from dataclasses import dataclass
from typing import Annotated, Any, Literal
from uuid import UUID

from fastapi import APIRouter, Depends, Form, Query, Request, Response
from fastapi.responses import JSONResponse
from pydantic import BaseModel

from surtitle.api.access import READS, Caller, WritesProject
from surtitle.api.auditing import Noted, audited
from surtitle.api.dependencies import Use
from surtitle.api.services import Services
from surtitle.db.models import Revision
from surtitle.domain.transcript import Segment, Transcript
from surtitle.errors import Conflict, Invalid, QuotaExceeded
from surtitle.jobs.acceptance import NewJob
from surtitle.transcripts.errors import NothingChanged
from surtitle.transcripts.operations import Operation
from surtitle.web.catalogues import catalogue
from surtitle.web.catalogues import mark as _
from surtitle.web.cue_rows import cues_of
from surtitle.web.edit_wishes import (
    CAPTIONED_VIDEO,
    Base,
    CueForm,
    ReplaceForm,
    SpeakerForm,
    StepForm,
    VideoForm,
)
from surtitle.web.editor_page import Edited, Said, editor_page, require_edited
from surtitle.web.editor_problems import said_of
from surtitle.web.forms import FORM_TOKEN, once, see_other
from surtitle.web.pages import Pages
from surtitle.web.recording_page import address_of
from surtitle.web.revision_authors import Author, authors_in
from surtitle.web.view import View, view_of

router = APIRouter(dependencies=[FORM_TOKEN, READS])

_HERE = "/recordings/{job_id}/edit"
_TOLD_REVISIONS = 20

DONE = {
    "replaced": _("Found and replaced."),
    "named": _("The name is changed everywhere."),
}
"""What the page says after a form that was sent just before; its address says which."""


@router.get(_HERE, dependencies=[audited("transcript.read", "job")])
async def show_editor(
    *,
    job_id: UUID,
    request: Request,
    use: Use,
    project: WritesProject,
    cue: Annotated[str, Query(max_length=30)] = "",
    done: Literal["", "replaced", "named"] = "",
) -> Response:
    """The editor; `cue` has its form open, which works without a script."""
    return await editor_page(request, use, project, job_id, Said(cue=cue, done=DONE.get(done, "")))


@router.get(f"{_HERE}/changes", dependencies=[audited("transcript.read", "job")])
async def show_changes(
    *, job_id: UUID, request: Request, use: Use, project: WritesProject, caller: Caller, since: Base
) -> Response:
    """The cues that differ from revision `since`, as the page lists them; nothing where none do."""
    found = await require_edited(use, project, job_id)
    stored, number = found.text.stored, found.text.number
    if number == since:
        return Response(status_code=204)
    changes = await use.transcripts.diff(project, stored.id, since, number)
    newer = await use.transcripts.revisions(project, stored.id, None, _TOLD_REVISIONS)
    authors = await authors_in(use, project, caller)
    view, pages = await view_of(request), request.app.state.pages
    told = {
        str(one.number): _author(authors.of(one), view.language) for one in newer.items if one.number > since
    }
    fresh = {segment.id for splice in changes.splices for segment in splice.inserted}
    gone = {segment_id for splice in changes.splices for segment_id in splice.removed} - fresh
    cues = _told_cues(pages, view, found, fresh)
    return JSONResponse({"revision": number, "by": told, "cues": cues, "gone": sorted(gone)})


def _author(author: Author, language: str) -> str:
    return catalogue(language).gettext(author.told) if author.told else author.name


def _told_cues(pages: Pages, view: View, found: Edited, fresh: AbstractSet[str]) -> list[dict[str, Any]]:
    """Each as the page shows it, and after which one it stands."""
    rows = cues_of(found.text.transcript)
    before = [None, *(row.id for row in rows)]
    return [
        {"id": row.id, "after": previous, "row": pages.text(view, "cue.html", row=row, here=found.address)}
        for previous, row in zip(before, rows, strict=False)
        if row.id in fresh
    ]


@dataclass(frozen=True, slots=True)
class _Act:
    """An edit by a form, and the page afterwards. `found`: the text as it was when the form came in."""

    request: Request
    use: Services
    project: UUID
    found: Edited
    author: str
    noted: Noted

    async def untouched(self, form: CueForm) -> Segment | None:
        """The cue as it stands, if it stands as the form knew it."""
        text = self.found.text
        now = _segment(text.transcript, form.cue)
        if form.base == text.number:
            return now
        then = await self.use.transcripts.text(self.project, text.stored.id, form.base)
        return now if now == _segment(then.transcript, form.cue) else None

    async def revise(self, operations: Sequence[Operation], form: BaseModel, where: str) -> Response:
        """Make a revision of the text that was found."""
        text = self.found.text
        if not operations:
            return see_other(f"{self.found.address}{where}")
        revising = self.use.transcripts.revise
        return await self.done(
            lambda: revising(self.project, text.stored.id, text.number, operations, self.author), form, where
        )

    async def done(self, act: Callable[[], Awaitable[Revision]], form: BaseModel, where: str) -> Response:
        """Do it and go on at `where`, or say beside the form why not."""
        try:
            await act()
        except NothingChanged:
            return see_other(f"{self.found.address}{where}")
        except (Conflict, Invalid) as error:
            return await self.page(said_of(error, form))
        self.noted.object_id = self.found.text.stored.id
        return see_other(f"{self.found.address}{where}")

    async def page(self, said: Said) -> Response:
        """The editor again, with what could not be done."""
        return await editor_page(self.request, self.use, self.project, self.found.detail.job.id, said)


async def _act(
    *,
    job_id: UUID,
    request: Request,
    use: Use,
    project: WritesProject,
    caller: Caller,
    noted: Annotated[Noted, audited("transcript.edited", "transcript")],
) -> _Act:
    return _Act(request, use, project, await require_edited(use, project, job_id), caller.name, noted)


def _segment(transcript: Transcript, segment_id: str) -> Segment | None:
    return next((one for one in transcript.segments if one.id == segment_id), None)


Editing = Annotated[_Act, Depends(_act)]


@router.post(f"{_HERE}/cue")
async def change_cue(form: Annotated[CueForm, Form()], act: Editing) -> Response:
    """Save one cue. What others changed elsewhere stays; of what they changed here both are shown."""
    segment = await act.untouched(form)
    if segment is None:
        return await act.page(said_of(None, form))
    return await act.revise(form.operations(segment), form, f"#cue-{form.cue}")


@router.post(f"{_HERE}/replace")
async def replace_text(form: Annotated[ReplaceForm, Form()], act: Editing) -> Response:
    """Put another text in the place of one, wherever it stands in the newest revision."""
    return await act.revise(form.operations(), form, "?done=replaced")


@router.post(f"{_HERE}/speaker")
async def name_speaker(form: Annotated[SpeakerForm, Form()], act: Editing) -> Response:
    """Call a speaker otherwise; who has the name of another becomes one with them."""
    return await act.revise(form.operations(act.found.text.transcript), form, "?done=named")


@router.post(f"{_HERE}/{{step}}")
async def step_in_history(
    step: Literal["undo", "redo"], form: Annotated[StepForm, Form()], act: Editing
) -> Response:
    """Take the newest edit back, or do it again."""
    go = act.use.transcripts.undo if step == "undo" else act.use.transcripts.redo
    stored_id = act.found.text.stored.id
    return await act.done(lambda: go(act.project, stored_id, form.base, act.author), form, "")


@router.post("/recordings/{job_id}/video")
async def make_video(
    *,
    form: Annotated[VideoForm, Form()],
    job_id: UUID,
    request: Request,
    use: Use,
    project: WritesProject,
    caller: Caller,
    noted: Annotated[Noted, audited("job.started", "job")],
) -> Response:
    """Make the captioned video of the newest text."""
    noted.object_id = None
    found = await require_edited(use, project, job_id)
    wish = NewJob(
        project,
        CAPTIONED_VIDEO,
        None,
        form.options(found.detail.job.options),
        transcript_id=found.text.stored.id,
        created_by=caller.user_id,
    )
    try:
        # What was edited in between makes another video.
        job = await use.jobs.create(wish, once(form.key, form.captions, found.text.number))
    except (Conflict, Invalid, QuotaExceeded) as error:
        return await editor_page(request, use, project, job_id, said_of(error, form))
    noted.object_id = job.id
    return see_other(address_of(job.id))
