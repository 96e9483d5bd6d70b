"""`/app/projects/{project_id}/settings`: its name, and what its jobs do unless they are told otherwise."""

import json
from typing import Annotated, Any
from uuid import UUID

from fastapi import APIRouter, Form, Request, Response
from pydantic import BaseModel, Field

from surtitle.accounts.projects import ProjectChanges
from surtitle.api.access import MANAGES, Caller
from surtitle.api.dependencies import Address, Use
from surtitle.api.services import Services
from surtitle.errors import Invalid
from surtitle.web.catalogues import mark as _
from surtitle.web.choices import SPOKEN_RECIPES
from surtitle.web.forms import FORM_TOKEN
from surtitle.web.project.frame import REFUSALS, Done, done_in, project_page
from surtitle.web.sentences import Refusal
from surtitle.web.view import view_of

router = APIRouter(prefix="/projects/{project_id}/settings", dependencies=[FORM_TOKEN, MANAGES])

_DONE = {"saved": _("The settings are saved.")}
_MOST_CHARACTERS = 100_000
_EXAMPLE = '{"subtitles": {"subtitles": {"max_lines": 1}}}'


class NameForm(BaseModel):
    """What the project is called."""

    name: Annotated[str, Field(max_length=200)]


class LanguageForm(BaseModel):
    """What is spoken in most of its recordings; empty: to be found out each time."""

    language: Annotated[str, Field(max_length=10)] = ""


class OptionsForm(BaseModel):
    """Options by recipe, as JSON."""

    options: Annotated[str, Field(max_length=_MOST_CHARACTERS)] = ""

    def by_recipe(self) -> dict[str, Any]:
        """Raises `Invalid` for what is no JSON object."""
        try:
            found = json.loads(self.options or "{}")
        except ValueError as error:
            raise Invalid(f"The default options are no JSON: {error}.", field="options") from None
        if not isinstance(found, dict):
            raise Invalid("The default options are an object by recipe: {…}.", field="options")
        return found


@router.get("")
async def show_settings(
    project_id: UUID, request: Request, use: Use, caller: Caller, done: Done = ""
) -> Response:
    """The forms."""
    return await _settings(request, use, caller, project_id, done=_DONE.get(done, ""))


@router.post("/name")
async def rename(
    *,
    project_id: UUID,
    form: Annotated[NameForm, Form()],
    request: Request,
    use: Use,
    caller: Caller,
    address: Address,
) -> Response:
    """Call it something else."""
    try:
        await use.people.projects.change(caller, project_id, ProjectChanges(name=form.name), address)
    except REFUSALS as error:
        refusal = Refusal.of(error, "name")
        return await _settings(request, use, caller, project_id, refusal=refusal, name=form.name)
    return done_in(project_id, "/settings", "saved")


@router.post("/language")
async def set_language(
    *,
    project_id: UUID,
    form: Annotated[LanguageForm, Form()],
    request: Request,
    use: Use,
    caller: Caller,
    address: Address,
) -> Response:
    """The language of every kind of job that listens."""
    options = await _options(use, caller, project_id)
    changes = ProjectChanges(default_options=_with_language(options, form.language))
    try:
        await use.people.projects.change(caller, project_id, changes, address)
    except REFUSALS as error:
        return await _settings(request, use, caller, project_id, refusal=Refusal.of(error, "language"))
    return done_in(project_id, "/settings", "saved")


@router.post("/options")
async def set_options(
    *,
    project_id: UUID,
    form: Annotated[OptionsForm, Form()],
    request: Request,
    use: Use,
    caller: Caller,
    address: Address,
) -> Response:
    """All default options at once."""
    try:
        changes = ProjectChanges(default_options=form.by_recipe())
        await use.people.projects.change(caller, project_id, changes, address)
    except REFUSALS as error:
        refusal = Refusal.of(error, "options")
        return await _settings(request, use, caller, project_id, refusal=refusal, typed=form.options)
    return done_in(project_id, "/settings", "saved")


async def _settings(
    request: Request,
    use: Services,
    caller: Caller,
    project_id: UUID,
    *,
    name: str | None = None,
    typed: str | None = None,
    **shown: Any,
) -> Response:
    project = (await use.people.projects.get(caller, project_id)).project
    options = project.default_options
    written = json.dumps(options, ensure_ascii=False, indent=2) if options else ""
    formats = (await view_of(request)).formats
    return await project_page(
        request,
        project_id,
        "settings.html",
        name=project.name if name is None else name,
        example=_EXAMPLE,
        options=written if typed is None else typed,
        language=_language_of(options),
        spoken_languages=formats.spoken_languages(),
        **shown,
    )


async def _options(use: Services, caller: Caller, project_id: UUID) -> dict[str, Any]:
    return (await use.people.projects.get(caller, project_id)).project.default_options


def _language_of(options: dict[str, Any]) -> str:
    """The one that all kinds of jobs have; nothing where they differ."""
    found = {options.get(recipe, {}).get("language") or "" for recipe in SPOKEN_RECIPES}
    return found.pop() if len(found) == 1 else ""


def _with_language(options: dict[str, Any], language: str) -> dict[str, Any]:
    changed = {recipe: dict(chosen) for recipe, chosen in options.items()}
    for recipe in SPOKEN_RECIPES:
        own = changed.setdefault(recipe, {})
        own.pop("language", None)
        if language:
            own["language"] = language
    return {recipe: chosen for recipe, chosen in changed.items() if chosen}
