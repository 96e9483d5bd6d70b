"""What makes furnished rooms look as if somebody lived in them: sound that speaks, a film, past days."""

import math
import wave
from collections.abc import Iterator, Sequence
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any
from uuid import UUID

import numpy as np
import skia
from sqlalchemy import select, update
from tests.spoken import VOICE_RATE_HZ, ffmpeg, speak
from tests.web.furnishing import Furnished
from tests.web.made_up import FILM_TEXT, MEETING, TALK, Line, spoken_by

from surtitle.db.account_models import Project, UsageEntry
from surtitle.db.job_models import Job, Worker
from surtitle.db.kpi_models import KpiDay
from surtitle.db.time import epoch_now
from surtitle.domain.films import Brand, FilmRequest, Scene, Shot, Template
from surtitle.domain.jobs import JobState
from surtitle.domain.transcript import Word
from surtitle.pipelines.film.drawing.canvas import Sheet, opaque_image
from surtitle.pipelines.film.drawing.fonts import FontShelf
from surtitle.pipelines.film.drawing.stage import Stage
from surtitle.pipelines.film.drawing.text import Typesetter
from surtitle.pipelines.film.storyboard.board import Board
from surtitle.pipelines.film.storyboard.looks import looks_for
from surtitle.usage.kinds import UsageKind, UsageState

_WIDTH, _HEIGHT, _RATE = 1280, 720, 30
_DAYS = 30
_AGO_MINUTES = (2, 7, 24, 55, 190, 1500, 4400)
"""When the newest job was begun, the one before it, and so on."""


def recordings(folder: Path) -> dict[str, bytes]:
    """For `furnishing.furnished`: what is said is to be heard, and what was filmed to be seen."""
    talk = _still(Scene(Template.TITLE, "Forty people, one rope", ("The opening talk",)), folder / "talk.png")
    film = _still(
        Scene(Template.STATEMENT, "A hundred years ago this harbour smelled of tar", emphasis=("tar",)),
        folder / "film.png",
    )
    return {
        "meeting": _voiced(MEETING, folder / "meeting.wav").read_bytes(),
        "talk": _filmed(talk, _voiced(TALK, folder / "talk.wav")).read_bytes(),
        "film": _filmed(film, speak(FILM_TEXT, folder / "film.wav")).read_bytes(),
        "poster": _jpeg(film),
    }


async def lived_in(house: Furnished, now: datetime) -> None:
    """A month of work until `now`, of which the last jobs are told above."""
    async with house.api.services.database.writing() as session:
        jobs = await session.scalars(select(Job.id).order_by(Job.id.desc()))
        for job_id, minutes in zip(jobs, _AGO_MINUTES, strict=False):
            await _age(session, job_id, now - timedelta(minutes=minutes))
        home = house.administrator.project_id
        quotas = {"minutes_a_month": 3000.0, "storage_bytes": 50 * 10**9}
        await session.execute(update(Project).where(Project.id == home).values(**quotas))
        session.add_all(_month(house, now))
        seen = (await session.scalar(select(epoch_now()))) or 0.0
        session.add(
            Worker(
                id="museum/41/1", host="museum", pid=41, queues=["cpu"], engines=["whisper", "storyboard"],
                memory_bytes=8 * 2**30, seen_epoch=seen + 86_400, started_at=now - timedelta(days=2),
            )
        )  # fmt: skip


async def _age(session: Any, job_id: UUID, began: datetime) -> None:
    job = await session.get_one(Job, job_id)
    job.created_at = job.queued_at = began
    if job.started_at is not None:
        job.started_at = began + timedelta(seconds=3)
    if JobState(job.state).finished:
        job.processing_seconds = job.media_seconds / 8.4 if job.media_seconds else 21.0
        job.finished_at = began + timedelta(seconds=5 + job.processing_seconds)


