"""An installation in which much has been done, for pages to be measured on."""

import random
from dataclasses import dataclass
from datetime import timedelta
from pathlib import Path
from typing import Any
from uuid import UUID

from sqlalchemy import insert, inspect
from tests.api.accounts import front_door
from tests.spoken import ffmpeg
from tests.web.every_page import Who
from tests.web.furnishing import Furnished, furnished

from surtitle.clock import utc_now
from surtitle.db.job_models import Job
from surtitle.domain.jobs import JobState
from surtitle.domain.transcript import Origin, Segment, Transcript, Word
from surtitle.ids import first_id_at

ACCESS_SECONDS = 7200
"""Measuring takes longer than a sign-in usually lasts without a page that renews it."""

LONG = "long_id"
"""The job of the long recording, among the ids of the house."""

_ORIGIN = Origin(engine="whisper", model="whisper-base", compute_type="int8", device="cpu")
_WORDS_OF_A_PHRASE = 12
_PHRASES_OF_A_TURN = 5
_SPEAKERS = 4
_ROWS_AT_ONCE = 500


@dataclass(frozen=True, slots=True)
class FullHouse:
    """Addresses are filled with `ids`; `cookies` are those of whoever looks."""

    folder: Path
    ids: dict[str, str]
    cookies: dict[Who, list[dict[str, Any]]]


async def full_house(folder: Path, text: str, *, jobs: int, words: int, hours: float) -> FullHouse:
    """Rooms in `folder`, with so many jobs beside a recording of so many hours, in which `text` is said again
    and again.
    """
    sound = _hum(folder, hours)
    async with front_door(folder, access_token_seconds=ACCESS_SECONDS) as api:
        house = await furnished(api)
        said = _said(text, words, hours * 3600)
        await _recording(house, sound, said)
        await _many_jobs(house, jobs)
    return FullHouse(folder / "data", house.ids, house.cookies)


async def _recording(house: Furnished, sound: Path, said: Transcript) -> None:
    # The furnished house has one job that waits: it is before the long one.
    await house.api.finish()
    somebody = house.administrator
    with sound.open("rb") as file:
        sent = await somebody.asks("POST", "/api/media", files={"file": ("The whole day.m4a", file)})
    wish = {"recipe": "subtitles", "media_id": sent.json()["id"]}
    job = await somebody.does("/api/jobs", wish, status=202)
    house.ids[LONG] = str(job["id"])
    assert str(await house.api.finish(said)) == house.ids[LONG]


async def _many_jobs(house: Furnished, count: int) -> None:
    """Copies of one job, made over a year; 97 in 100 succeeded, 3 failed."""
    database = house.api.services.database
    names = [column.key for column in inspect(Job).column_attrs]
    async with database.reading() as session:
        job = await session.get_one(Job, UUID(house.ids["talk_id"]))
        template = {name: getattr(job, name) for name in names} | {"transcript_id": None}
    now, chance = utc_now(), random.Random(0)
    rows = []
    for number in range(count):
        made = now - timedelta(days=1) - timedelta(days=365) * (number + chance.random()) / count
        state = JobState.FAILED if number % 33 == 0 else JobState.SUCCEEDED
        rows.append(template | {"id": first_id_at(made), "created_at": made, "state": state})
    for start in range(0, count, _ROWS_AT_ONCE):
        async with database.writing() as session:
            await session.execute(insert(Job), rows[start : start + _ROWS_AT_ONCE])


def _said(text: str, count: int, seconds: float) -> Transcript:
    spoken, step = text.split(), seconds / count
    segments: list[Segment] = []
    for first in range(0, count, _WORDS_OF_A_PHRASE):
        numbers = range(first, min(first + _WORDS_OF_A_PHRASE, count))
        words = tuple(
            Word(f"w{n}", spoken[n % len(spoken)], round(n * step, 2), round((n + 0.9) * step, 2), 0.9)
            for n in numbers
        )
        number = len(segments)
        speaker = f"speaker_{number // _PHRASES_OF_A_TURN % _SPEAKERS + 1}"
        begins, ends = words[0].start_seconds, words[-1].end_seconds
        segments.append(Segment(f"s{number}", begins, ends, words, "en", speaker))
    return Transcript(seconds, "en", 0.99, _ORIGIN, tuple(segments))


def _hum(folder: Path, hours: float) -> Path:
    """Sound of that length: a minute's packets over and over, so that nothing is encoded for long."""
    minute, whole = folder / "minute.m4a", folder / "whole.m4a"
    tone = ("-f", "lavfi", "-i", "sine=frequency=220:duration=60:sample_rate=16000")
    ffmpeg(*tone, "-c:a", "aac", "-b:a", "24k", str(minute))
    ffmpeg("-stream_loop", str(round(hours * 60) - 1), "-i", str(minute), "-c", "copy", str(whole))
    return whole
