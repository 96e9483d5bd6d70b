"""One recording heard by several slots, with the dummy engine at a pace at which all of them get a part."""

import asyncio
from collections.abc import AsyncIterator, Awaitable, Callable, Mapping, Sequence
from contextlib import asynccontextmanager
from pathlib import Path
from typing import Any
from uuid import UUID

import numpy as np
import pytest
from sqlalchemy import func, select
from tests.engines.conftest import InstallEngines, install_engines, write_sound  # noqa: F401 - a fixture

from surtitle.bootstrap.installation import Installation, opened
from surtitle.bootstrap.worker import work
from surtitle.config import EngineSettings, JobSettings, Settings
from surtitle.db.job_models import Artifact, Job, Worker
from surtitle.db.models import PERSONAL_PROJECT
from surtitle.db.time import epoch_now
from surtitle.domain.jobs import EventType, JobState
from surtitle.domain.keeping import KeptKind
from surtitle.domain.options import TranscriptionOptions
from surtitle.domain.recognition import WindowCursor
from surtitle.engines.builtin.dummy import DummyTranscriber
from surtitle.engines.protocols import EngineSetup
from surtitle.engines.sound import SAMPLE_RATE_HZ, SoundFile, wav_header
from surtitle.jobs.acceptance import NewJob
from surtitle.jobs.events import EventLog
from surtitle.jobs.filters import JobFilter
from surtitle.jobs.offer import Offer
from surtitle.jobs.owner import Owner
from surtitle.jobs.part_endings import PartSweeper
from surtitle.jobs.parts import JobParts, Part
from surtitle.jobs.queue import Claim, Failure
from surtitle.pipelines.transcription.selection import origin_of
from surtitle.pipelines.transcription.sharing import part_length
from surtitle.transcripts.document import assemble
from surtitle.transcripts.schema import transcript_json

SECONDS = 125
QUICK = {"poll_seconds": 0.05, "beat_seconds": 0.2, "lease_seconds": 60.0, "grace_seconds": 0.0}


@pytest.fixture
def pace(tmp_path: Path, install_engines: InstallEngines, monkeypatch: pytest.MonkeyPatch) -> Path:  # noqa: F811
    """The file that holds the seconds which a window of ten seconds takes."""
    install_engines({"paced": "paced_engine:PACED"})
    monkeypatch.setenv("PACED_ENGINE", str(tmp_path))
    (tmp_path / "pace").write_text("0")
    return tmp_path / "pace"


@asynccontextmanager
async def installed(folder: Path, **jobs: Any) -> AsyncIterator[Installation]:
    settings = Settings(
        data_dir=folder,
        engines=EngineSettings(transcriber="paced"),
        jobs=JobSettings(**(QUICK | {"fan_out_seconds": 60, "part_seconds": 20} | jobs)),
        _env_file=None,
    )
    async with opened(settings) as installation:
        yield installation


@asynccontextmanager
async def working(installation: Installation, only: Sequence[UUID] | None = None) -> AsyncIterator[None]:
    """A worker, which hands back what it does when the block ends."""
    stop, at_once = asyncio.Event(), asyncio.Event()
    worker = asyncio.create_task(work(installation, stop, only=only, at_once=at_once))
    try:
        yield
    finally:
        at_once.set()
        stop.set()
        await worker


async def expect_help(installation: Installation) -> None:
    """Somebody else is said to be there: parts are laid out from the beginning."""
    async with installation.database.writing() as session:
        now = await session.scalar(select(epoch_now()))
        assert now is not None
        able = {"queues": ["cpu"], "engines": ["paced"], "memory_bytes": 2**50}
        session.add(Worker(id="far/1/1", host="far", pid=1, seen_epoch=now, **able))


async def begun(installation: Installation) -> Job:
    async def silence() -> AsyncIterator[bytes]:
        yield wav_header(SECONDS * SAMPLE_RATE_HZ)
        yield bytes(SECONDS * SAMPLE_RATE_HZ * 2)

    media = await installation.media.receive(PERSONAL_PROJECT, "talk.wav", silence(), content_length=None)
    return await installation.jobs.create(NewJob(PERSONAL_PROJECT, "transcript", media.id))


async def ended(installation: Installation, job: Job) -> Job:
    async for _ in installation.jobs.follow(job.id, 0):
        pass
    return (await installation.jobs.get(PERSONAL_PROJECT, job.id)).job


async def transcript(installation: Installation, job: Job) -> bytes:
    artifact = await installation.jobs.artifact(PERSONAL_PROJECT, job.id, "transcript.json")
    return await installation.jobs.read(artifact)


async def told(installation: Installation, job: Job) -> str:
    past = await EventLog(installation.database).since(job.id, 0)
    return "".join(event.data["text"] for event in past.events if event.type is EventType.DELTA)


async def parts(installation: Installation, *states: JobState) -> list[Job]:
    async with installation.database.reading() as session:
        found = select(Job).where(Job.parent_id.is_not(None), Job.state.in_(states or list(JobState)))
        return list((await session.scalars(found.order_by(Job.part))).all())


