"""What becomes of the work when a client hangs up, and of the client that comes back."""

import asyncio
import signal
from collections.abc import Awaitable, Callable
from pathlib import Path
from typing import Any
from uuid import UUID

import httpx
import pytest
from openai import APIConnectionError, APIError, AsyncOpenAI, ConflictError, InternalServerError
from sqlalchemy import update
from tests.api.installation import TRANSCRIPT, Installation, installed, spoken, wav
from tests.api.openai.conftest import TEXT, calling
from tests.server import Server

from surtitle.config import JobSettings
from surtitle.db.job_models import Job
from surtitle.domain.jobs import EventType
from surtitle.jobs.queue import Failure

SOUND = ("talk.wav", wav())
WISH: dict[str, Any] = {"model": "whisper-1", "file": SOUND}


async def jobs(api: Installation) -> list[dict[str, Any]]:
    items: list[dict[str, Any]] = (await api.client.get("/api/jobs")).json()["items"]
    return items


async def media_count(api: Installation) -> int:
    return len((await api.client.get("/api/media")).json()["items"])


async def until(holds: Callable[[], Awaitable[bool]]) -> None:
    async with asyncio.timeout(60):
        while not await holds():  # noqa: ASYNC110  what happens in the server has no event here
            await asyncio.sleep(0.01)


async def jobs_at_work(api: Installation, count: int = 1) -> list[dict[str, Any]]:
    """The jobs, newest first, once there are so many."""

    async def begun() -> bool:
        return len(await jobs(api)) >= count

    await until(begun)
    return await jobs(api)


async def waited_for(api: Installation, job_id: str) -> float | None:
    async with api.services.database.reading() as session:
        return (await session.get_one(Job, UUID(job_id))).abandoned_after_epoch


async def hang_up(client: AsyncOpenAI, api: Installation, **wish: Any) -> str:
    """Ask, and go away when the job has begun; the job, once the server knows that nobody waits here."""
    before = len(await jobs(api))
    answered_before = await answered(api)
    asking = asyncio.create_task(client.audio.transcriptions.create(**{**WISH, **wish}))
    found = await jobs_at_work(api, before + 1)
    asking.cancel()
    await asyncio.gather(asking, return_exceptions=True)
    if not asking.cancelled():
        # A stream is there at once, and stays open until it is closed.
        await asking.result().close()

    async def given_up() -> bool:
        return await answered(api) != answered_before

    # It notes then that somebody waited until now, which may come after what the test does next.
    await until(given_up)
    job_id: str = found[0]["id"]
    return job_id


async def forget(api: Installation) -> None:
    """Let everybody's patience run out, as if five minutes had passed."""
    async with api.services.database.writing() as session:
        await session.execute(
            update(Job).where(Job.abandoned_after_epoch.is_not(None)).values(abandoned_after_epoch=0.0)
        )


async def test_a_repeat_joins_the_work_that_its_first_request_began(api: Installation) -> None:
    async with calling(api) as client:
        job_id = await hang_up(client, api)
        again = asyncio.create_task(client.audio.transcriptions.create(**WISH))
        stream = asyncio.create_task(listen(client))
        await asyncio.sleep(0)
        assert str(await api.finish()) == job_id
        assert (await again).text == TRANSCRIPT.text
        assert (await stream)[-1].text == TRANSCRIPT.text
        # Lately finished: the result is there at once, in any format.
        assert "-->" in await client.audio.transcriptions.create(**WISH, response_format="vtt")
    assert [job["id"] for job in await jobs(api)] == [job_id]
    assert await media_count(api) == 1


async def listen(client: AsyncOpenAI, **wish: Any) -> list[Any]:
    stream = await client.audio.transcriptions.create(**{**WISH, **wish}, stream=True)
    return [event async for event in stream]


