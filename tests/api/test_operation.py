import asyncio
import os
import re
from html.parser import HTMLParser
from pathlib import Path
from uuid import uuid4

import pytest
from prometheus_client.parser import text_string_to_metric_families
from sqlalchemy import select, update
from tests.api.installation import Installation, installed

from surtitle.config import EngineSettings, ModelSettings, ServerSettings
from surtitle.db.job_models import Job, Worker
from surtitle.db.time import epoch_now
from surtitle.storage import StoredObject
from surtitle.storage.faults import StoreAway


async def hire(api: Installation) -> None:
    async with api.services.database.writing() as session:
        now = await session.scalar(select(epoch_now()))
        session.add(Worker(id="here/1/1", host="here", pid=1, queues=["cpu"], seen_epoch=now))


async def scraped(api: Installation) -> dict[tuple[str, frozenset[tuple[str, str]]], float]:
    answer = await api.client.get("/metrics")
    assert answer.headers["content-type"].startswith("text/plain; version=0.0.4")
    return {
        (sample.name, frozenset(sample.labels.items())): sample.value
        for family in text_string_to_metric_families(answer.text)
        for sample in family.samples
    }


async def test_the_process_answers(api: Installation) -> None:
    assert (await api.client.get("/health/live")).json()["status"] == "alive"


async def test_ready_means_that_work_can_be_done(tmp_path: Path) -> None:
    async with installed(tmp_path, engines=EngineSettings(transcriber="dummy")) as api:
        await hire(api)
        answer = await api.client.get("/health/ready")
    assert answer.status_code == 200
    assert all(check["ready"] for check in answer.json()["checks"])


async def test_what_is_not_ready_is_told_with_why(tmp_path: Path) -> None:
    models = ModelSettings(directory=tmp_path / "none")
    async with installed(tmp_path, models=models) as api:
        answer = await api.client.get("/health/ready")
        assert answer.status_code == 503
        assert answer.headers["content-type"] == "application/problem+json"
        told = {check["name"]: check for check in answer.json()["checks"]}
    assert "surtitle worker" in told["workers"]["detail"]
    assert "surtitle models pull" in told["model"]["detail"]
    assert told["store"]["ready"]


async def test_a_server_without_workers_of_its_own_takes_work_while_none_is_alive(tmp_path: Path) -> None:
    models = ModelSettings(directory=tmp_path / "none")
    async with installed(tmp_path, models=models, server=ServerSettings(workers=0)) as api:
        answer = await api.client.get("/health/ready")
    assert answer.status_code == 200
    assert answer.json()["status"] == "degraded"
    told = {check["name"]: check for check in answer.json()["checks"]}
    assert told.keys() == {"database", "store", "workers"}
    assert (told["workers"]["ready"], told["workers"]["required"]) == (False, False)


async def test_who_asks_often_is_told_what_was_seen_just_now(tmp_path: Path) -> None:
    async with installed(tmp_path, engines=EngineSettings(transcriber="dummy")) as api:
        await hire(api)
        seen = await asyncio.gather(*(api.services.readiness.look(serves=True, works=True) for _ in range(9)))
    assert all(checks is seen[0] for checks in seen)


async def test_strangers_learn_that_jobs_wait_in_vain_but_not_for_what(tmp_path: Path) -> None:
    async with installed(tmp_path, engines=EngineSettings(transcriber="dummy")) as api:
        await hire(api)
        await api.start()
        async with api.services.database.writing() as session:
            await session.execute(update(Job).values(engine="secret-engine"))
        told = {check["name"]: check for check in (await api.client.get("/health/ready")).json()["checks"]}
        listed = (await api.client.get("/api/admin/workers")).json()
    assert told["workers"]["detail"] == "1 alive; some jobs wait that no living worker can do"
    assert "secret-engine" in listed["unserved"][0]["detail"]


