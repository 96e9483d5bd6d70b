"""`/app/films/new`: a film as somebody wishes it: what it tells, how it looks, sounds, what it will take."""

from collections.abc import Sequence
from http import HTTPStatus
from secrets import randbelow
from typing import Annotated, Literal
from uuid import UUID

from fastapi import APIRouter, Depends, Query, Request, Response
from fastapi.responses import StreamingResponse

from surtitle.accounts.access import Principal
from surtitle.api.access import READS, Caller, WritesProject
from surtitle.api.auditing import Noted, audited
from surtitle.api.browser_sessions import CSRF_FIELD, await_csrf_in_body, require_csrf_in_body
from surtitle.api.dependencies import Use
from surtitle.api.services import Services
from surtitle.api.streamed import STREAMED_BODY
from surtitle.api.uploading import receive_fields
from surtitle.domain.options import PROMPT_CHARACTERS, FilmJobOptions
from surtitle.domain.recipes import FILM
from surtitle.errors import Busy, Invalid, QuotaExceeded, Unavailable
from surtitle.ids import new_id
from surtitle.jobs.acceptance import NewJob
from surtitle.jobs.errors import JobNotFound
from surtitle.pipelines.estimating import Estimate
from surtitle.web.film_form import IMAGES, RECORDING_FIELD, FilmForm
from surtitle.web.film_offers import offers
from surtitle.web.film_problems import problem_of
from surtitle.web.film_samples import sample_wish
from surtitle.web.film_words import SAME_EVERYWHERE, SOURCES, VOICE_OVERS
from surtitle.web.forms import FORM_TOKEN, HOME, once, see_other
from surtitle.web.pages import page
from surtitle.web.preferences import remember
from surtitle.web.sentences import Refusal
from surtitle.web.view import view_of

router = APIRouter(dependencies=[FORM_TOKEN, READS])
with_files = APIRouter()
"""The form with a file, read as it arrives, and its token with it."""

STUDIO = f"{HOME}/films/new"
LOOK_COOKIE = "surtitle_film"

_SEEDS = 2**31
# Of characters that take four bytes.
_PROMPT_BYTES = PROMPT_CHARACTERS * 4
_TOLD = (Invalid, Unavailable, QuotaExceeded, Busy)
_PLACES = {"picture": IMAGES, "music": "music", "logo": "brand.logo", "recording": RECORDING_FIELD}


async def _sent(request: Request) -> FilmForm:
    return FilmForm.sent((name, str(value)) for name, value in (await request.form()).multi_items())


Sent = Annotated[FilmForm, Depends(_sent)]


@router.get("/films/new")
async def show_studio(
    *,
    request: Request,
    use: Use,
    project: WritesProject,
    caller: Caller,
    like: UUID | None = None,
    template: Annotated[str, Query(max_length=20)] = "",
    aspect: Annotated[str, Query(max_length=20)] = "",
    seed: Literal["", "new"] = "",
) -> Response:
    """The form: as it was used last, or as for an earlier film with what the address changes of it."""
    changed = {"template": template, "aspect": aspect, "seed": str(randbelow(_SEEDS)) if seed else ""}
    form = await (_of_film(use, project, like) if like else _usual(request, use, project, caller))
    form = form.with_values(**{name: value for name, value in changed.items() if value})
    return await _studio(request, use, project, form)


@router.post("/films/new")
async def send_studio(
    *,
    request: Request,
    use: Use,
    project: WritesProject,
    caller: Caller,
    form: Sent,
    noted: Annotated[Noted, audited("job.started", "job")],
) -> Response:
    """Begin the film; `do` asks to be told before what it will take, or for the form alone."""
    fields = await request.form()
    deed = fields.get("do")
    if deed == "show":
        brought = {name: value for name, value in form.values.items() if value}
        usual = await _usual(request, use, project, caller)
        return await _studio(request, use, project, usual.with_values(**brought))
    try:
        wish = _wish(project, caller, form)
        if deed == "estimate":
            return await _studio(request, use, project, form, estimate=await use.estimates.estimate(wish))
        job = await use.jobs.create(wish, once(str(fields.get("key", "")), form))
    except _TOLD as error:
        return await _studio(request, use, project, form, refusal=problem_of(error))
    noted.object_id = job.id
    answer = see_other(f"{HOME}/recordings/{job.id}")
    remember(request, answer, LOOK_COOKIE, form.look)
    return answer