async def test_a_client_that_times_out_comes_back_to_its_work_by_itself(api: Installation) -> None:
    async with calling(api, max_retries=2) as client:
        asking = asyncio.create_task(client.with_options(timeout=1.0).audio.transcriptions.create(**WISH))
        await jobs_at_work(api)

        async def given_up() -> bool:
            return bool(await answered(api))

        await until(given_up)
        await api.finish()
        assert (await asking).text == TRANSCRIPT.text
    assert len(await jobs(api)) == await media_count(api) == 1


async def answered(api: Installation) -> list[str]:
    """The requests for a transcription that have been answered or given up, as figures."""
    figures = (await api.client.get("/metrics")).text.splitlines()
    return [line for line in figures if "/v1/audio" in line and "requests_total" in line]


@pytest.mark.parametrize(
    "other",
    [
        {"file": ("talk.wav", wav(1.5))},
        {"language": "fr"},
        {"prompt": "A tour."},
        {"temperature": 0.5},
        {"model": "whisper-base"},
    ],
)
async def test_another_wish_is_another_job(api: Installation, other: dict[str, Any]) -> None:
    async with calling(api) as client:
        first = await hang_up(client, api)
        assert await hang_up(client, api, **other) != first
    assert await media_count(api) == (2 if "file" in other else 1)


async def test_after_a_change_of_the_glossary_the_same_recording_is_heard_anew(api: Installation) -> None:
    async with calling(api) as client:
        first = await hang_up(client, api)
        (await api.client.put("/api/glossary", json={"terms": ["Surtitle"]})).raise_for_status()
        assert await hang_up(client, api) != first
        assert await media_count(api) == 1


async def test_a_result_from_long_ago_is_made_anew_from_the_same_recording(tmp_path: Path) -> None:
    settings = JobSettings(abandon_after_seconds=0.2)
    async with installed(tmp_path / "data", jobs=settings) as api, calling(api) as client:
        asking = asyncio.create_task(client.audio.transcriptions.create(**WISH))
        await jobs_at_work(api)
        await api.finish()
        await asking
        await asyncio.sleep(settings.abandon_after_seconds)
        again = asyncio.create_task(client.audio.transcriptions.create(**WISH))
        await jobs_at_work(api, 2)
        await api.finish(spoken("Heard again."))
        assert (await again).text == "Heard again."
        assert await media_count(api) == 1


async def test_work_that_nobody_comes_back_to_is_cancelled(api: Installation) -> None:
    async with calling(api) as client:
        job_id = await hang_up(client, api)
        assert await api.queue.cancel_abandoned() == 0
        await forget(api)
        assert await api.queue.cancel_abandoned() == 1
        assert (await api.client.get(f"/api/jobs/{job_id}")).json()["state"] == "cancelled"
        # Its result never came, so the same request is new work.
        assert await hang_up(client, api) != job_id


async def test_work_that_is_to_be_kept_is_not_cancelled(api: Installation) -> None:
    async with calling(api) as client:
        job_id = await hang_up(client, api, extra_headers={"X-Surtitle-Keep": "true"})
        # Joining without the header does not take that back.
        await look_in(client)
        assert await waited_for(api, job_id) is None
        await forget(api)
        assert await api.queue.cancel_abandoned() == 0


async def test_work_can_be_kept_by_who_joins_it(api: Installation) -> None:
    async with calling(api) as client:
        job_id = await hang_up(client, api)
        await look_in(client)
        assert await waited_for(api, job_id) is not None
        await look_in(client, extra_headers={"X-Surtitle-Keep": "true"})
        assert await waited_for(api, job_id) is None


async def look_in(client: AsyncOpenAI, **more: Any) -> None:
    """Join the job that is there, and go away again."""
    stream = await client.audio.transcriptions.create(**WISH, **more, stream=True)
    await stream.close()


@pytest.mark.parametrize("stream", [True, False])
async def test_the_server_notices_who_hangs_up(tmp_path: Path, stream: bool) -> None:
    async with installed(tmp_path / "data", jobs=JobSettings(abandon_after_seconds=0.5)) as api:

        async def abandoned() -> bool:
            return await api.queue.cancel_abandoned() == 1

        async with calling(api) as client:
            await hang_up(client, api, stream=stream)
            await until(abandoned)


