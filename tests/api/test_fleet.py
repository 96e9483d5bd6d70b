from pathlib import Path

from tests.api.installation import Installation, installed
from tests.api.people import person

from surtitle.config import JobSettings
from surtitle.jobs.offer import Offer
from surtitle.jobs.owner import Owner
from surtitle.jobs.workers import Presence


async def test_workers_tell_what_they_are_and_what_they_run(api: Installation) -> None:
    started = await api.start()
    claim = await api.claim()
    offer = Offer(("cpu", "gpu"), frozenset({"whisper"}), 2_000)
    await api.services.workers.show(
        Owner.this_process(), Presence(offer, slots=2, gpus=("GPU-1a",), jobs=(str(claim.job_id),))
    )
    listed = (await api.client.get("/api/admin/workers")).json()
    (worker,) = listed["items"]
    assert (worker["queues"], worker["slots"], worker["engines"]) == (["cpu", "gpu"], 2, ["whisper"])
    assert (worker["jobs"], worker["gpus"]) == ([started["id"]], ["GPU-1a"])
    assert listed["unserved"] == []


async def test_a_queue_is_paused_and_resumed(api: Installation) -> None:
    await api.start()
    paused = (await api.client.post("/api/admin/queues/cpu/pause")).json()
    assert (paused["queued"], paused["paused_at"] is not None) == (1, True)
    assert await api.queue.claim(Offer(), Owner.this_process()) is None
    names = [queue["name"] for queue in (await api.client.get("/api/admin/queues")).json()["items"]]
    assert names == ["cpu", "gpu"]
    assert (await api.client.post("/api/admin/queues/cpu/resume")).json()["paused_at"] is None
    await api.claim()
    unknown = await api.client.post("/api/admin/queues/cpo/pause")
    assert (unknown.status_code, unknown.json()["type"]) == (404, "/problems/queue-not-found")


async def test_a_job_names_its_queue_or_is_told_which_there_are(api: Installation) -> None:
    await api.start(queue="gpu")
    assert await api.queue.claim(Offer(("gpu",)), Owner.this_process()) is not None
    media = await api.bring()
    refused = await api.client.post(
        "/api/jobs", json={"recipe": "transcript", "media_id": media["id"], "queue": "fast"}
    )
    assert refused.status_code == 422
    assert "no queue 'fast'; there are cpu, gpu" in refused.json()["detail"]


async def test_a_full_queue_says_when_to_come_back(tmp_path: Path) -> None:
    async with installed(tmp_path / "data", jobs=JobSettings(most_queued=1)) as api:
        media = await api.bring()
        wish = {"recipe": "transcript", "media_id": media["id"]}
        assert (await api.client.post("/api/jobs", json=wish)).status_code == 202
        refused = await api.client.post("/api/jobs", json=wish)
    assert (refused.status_code, refused.headers["retry-after"]) == (429, "60")
    assert refused.json()["type"] == "/problems/queue-full"


async def test_only_those_who_run_the_installation_hold_queues_up(exposed: Installation) -> None:
    ana = await person(exposed)
    refused = await exposed.client.post("/api/admin/queues/cpu/pause", headers=ana.headers)
    assert refused.status_code == 403