async def test_a_store_that_is_away_is_told_without_its_address(
    api: Installation, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    async def fail(key: str, _data: bytes) -> None:
        raise StoreAway(f"The store failed at {key!r}: no route to 10.1.2.3")

    monkeypatch.setattr(api.services.store, "put_bytes", fail)
    answer = await api.client.get("/health/ready")
    assert answer.status_code == 503
    assert "10.1.2.3" not in answer.text
    assert "no route to 10.1.2.3" in caplog.text


async def test_each_look_writes_the_same_object_and_takes_it_away(
    api: Installation, monkeypatch: pytest.MonkeyPatch
) -> None:
    written: list[str] = []
    put_bytes = api.services.store.put_bytes

    async def put(key: str, data: bytes) -> StoredObject:
        written.append(key)
        return await put_bytes(key, data)

    monkeypatch.setattr(api.services.store, "put_bytes", put)
    monkeypatch.setattr("surtitle.jobs.readiness._FRESH_SECONDS", 0.0)
    for _ in range(2):
        await api.client.get("/health/ready")
    assert len(written) == 2
    assert re.fullmatch(rf"health/[A-Za-z0-9.-]+-{os.getpid()}", written[0])
    assert written[0] == written[1]
    assert [key async for key in api.services.store.keys("health")] == []


async def test_a_database_that_is_away_is_told_without_its_address(api: Installation) -> None:
    database = Path(api.settings.data_dir / "surtitle.db")
    await api.services.database.close()
    database.rename(database.with_suffix(".away"))
    database.mkdir()
    answer = await api.client.get("/health/ready")
    assert answer.status_code == 503
    assert "does not answer" in answer.json()["detail"]
    assert str(database) not in answer.text


async def test_requests_are_counted_by_route_and_not_by_path(api: Installation) -> None:
    for path in (f"/api/jobs/{uuid4()}", f"/api/jobs/{uuid4()}", "/nonsense/1", "/nonsense/2"):
        await api.client.get(path)
    figures = await scraped(api)
    by_route = frozenset({("method", "GET"), ("route", "/api/jobs/{job_id}"), ("status", "4xx")})
    unmatched = frozenset({("method", "GET"), ("route", "unmatched"), ("status", "4xx")})
    assert figures["surtitle_http_requests_total", by_route] == 2
    assert figures["surtitle_http_request_seconds_count", by_route] == 2
    assert figures["surtitle_http_requests_total", unmatched] == 2


async def test_bytes_are_counted_both_ways(api: Installation) -> None:
    media = await api.bring()
    before = await scraped(api)
    await api.client.get(media["links"]["content"])
    after = await scraped(api)
    sent, received = ("surtitle_http_sent_bytes_total", "surtitle_http_received_bytes_total")
    assert before[received, frozenset()] > media["size_bytes"]
    assert after[sent, frozenset()] - before[sent, frozenset()] > media["size_bytes"]


async def test_jobs_are_counted_once_however_often_they_are_scraped(api: Installation) -> None:
    await hire(api)
    media_id = (await api.bring())["id"]
    for _ in range(3):
        await api.start("subtitles", media_id=media_id)
    await api.finish()
    await api.fail()
    for _ in range(2):
        figures = await scraped(api)

    def figure(name: str, **labels: str) -> float | None:
        return figures.get((name, frozenset(labels.items())))

    assert figure("surtitle_jobs", state="queued") == 1
    assert figure("surtitle_jobs", state="running") == 0
    assert figure("surtitle_jobs_finished_total", recipe="subtitles", state="succeeded") == 1
    assert figure("surtitle_jobs_finished_total", recipe="subtitles", state="failed") == 1
    assert figure("surtitle_job_seconds_count", recipe="subtitles") == 2
    assert figure("surtitle_job_step_seconds_sum", recipe="subtitles", step="transcription") == 0.25
    assert figure("surtitle_job_real_time_factor_count", recipe="subtitles") == 1
    assert figure("surtitle_workers_alive") == 1


async def test_a_job_that_fails_again_after_a_retry_counts_again(api: Installation) -> None:
    job = await api.start()
    await api.fail()
    await scraped(api)
    await api.client.post(job["links"]["retry"])
    await api.finish()
    figures = await scraped(api)
    for state in ("failed", "succeeded"):
        labels = frozenset({("recipe", "transcript"), ("state", state)})
        assert figures["surtitle_jobs_finished_total", labels] == 1


async def test_jobs_that_ended_before_this_process_began_are_not_counted(tmp_path: Path) -> None:
    async with installed(tmp_path) as api:
        await api.start()
        await api.finish()
    async with installed(tmp_path) as later:
        figures = await scraped(later)
    counts = [count for (name, _), count in figures.items() if name == "surtitle_jobs_finished_total"]
    assert counts
    assert sum(counts) == 0


class _Addresses(HTMLParser):
    def __init__(self) -> None:
        super().__init__()
        self.found: list[str] = []
        self.tags: set[str] = set()

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.tags.add(tag)
        self.found += [value for name, value in attrs if name in {"src", "href"} and value]


async def test_the_reference_loads_nothing_from_elsewhere(api: Installation) -> None:
    answer = await api.client.get("/docs")
    page = _Addresses()
    page.feed(answer.text)
    assert answer.status_code == 200
    assert all(address.startswith(("/", "#")) for address in page.found)
    assert not page.tags & {"script", "link", "img", "iframe"}
    assert "default-src 'none'" in answer.headers["content-security-policy"]


async def test_the_reference_shows_every_route(api: Installation) -> None:
    page = (await api.client.get("/docs")).text
    document = (await api.client.get("/openapi.json")).json()
    assert [path for path in document["paths"] if f"<code>{path}</code>" not in page] == []


async def test_every_route_tells_what_it_answers(api: Installation) -> None:
    document = (await api.client.get("/openapi.json")).json()
    for path, methods in document["paths"].items():
        for method, operation in methods.items():
            assert operation["tags"], path
            assert operation["description"], path
            assert {"400", "403", "421", "500"} <= operation["responses"].keys(), (method, path)
            if re.search(r"\{(job|media)_id\}", path):
                assert "404" in operation["responses"], (method, path)
