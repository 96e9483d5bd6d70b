"""A film as its steps leave it, without drawing one."""

from uuid import UUID

from tests.api.installation import Installation
from tests.films import painted_png

from surtitle.domain.films import FilmScript, Scene, Template
from surtitle.pipelines.film.script.schema import script_json

SCENES = (
    Scene(Template.TITLE, "The harbour", narration="The harbour wakes before the sun does."),
    Scene(Template.STATEMENT, "Forty boats", narration="Forty boats leave before <b>five</b>."),
)
SRT = "1\n00:00:00,500 --> 00:00:02,000\nForty boats leave\nbefore <b>five</b>.\n"
POSTER = painted_png(1280, 720)


async def finish_film(api: Installation, warning: str | None = None) -> UUID:
    """Do the oldest queued job's work as the steps of a film would."""
    claim = await api.claim()
    work = await api.work_on(claim)
    for name, data, media_type in (
        ("script.json", script_json(FilmScript("The harbour", "en", SCENES)), "application/json"),
        ("film.srt", SRT.encode(), "application/x-subrip; charset=utf-8"),
        ("poster.jpg", POSTER, "image/jpeg"),
        ("preview.gif", b"GIF89a", "image/gif"),
        ("film.mp4", b"\0\0\0 ftypisom" + bytes(range(256)) * 8, "video/mp4"),
    ):
        await work.save(name, data, media_type=media_type)
    if warning is not None:
        await work.warn(warning, step="picture")
    for step in await work.steps():
        await work.end_step(step, 0.25)
    assert await api.queue.succeed(claim, {})
    return claim.job_id