async def until(found: Callable[[], Awaitable[Any]]) -> Any:
    async with asyncio.timeout(60):
        while not (result := await found()):  # noqa: ASYNC110  a row has no event
            await asyncio.sleep(0.02)
    return result


@pytest.fixture
def undivided(tmp_path: Path) -> bytes:
    """What comes of hearing all windows one after another."""
    setup = EngineSetup("paced", "paced", None, "cpu", "float32", 1)
    sound = write_sound(tmp_path / "silence.wav", np.zeros(SECONDS * SAMPLE_RATE_HZ, dtype=np.float32))
    with SoundFile(sound) as opened_sound:
        windows = DummyTranscriber(setup).transcribe(opened_sound, TranscriptionOptions(), WindowCursor())
        heard = assemble(windows, duration_seconds=SECONDS, origin=origin_of(setup))
    return transcript_json(heard)


@pytest.mark.parametrize("helpers", [1, 2, 9])
def test_the_last_parts_are_small_and_all_the_others_are_not(helpers: int) -> None:
    usual, left, parts = 150.0, 7200.0, []
    while left > 0:
        parts.append(min(left, part_length(left, helpers, usual)))
        left -= parts[-1]
    assert parts[0] == usual
    assert parts == sorted(parts, reverse=True)
    # What one hears while all others have nothing more to do.
    assert parts[-1] <= 30
    assert sum(parts) == pytest.approx(7200)
    # A part is work of its own: there are not many more of them.
    assert len(parts) <= 7200 / usual + 8 * (1 + helpers)
    assert part_length(5.0, helpers, 20.0) == 20.0, "whoever wants small ones gets them"


async def test_many_slots_hear_what_one_hears_and_it_is_told_in_order(
    tmp_path: Path, undivided: bytes, pace: Path
) -> None:
    pace.write_text("0.15")
    async with installed(tmp_path / "shared", slots=3) as installation:
        await expect_help(installation)
        job = await begun(installation)
        async with working(installation):
            running = await until(lambda: parts(installation, JobState.RUNNING))
            assert all(part.project_id == PERSONAL_PROJECT and part.queue == job.queue for part in running)
            listed = await installation.jobs.list(PERSONAL_PROJECT, JobFilter(), None, 10)
            assert [one.id for one in listed.items] == [job.id]
            assert (await ended(installation, job)).state == JobState.SUCCEEDED
        assert await transcript(installation, job) == undivided
        text = await installation.jobs.artifact(PERSONAL_PROJECT, job.id, "transcript.txt")
        assert (await told(installation, job)).split() == (
            await installation.jobs.read(text)
        ).decode().split()
        assert await parts(installation) == []
        async with installation.database.reading() as session:
            kinds = await session.scalars(select(Artifact.kind).distinct())
            assert set(kinds) == {"result"}


async def test_a_run_that_is_taken_over_goes_on_with_what_all_have_heard(
    tmp_path: Path, undivided: bytes, pace: Path
) -> None:
    pace.write_text("0.15")
    async with installed(tmp_path / "shared", slots=2) as installation:
        await expect_help(installation)
        job = await begun(installation)
        for _ in range(2):
            before = len(await told(installation, job))

            async def more_is_told(before: int = before) -> bool:
                return len(await told(installation, job)) > before

            async with working(installation):
                await until(more_is_told)
                await until(lambda: parts(installation, JobState.RUNNING, JobState.SUCCEEDED))
        assert (await installation.jobs.get(PERSONAL_PROJECT, job.id)).job.state == JobState.QUEUED
        async with working(installation):
            assert (await ended(installation, job)).state == JobState.SUCCEEDED
        assert await transcript(installation, job) == undivided


async def test_cancelling_ends_the_parts_and_a_retry_goes_on(
    tmp_path: Path, undivided: bytes, pace: Path
) -> None:
    pace.write_text("0.15")
    async with installed(tmp_path / "shared", slots=2) as installation:
        await expect_help(installation)
        job = await begun(installation)
        sweeper = PartSweeper(installation.database, installation.store, installation.hub)
        async with working(installation):
            await until(lambda: parts(installation, JobState.RUNNING))
            await installation.jobs.cancel(PERSONAL_PROJECT, job.id)
            assert (await ended(installation, job)).state == JobState.CANCELLED

            async def stopped() -> bool:
                await sweeper.sweep()
                return not await parts(installation, JobState.QUEUED, JobState.RUNNING, JobState.CANCELLED)

            await until(stopped)
            before = await told(installation, job)
            await installation.jobs.retry(PERSONAL_PROJECT, job.id)
            assert (await ended(installation, job)).state == JobState.SUCCEEDED
        assert await transcript(installation, job) == undivided
        assert (await told(installation, job)).startswith(before)