def _month(house: Furnished, now: datetime) -> Iterator[Any]:
    """What was used and done on each day: less at the week's end, more from week to week."""
    home, person = house.administrator.project_id, house.administrator.id
    for ago in range(1, _DAYS):
        at = now - timedelta(days=ago)
        share = (0.3 if at.weekday() > 4 else 1.0) * (1.15 + math.sin(ago * 1.7) / 3) * (1 - ago / 90)
        minutes, jobs = round(84 * share, 1), max(1, round(9 * share))
        used = {
            UsageKind.AUDIO_SECONDS: minutes * 60, UsageKind.JOBS: jobs,
            UsageKind.GENERATED_SECONDS: 40.0 * jobs, UsageKind.STORAGE_BYTE_DAYS: 6e9 - ago * 9e7,
        }  # fmt: skip
        for kind, amount in used.items():
            yield UsageEntry(
                project_id=home,
                user_id=person,
                kind=kind,
                amount=amount,
                state=UsageState.SETTLED,
                created_at=at,
            )
        yield KpiDay(
            day=at.date(), project_id=home, time_zone="UTC", events=2 * jobs, jobs_created=jobs,
            jobs_succeeded=max(1, jobs - (ago % 9 == 0)), jobs_failed=int(ago % 9 == 0 and jobs > 1),
            jobs_cancelled=0, success_rate=0.9 if ago % 9 == 0 else 1.0, duration_mean_seconds=61.0 + ago,
            duration_median_seconds=48.0, duration_p95_seconds=140.0, wait_mean_seconds=2.1,
            wait_median_seconds=1.4, wait_p95_seconds=9.0, real_time_factor=0.12, minutes_in=minutes,
            films_out=jobs // 4, credits=0.0, active_people=3, storage_bytes=round(6e9 - ago * 9e7),
        )  # fmt: skip


def _voiced(lines: Sequence[Line], path: Path) -> Path:
    """Each line is said when the transcript says so."""
    text = spoken_by(lines)
    sound = np.zeros(round(text.duration_seconds * VOICE_RATE_HZ), dtype=np.int16)
    for number, (line, segment) in enumerate(zip(lines, text.segments, strict=True)):
        with wave.open(str(speak(line.text, path.with_name(f"{path.stem}-{number}.wav")))) as file:
            said = np.frombuffer(file.readframes(file.getnframes()), dtype=np.int16)
        start = round(segment.start_seconds * VOICE_RATE_HZ)
        room = sound[
            start : start + round((segment.end_seconds - segment.start_seconds + 0.5) * VOICE_RATE_HZ)
        ]
        room[: said.size] = said[: room.size]
    with wave.open(str(path), "wb") as file:
        file.setnchannels(1)
        file.setsampwidth(2)
        file.setframerate(VOICE_RATE_HZ)
        file.writeframes(sound.tobytes())
    return path


def _still(scene: Scene, path: Path) -> Path:
    """A picture of a storyboard."""
    words = (Word("w0", scene.heading, 0.2, 3.0),)
    request = FilmRequest(
        prompt="", title=scene.heading, width=_WIDTH, height=_HEIGHT, frames_per_second=_RATE,
        duration_seconds=6.0, language="en", shots=(Shot(scene, 0.0, 6.0),), words=words,
    )  # fmt: skip
    board = Board(request, Stage(_WIDTH, _HEIGHT), Typesetter(FontShelf(), "en"), looks_for(Brand()))
    sheet = Sheet(_WIDTH, _HEIGHT)
    board.draw(sheet, 4 * _RATE)
    opaque_image(sheet.pixels).save(str(path), skia.kPNG)
    return path


def _filmed(still: Path, sound: Path) -> Path:
    path = sound.with_suffix(".mp4")
    ffmpeg(
        *("-loop", "1", "-framerate", "5", "-i", str(still), "-i", str(sound), "-shortest"),
        *(
            "-c:v",
            "libx264",
            "-preset",
            "ultrafast",
            "-tune",
            "stillimage",
            "-pix_fmt",
            "yuv420p",
            "-c:a",
            "aac",
        ),
        *("-movflags", "+faststart", str(path)),
    )
    return path


def _jpeg(still: Path) -> bytes:
    picture = skia.Image.MakeFromEncoded(skia.Data.MakeFromFileName(str(still)))
    return bytes(picture.encodeToData(skia.kJPEG, 85))