@router.post("/films/estimate")
async def tell_estimate(
    request: Request, use: Use, project: WritesProject, caller: Caller, form: Sent
) -> Response:
    """What the film will take, or why it cannot be made: the part of the form that says so."""
    estimate, refusal = None, None
    try:
        estimate = await use.estimates.estimate(_wish(project, caller, form))
    except _TOLD as error:
        refusal = problem_of(error)
    told = {"estimate": estimate, "refusal": refusal, "has_credits": _has_credits(use)}
    return await page(request, "film_estimate.html", status=HTTPStatus.OK, **told)


@router.post("/films/sample")
async def speak_sample(
    request: Request, use: Use, project: WritesProject, caller: Caller, form: Sent
) -> Response:
    """The chosen voice, to be heard."""
    wish = sample_wish(form, use.speech.chooser, (await view_of(request)).language)
    pieces = await use.speech.begin(project, caller.user_id, wish)
    headers = {"Cache-Control": "no-store"}
    return StreamingResponse(pieces, media_type=wish.format.media_type, headers=headers)


@router.get("/films/file")
async def lead_back(_project: WritesProject) -> Response:
    """Who loads the page again that a file has led to."""
    return see_other(STUDIO)


@with_files.post(
    "/films/file", dependencies=[Depends(await_csrf_in_body), READS], openapi_extra={STREAMED_BODY: True}
)
async def bring_file(
    *,
    request: Request,
    use: Use,
    project: WritesProject,
    caller: Caller,
    noted: Annotated[Noted, audited("recording.uploaded", "recording")],
    place: Annotated[Literal["picture", "music", "logo", "recording"], Query(alias="as")],
) -> Response:
    """Take a file of the form in, and show the form again with it in its place."""

    def check(fields: Sequence[tuple[str, str]]) -> None:
        # The token is the form's first field, so it is here before the file is.
        require_csrf_in_body(request, caller, dict(fields).get(CSRF_FIELD, ""))

    received = await receive_fields(
        request,
        use.media,
        project,
        created_by=caller.user_id,
        check=check,
        larger_fields={"prompt": _PROMPT_BYTES},
    )
    media_id = str(received.result.id)
    noted.object_id = media_id
    form = FilmForm.sent([*received.fields, (_PLACES[place], media_id)])
    return await _studio(request, use, project, form)


async def _usual(request: Request, use: Services, project: UUID, caller: Principal) -> FilmForm:
    """What the project and the person have for films, then what they chose here last."""
    options = await use.estimates.options_of(NewJob(project, FILM, None, created_by=caller.user_id))
    assert isinstance(options, FilmJobOptions)
    return FilmForm.of_options(options).remembering(request.cookies.get(LOOK_COOKIE, ""))


async def _of_film(use: Services, project: UUID, job_id: UUID) -> FilmForm:
    job = (await use.jobs.get(project, job_id)).job
    if job.recipe != FILM:
        raise JobNotFound(job_id)
    return FilmForm.of_job(job)


def _wish(project: UUID, caller: Principal, form: FilmForm) -> NewJob:
    return NewJob(project, FILM, form.media_id, form.options, created_by=caller.user_id)


async def _studio(
    request: Request,
    use: Services,
    project: UUID,
    form: FilmForm,
    *,
    refusal: Refusal | None = None,
    estimate: Estimate | None = None,
) -> Response:
    return await page(
        request,
        "film_studio.html",
        refusal=refusal,
        form=form,
        offers=await offers(use, project, await view_of(request), form),
        sources=SOURCES,
        voice_overs={name: told for name, told in VOICE_OVERS.items() if name != "uploaded"},
        choices=SAME_EVERYWHERE,
        most_characters=PROMPT_CHARACTERS,
        most_bytes=use.settings.limits.upload_bytes,
        key=new_id(),
        estimate=estimate,
        has_credits=_has_credits(use),
    )


def _has_credits(use: Services) -> bool:
    return use.settings.usage.credits == "on"