async def test_a_retry_without_its_working_files_hears_all_anew(
    tmp_path: Path, undivided: bytes, pace: Path
) -> None:
    pace.write_text("3")
    async with installed(tmp_path / "shared", slots=1) as installation:
        await expect_help(installation)
        job = await begun(installation)
        sweeper = PartSweeper(installation.database, installation.store, installation.hub)
        async with working(installation):
            claims = {claim.job_id: claim for claim in [await taken(installation), await taken(installation)]}
            pace.write_text("0.02")
            first, second = [claims[part.id] for part in await parts(installation, JobState.RUNNING)]
            # Done, and not joined: the one before it is still to be heard.
            await installation.queue.succeed(second, {})
            await installation.jobs.cancel(PERSONAL_PROJECT, job.id)
            assert (await ended(installation, job)).state == JobState.CANCELLED
            await installation.queue.cancelled(first)
            await sweeper.sweep()
            assert {part.state for part in await parts(installation)} == {JobState.SUCCEEDED}
            await installation.data_protection.retention.purge(0, kinds=[KeptKind.WORKING_FILE])
            assert await parts(installation) == []
            await installation.jobs.retry(PERSONAL_PROJECT, job.id)
            assert (await ended(installation, job)).state == JobState.SUCCEEDED
        assert await transcript(installation, job) == undivided


async def taken(installation: Installation) -> Claim:
    """A part that somebody far away has taken, and does not hear."""

    async def claimed() -> Claim | None:
        offered = [part.id for part in await parts(installation, JobState.QUEUED)]
        return (
            await installation.queue.claim(Offer(), Owner("far", 1, "1"), only=offered) if offered else None
        )

    claim: Claim = await until(claimed)
    return claim


async def test_a_part_that_fails_elsewhere_is_heard_by_the_run_of_the_whole(
    tmp_path: Path, undivided: bytes, pace: Path
) -> None:
    pace.write_text("0.15")
    async with installed(tmp_path / "shared", slots=1) as installation:
        await expect_help(installation)
        job = await begun(installation)
        async with working(installation):
            poison = Failure("poison", "It takes down every worker.", passing=False)
            await installation.queue.fail(await taken(installation), poison)
            assert (await ended(installation, job)).state == JobState.SUCCEEDED
        assert await transcript(installation, job) == undivided
        assert await parts(installation) == []


async def test_a_part_that_nobody_can_hear_fails_the_job_for_its_own_reason(
    tmp_path: Path, pace: Path
) -> None:
    pace.write_text("0.15")
    async with installed(tmp_path / "shared", slots=1, retry_delays_seconds=()) as installation:
        await expect_help(installation)
        job = await begun(installation)
        async with working(installation):
            claim = await taken(installation)
            pace.write_text("this is no number")
            await installation.queue.fail(claim, Failure("odd", "Only that worker.", passing=False))
            failed = await ended(installation, job)
        assert failed.state == JobState.FAILED
        assert failed.error_kind != "odd"
        await installation.jobs.delete(PERSONAL_PROJECT, job.id)
        await PartSweeper(installation.database, installation.store, installation.hub).sweep()
        assert await parts(installation) == []
        assert [key async for key in installation.store.keys(f"jobs/{job.id}")] == []


async def test_waiting_for_a_part_of_another_costs_next_to_nothing(
    tmp_path: Path, undivided: bytes, pace: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    pace.write_text("0.02")
    looks = 0
    known = JobParts.known

    async def counted(parts_of: JobParts) -> Mapping[int, Part]:
        nonlocal looks
        looks += 1
        return await known(parts_of)

    monkeypatch.setattr(JobParts, "known", counted)
    async with installed(tmp_path / "shared", slots=1, poll_seconds=60.0, beat_seconds=20.0) as installation:
        await expect_help(installation)
        job = await begun(installation)
        async with working(installation):
            claim = await taken(installation)

            async def all_else_is_heard() -> bool:
                before = looks
                await asyncio.sleep(0.5)
                return looks == before and not await parts(installation, JobState.QUEUED)

            await until(all_else_is_heard)
            await installation.queue.hand_back(claim)
            assert (await ended(installation, job)).state == JobState.SUCCEEDED
        assert await transcript(installation, job) == undivided


@pytest.mark.usefixtures("pace")
async def test_a_command_asks_nobody_for_help_with_its_own_job(
    tmp_path: Path, undivided: bytes, monkeypatch: pytest.MonkeyPatch
) -> None:
    offered: list[int] = []

    async def offer(_parts: JobParts, number: int, _options: object) -> None:
        offered.append(number)

    monkeypatch.setattr(JobParts, "offer", offer)
    async with installed(tmp_path / "shared") as installation:
        await expect_help(installation)
        job = await begun(installation)
        async with working(installation, only=[job.id]):
            assert (await ended(installation, job)).state == JobState.SUCCEEDED
        assert await transcript(installation, job) == undivided
    assert offered == []


@pytest.mark.usefixtures("pace")
async def test_a_worker_that_is_alone_lays_out_nothing(tmp_path: Path, undivided: bytes) -> None:
    async with installed(tmp_path / "alone-again") as installation, working(installation):
        job = await begun(installation)
        assert (await ended(installation, job)).state == JobState.SUCCEEDED
        assert await transcript(installation, job) == undivided
        async with installation.database.reading() as session:
            assert await session.scalar(select(func.count()).where(Job.parent_id.is_not(None))) == 0