async def test_who_waits_keeps_the_work_wanted(tmp_path: Path) -> None:
    settings = JobSettings(abandon_after_seconds=2.0)
    async with installed(tmp_path / "data", jobs=settings) as api, calling(api) as client:
        asking = asyncio.create_task(client.audio.transcriptions.create(**WISH))
        (job,) = await jobs_at_work(api)
        begun = await waited_for(api, job["id"])
        assert begun is not None

        async def renewed() -> bool:
            return (await waited_for(api, job["id"]) or 0) > begun

        await until(renewed)
        await api.finish()
        assert (await asking).text == TRANSCRIPT.text


async def test_a_job_that_fails_is_told_as_the_error_that_it_is(api: Installation) -> None:
    async with calling(api, max_retries=2) as client:
        asking = asyncio.create_task(client.audio.transcriptions.create(**WISH))
        await jobs_at_work(api)
        await api.fail("engine-died", "The engine died.")
        with pytest.raises(InternalServerError, match="The engine died") as failed:
            await asking
        assert (failed.value.type, failed.value.code) == ("server_error", "engine_died")
        listening = asyncio.create_task(listen(client))
        (job, _first) = await jobs_at_work(api, 2)
        await api.client.post(f"/api/jobs/{job['id']}/cancel")
        with pytest.raises(APIError, match="was cancelled") as cancelled:
            await listening
        assert cancelled.value.code == "job_cancelled"
        asking = asyncio.create_task(client.audio.transcriptions.create(**WISH))
        (job, *_others) = await jobs_at_work(api, 3)
        await api.client.post(f"/api/jobs/{job['id']}/cancel")
        with pytest.raises(ConflictError):
            await asking
    # The client did not send the file again by itself: a job has tries of its own.
    assert len(await jobs(api)) == 3


async def test_a_failure_in_mid_stream_ends_it_with_an_error(api: Installation) -> None:
    async with calling(api) as client:
        listening = asyncio.create_task(
            client.audio.transcriptions.create(**WISH, stream=True, include=["logprobs"])
        )
        await jobs_at_work(api)
        claim = await api.claim()
        work = await api.work_on(claim)
        delta = {"text": "Ask", "start_seconds": 0.0, "end_seconds": 0.5, "confidence": 0.0}
        await work.save("windows/000000.json", b"{}", media_type="application/json", kind="work",
                        events=[(EventType.DELTA, delta)])  # fmt: skip
        stream = await listening
        heard: Any = await anext(stream)
        assert heard.delta == "Ask"
        # Not the logarithm of nought, which JSON cannot tell.
        assert heard.logprobs[0].logprob == pytest.approx(-7.6, abs=0.01)
        await api.queue.fail(claim, Failure("no-room-for-engine", "Out of memory.", passing=False))
        with pytest.raises(APIError, match="Out of memory") as failed:
            await anext(stream)
        assert (failed.value.type, failed.value.code) == ("server_error", "no_room_for_engine")


@pytest.mark.models
async def test_a_repeat_after_the_servers_death_finds_its_work(tmp_path: Path, talk: Path) -> None:
    wish: Any = {"model": "whisper-base", "file": talk, "language": "en"}
    with Server(tmp_path / "data") as server:
        address = f"{server.url}/v1"
        async with (
            httpx.AsyncClient(base_url=server.url) as http,
            AsyncOpenAI(base_url=address, api_key="any", max_retries=0, timeout=120) as client,
        ):

            async def begun() -> bool:
                return bool((await http.get("/api/jobs")).json()["items"])

            asking = asyncio.create_task(client.audio.transcriptions.create(**wish))
            await until(begun)
            server.stop(signal.SIGKILL)
            with pytest.raises(APIConnectionError):
                await asking
            server.start()
            heard = await client.audio.transcriptions.create(**wish)
            (job,) = (await http.get("/api/jobs")).json()["items"]
            assert len((await http.get("/api/media")).json()["items"]) == 1
    assert (job["surface"], job["state"]) == ("openai", "succeeded")
    assert heard.text == TEXT
