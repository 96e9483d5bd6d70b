"""`/app/films`: the films of a project as pictures, and what is sent of one of them."""

from uuid import UUID

from fastapi import APIRouter, Request, Response

from surtitle.api.access import ReadsProject
from surtitle.api.auditing import audited
from surtitle.api.dependencies import Cursor, Use
from surtitle.db.job_models import Job
from surtitle.domain.recipes import FILM
from surtitle.errors import NotFound
from surtitle.jobs.filters import JobFilter
from surtitle.pipelines.result_files import FILM_FILES, kept_file
from surtitle.web.film_captions import webvtt_of
from surtitle.web.film_posters import Posters
from surtitle.web.job_rows import JobRow
from surtitle.web.pages import page

router = APIRouter()

ON_A_PAGE = 24
_SEEN = audited("preview.seen", "job")
_POSTERS = Posters()


@router.get("/films")
async def show_films(request: Request, use: Use, project: ReadsProject, cursor: Cursor = None) -> Response:
    """The newest first."""
    listed = await use.jobs.list(project, JobFilter(recipe=FILM), cursor, ON_A_PAGE)
    names = await use.jobs.names(listed.items)
    films = [(JobRow.of(job, names.get(job.id)), shape_of(job)) for job in listed.items]
    return await page(
        request, "films.html", films=films, next_cursor=listed.next_cursor, first=cursor is None
    )


@router.get("/films/{job_id}/poster", dependencies=[_SEEN])
async def send_poster(job_id: UUID, request: Request, use: Use, project: ReadsProject) -> Response:
    """The film's picture, small."""
    artifact = await _POSTERS.artifact(use, project, job_id)
    headers = {"ETag": f'"{artifact.sha256}-small"', "Cache-Control": "private, no-cache"}
    if headers["ETag"] in request.headers.get("if-none-match", ""):
        return Response(status_code=304, headers=headers)
    data, media_type = await _POSTERS.small(use, artifact)
    return Response(data, media_type=media_type, headers=headers)


@router.get("/films/{job_id}/captions.vtt", dependencies=[audited("result.downloaded", "job")])
async def send_captions(job_id: UUID, use: Use, project: ReadsProject) -> Response:
    """What is said in the film, as players show it."""
    artifact = kept_file(await use.jobs.get(project, job_id), FILM_FILES["srt"])
    if artifact is None:
        raise NotFound(f"The film {job_id} has no captions.")
    told = webvtt_of((await use.jobs.read(artifact)).decode())
    return Response(told, media_type="text/vtt", headers={"Cache-Control": "private, no-cache"})


def shape_of(job: Job) -> str:
    """The film's shape, for a style's name: `wide`, `tall` or `square`."""
    return {"9:16": "tall", "1:1": "square"}.get(str(job.options.get("aspect")), "wide")
