"""Films that nobody wants any more are ended in the cloud too, whatever became of their workers."""

from collections.abc import Awaitable, Callable, Iterator
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any
from uuid import UUID

import pytest
from sqlalchemy import update
from tests.fakes.fal_server import KEY, FalRequest, FalServer, fal_server
from tests.jobs.table import JobTable
from tests.servers.both import ON_BOTH

from surtitle.config import Settings
from surtitle.db.job_models import Job
from surtitle.db.models import PERSONAL_PROJECT
from surtitle.domain.jobs import JobState
from surtitle.engines.models import EngineChooser, ModelStore, probe_hardware
from surtitle.engines.registry import EngineRegistry
from surtitle.jobs.acceptance import Acceptance
from surtitle.jobs.queue import Claim, Failure
from surtitle.jobs.service import JobService
from surtitle.pipelines.film.calling_off import CallingOff
from surtitle.pipelines.film.errors import FilmBegunElsewhere
from surtitle.usage.quotas import Quotas

pytestmark = ON_BOTH

AWAY = Failure("fal-away", "fal does not answer.", passing=True)
GIVEN_UP = Failure("fal-away", "fal does not answer.", passing=False)

End = Callable[[JobTable, Claim], Awaitable[None]]


@pytest.fixture
def fal(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[FalServer]:
    monkeypatch.setenv("NO_PROXY", "127.0.0.1")
    with fal_server(tmp_path / "film.mp4") as server:
        yield server


@pytest.fixture
async def cloud(table: JobTable, fal: FalServer, tmp_path: Path) -> CallingOff:
    settings = Settings(data_dir=tmp_path, fal={"api_key": KEY, "url": fal.url}, _env_file=None)
    registry = EngineRegistry()
    chooser = EngineChooser(settings, registry, ModelStore(settings), probe_hardware(0))
    calling_off = CallingOff(table.database, registry, chooser)
    table.service = JobService(
        table.database, table.store, table.hub, Acceptance(lambda *_: None, Quotas(settings)),
        goes_with_job=[calling_off.require_settled],
    )  # fmt: skip
    return calling_off


async def begun(table: JobTable, fal: FalServer) -> Claim:
    """A film that is being made, with one request at fal."""
    await table.add(recipe="film", media_id=None, options={"prompt": "The sea.", "engine": "fal"})
    claim = await table.claim()
    work = await table.work(claim)
    number, model = f"r-{len(fal.requests) + 1}", "fal-ai/veo3"
    fal.requests[number] = FalRequest(model, {}, datetime.now(UTC).isoformat())
    ticket = {"model": model, "request_id": number, "place": f"{fal.url}/{model}/requests/{number}"}
    entry = {"clip": 0, "model": model, "sent_at": datetime.now(UTC).isoformat(), "ticket": ticket}
    await work.save(
        "picture-checkpoint.json", b"{}", media_type="application/json", kind="work",
        step="picture", cursor={"checkpoint": {"requests": [entry]}},
    )  # fmt: skip
    return claim


async def cancel(table: JobTable, claim: Claim) -> None:
    await table.service.cancel(PERSONAL_PROJECT, claim.job_id)


async def cancelled_between_two_tries(table: JobTable, claim: Claim) -> None:
    assert await table.queue.fail(claim, AWAY)
    await cancel(table, claim)


async def cancelled_after_its_worker_stopped(table: JobTable, claim: Claim) -> None:
    assert await table.queue.hand_back(claim)
    await cancel(table, claim)


async def cancelled_while_its_worker_was_gone(table: JobTable, claim: Claim) -> None:
    await cancel(table, claim)
    await table.expire(claim)
    assert await table.queue.reap() == 1


async def failed_for_good(table: JobTable, claim: Claim) -> None:
    assert await table.queue.fail(claim, GIVEN_UP)


async def cancelled_while_fal_was_away(table: JobTable, claim: Claim) -> None:
    await cancel(table, claim)
    assert await table.queue.cancelled(claim)


async def details(table: JobTable, job_id: UUID) -> list[Any]:
    return [warning["detail"] for warning in (await table.job(job_id)).warnings]


@pytest.mark.parametrize(
    "end",
    [
        cancelled_between_two_tries,
        cancelled_after_its_worker_stopped,
        cancelled_while_its_worker_was_gone,
        failed_for_good,
        cancelled_while_fal_was_away,
    ],
)
async def test_what_a_film_had_begun_is_called_off_however_it_ended(
    end: End, table: JobTable, fal: FalServer, cloud: CallingOff
) -> None:
    claim = await begun(table, fal)
    assert not await cloud.needed()
    await end(table, claim)
    assert JobState((await table.job(claim.job_id)).state).finished
    assert await cloud.needed()
    fal.cancels = ["503"]
    assert await cloud.call_off() == 0
    assert await cloud.call_off() == 1
    assert fal.cancelled == ["r-1"]
    assert ["not charged" in one for one in await details(table, claim.job_id)] == [True]
    assert (await cloud.needed(), await cloud.call_off()) == (False, 0)


async def test_a_job_is_not_forgotten_before_its_requests_are_called_off(
    table: JobTable, fal: FalServer, cloud: CallingOff
) -> None:
    claim = await begun(table, fal)
    await table.queue.fail(claim, AWAY)
    with pytest.raises(FilmBegunElsewhere, match="Cancel the job first"):
        await table.service.delete(PERSONAL_PROJECT, claim.job_id)
    await cancel(table, claim)
    with pytest.raises(FilmBegunElsewhere, match="in a minute"):
        await table.service.delete(PERSONAL_PROJECT, claim.job_id)
    assert await cloud.call_off(claim.job_id) == 1
    await table.service.delete(PERSONAL_PROJECT, claim.job_id)


async def test_what_a_server_has_long_ended_holds_nobody_up(
    table: JobTable, fal: FalServer, cloud: CallingOff
) -> None:
    claim = await begun(table, fal)
    await cancelled_between_two_tries(table, claim)
    async with table.database.writing() as session:
        ended = datetime.now(UTC) - timedelta(days=2)
        await session.execute(update(Job).values(finished_at=ended))
    assert not await cloud.needed()
    await table.service.delete(PERSONAL_PROJECT, claim.job_id)


async def test_a_film_that_runs_again_is_left_to_its_worker(
    table: JobTable, fal: FalServer, cloud: CallingOff
) -> None:
    claim = await begun(table, fal)
    await cancelled_between_two_tries(table, claim)
    await table.service.retry(PERSONAL_PROJECT, claim.job_id)
    assert (await cloud.call_off(), fal.cancelled) == (0, [])
    again = await table.claim()
    saved = (await (await table.work(again)).steps())["picture"].cursor
    assert saved is not None
    assert "called_off" not in saved["checkpoint"]


async def test_whoever_runs_a_film_again_knows_that_it_was_called_off(
    table: JobTable, fal: FalServer, cloud: CallingOff
) -> None:
    claim = await begun(table, fal)
    fal.requests["r-1"].polls = 1
    await cancelled_between_two_tries(table, claim)
    assert await cloud.call_off() == 1
    assert "may charge for them: r-1" in (await details(table, claim.job_id))[0]
    await table.service.retry(PERSONAL_PROJECT, claim.job_id)
    saved = (await (await table.work(await table.claim())).steps())["picture"].cursor
    assert saved is not None
    assert saved["checkpoint"]["called_off"]
    assert [entry["ticket"]["request_id"] for entry in saved["checkpoint"]["requests"]] == ["r-1"]
