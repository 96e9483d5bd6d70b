"""`/app`: where work begins, with a recording, the microphone or a prompt."""

from collections.abc import Sequence
from typing import Annotated
from uuid import UUID

from fastapi import APIRouter, Depends, Form, Request, Response

from surtitle.accounts.access import Principal
from surtitle.api.access import READS, Caller, ReadsProject, WritesProject
from surtitle.api.auditing import Noted, audited
from surtitle.api.browser_sessions import CSRF_FIELD, await_csrf_in_body, require_csrf_in_body
from surtitle.api.dependencies import Use
from surtitle.api.dialects.starting import started
from surtitle.api.streamed import STREAMED_BODY
from surtitle.api.uploading import receive_fields
from surtitle.db.job_models import Job
from surtitle.domain.recipes import FILM
from surtitle.ids import new_id
from surtitle.jobs.acceptance import NewJob
from surtitle.web.choices import ASPECTS, SPOKEN_RECIPES, Choices, FilmChoices, kept, read_choices, remembered
from surtitle.web.film_form import FilmForm
from surtitle.web.film_studio import LOOK_COOKIE
from surtitle.web.forms import FORM_TOKEN, HOME, FormKey, once, see_other
from surtitle.web.pages import page
from surtitle.web.preferences import remember
from surtitle.web.view import view_of

CHOICES_COOKIE = "surtitle_start"

router = APIRouter(dependencies=[FORM_TOKEN, READS])
with_files = APIRouter()
"""Forms that are read as they arrive, and their token with them."""

Started = Annotated[Noted, audited("job.started", "job")]


class PromptForm(FilmChoices):
    """A film of a text; with the same key it is begun once."""

    key: FormKey = ""


class RecordingForm(Choices):
    """A recording that is here already, and what is wanted of it."""

    media_id: UUID


@router.get("")
async def show_start(request: Request, use: Use, _project: ReadsProject) -> Response:
    """The first page."""
    return await page(
        request,
        "start.html",
        recipes=SPOKEN_RECIPES,
        aspects=ASPECTS,
        film_aspect=_film_as_last(request).values.get("aspect", ""),
        choices=remembered(request.cookies.get(CHOICES_COOKIE, "")),
        spoken_languages=(await view_of(request)).formats.spoken_languages(),
        most_bytes=use.settings.limits.upload_bytes,
        key=new_id(),
    )


@router.post("/jobs/of-recording")
async def start_on_recording(
    *,
    form: Annotated[RecordingForm, Form()],
    request: Request,
    use: Use,
    project: WritesProject,
    caller: Caller,
    noted: Started,
) -> Response:
    """Begin a job on a recording that was uploaded before."""
    job = await use.jobs.create(_wish(project, caller, form.recipe, form.options(), form.media_id))
    return _begun(request, noted, job, form)


@router.post("/jobs/of-prompt")
async def start_film(
    *,
    form: Annotated[PromptForm, Form()],
    request: Request,
    use: Use,
    project: WritesProject,
    caller: Caller,
    noted: Started,
) -> Response:
    """Begin a film of a prompt; the studio has all that can be chosen of it."""
    options = form.options()
    job = await use.jobs.create(_wish(project, caller, FILM, options), once(form.key, options))
    noted.object_id = job.id
    answer = see_other(address_of_job(job.id))
    remember(request, answer, LOOK_COOKIE, _film_as_last(request).with_values(aspect=form.aspect).look)
    return answer


@with_files.post(
    "/jobs/of-file", dependencies=[Depends(await_csrf_in_body), READS], openapi_extra={STREAMED_BODY: True}
)
async def start_on_file(
    request: Request, use: Use, project: WritesProject, caller: Caller, noted: Started
) -> Response:
    """Take a recording in by a plain form, and begin a job on it."""

    def check(fields: Sequence[tuple[str, str]]) -> None:
        given = dict(fields)
        # The token is the form's first field, so it is here before the file is.
        require_csrf_in_body(request, caller, given.get(CSRF_FIELD, ""))
        read_choices(given)

    form = await receive_fields(request, use.media, project, created_by=caller.user_id, check=check)
    choices = read_choices(dict(form.fields))
    wish = _wish(project, caller, choices.recipe, choices.options(), form.result.id)
    return _begun(request, noted, await started(use, wish, None), choices)


def address_of_job(job_id: UUID) -> str:
    return f"{HOME}/recordings/{job_id}"


def _wish(
    project: UUID, caller: Principal, recipe: str, options: dict[str, object], media_id: UUID | None = None
) -> NewJob:
    return NewJob(project, recipe, media_id, options, created_by=caller.user_id)


def _film_as_last(request: Request) -> FilmForm:
    return FilmForm().remembering(request.cookies.get(LOOK_COOKIE, ""))


def _begun(request: Request, noted: Noted, job: Job, choices: Choices) -> Response:
    noted.object_id = job.id
    answer = see_other(address_of_job(job.id))
    remember(request, answer, CHOICES_COOKIE, kept(choices))
    return answer
