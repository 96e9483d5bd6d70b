"""`/app/projects/{project_id}/glossary`: the names and terms that the project's recordings hold."""

from typing import Annotated, Any
from uuid import UUID

from fastapi import APIRouter, Form, Request, Response
from pydantic import BaseModel, Field

from surtitle.api.access import READS, WritesProject
from surtitle.api.dependencies import Use
from surtitle.domain.glossary import MOST_TERMS, TERM_CHARACTERS
from surtitle.web.catalogues import mark as _
from surtitle.web.forms import FORM_TOKEN
from surtitle.web.project.frame import REFUSALS, Done, done_in, project_page
from surtitle.web.sentences import Refusal

router = APIRouter(prefix="/projects/{project_id}/glossary", dependencies=[FORM_TOKEN, READS])

_DONE = {"saved": _("The glossary is saved. New jobs take it along.")}
# Each term on a line of its own.
_MOST_CHARACTERS = 2 * MOST_TERMS * (TERM_CHARACTERS + 2)


class GlossaryForm(BaseModel):
    """A term on each line; empty lines mean nothing."""

    terms: Annotated[str, Field(max_length=_MOST_CHARACTERS)] = ""

    def listed(self) -> list[str]:
        return [line for line in self.terms.splitlines() if line.strip()]


@router.get("", dependencies=[READS])
async def show_glossary(project_id: UUID, request: Request, use: Use, done: Done = "") -> Response:
    """All terms, in order."""
    terms = "\n".join(await use.glossary.terms(project_id))
    return await _glossary(request, project_id, terms, done=_DONE.get(done, ""))


@router.post("")
async def save_glossary(
    project_id: UUID, form: Annotated[GlossaryForm, Form()], request: Request, use: Use, _may: WritesProject
) -> Response:
    """Make this the whole list."""
    try:
        await use.glossary.replace(project_id, form.listed())
    except REFUSALS as error:
        return await _glossary(request, project_id, form.terms, refusal=Refusal.of(error, "terms"))
    return done_in(project_id, "/glossary", "saved")


async def _glossary(request: Request, project_id: UUID, terms: str, **shown: Any) -> Response:
    return await project_page(
        request, project_id, "glossary.html", terms=terms, most_terms=MOST_TERMS, **shown
    )
