"""An answer to Prometheus while servers behind us are away."""

import asyncio
from pathlib import Path
from urllib.parse import urlsplit

from prometheus_client.parser import text_string_to_metric_families
from tests.api.installation import Installation, installed
from tests.servers.faulty_proxy import HEALTHY, Fault, faulty_proxy

from surtitle.config import MetricsSettings


async def scraped(api: Installation) -> dict[str, float]:
    """The figures without labels, and each part's `reading_up`."""
    answer = await api.client.get("/metrics")
    assert answer.status_code == 200
    return {
        sample.labels.get("part", sample.name): sample.value
        for family in text_string_to_metric_families(answer.text)
        for sample in family.samples
        if not sample.labels or "part" in sample.labels
    }


async def until_read(api: Installation) -> None:
    """Until the database answers quicker than a scrape waits for it."""
    async with asyncio.timeout(30):
        while (await scraped(api))["jobs"] == 0:  # noqa: ASYNC110 - nobody tells
            await asyncio.sleep(0.1)


async def test_with_the_database_away_a_server_tells_what_it_knows(tmp_path: Path) -> None:
    async with installed(tmp_path) as api:
        await _lose_and_find_the_database(api)


async def _lose_and_find_the_database(api: Installation) -> None:
    await api.start()
    assert (await scraped(api))["surtitle_workers_alive"] == 0
    database = Path(api.settings.data_dir / "surtitle.db")
    await api.services.database.close()
    database.rename(database.with_suffix(".away"))
    database.mkdir()
    told = await scraped(api)
    assert "surtitle_workers_alive" not in told
    assert (told["jobs"], told["finished"], told["outbox"], told["disks"]) == (0, 0, 0, 1)
    assert told["surtitle_http_received_bytes_total"] > 0
    database.rmdir()
    database.with_suffix(".away").rename(database)
    told = await scraped(api)
    assert (told["jobs"], told["surtitle_workers_alive"]) == (1, 0)


async def test_a_database_that_hangs_keeps_no_answer_waiting(tmp_path: Path, migrated_url: str) -> None:
    place, clock = urlsplit(migrated_url), asyncio.get_running_loop().time
    hasty = MetricsSettings(fresh_seconds=0, patience_seconds=0.5)
    with faulty_proxy((place.hostname or "", place.port or 0)) as way:
        async with installed(tmp_path, database_url=way.before(migrated_url), metrics=hasty) as api:
            await until_read(api)
            way.fault = Fault(hangs=True)
            for _ in range(3):
                began = clock()
                told = await scraped(api)
                assert clock() - began < 5.0
                assert (told["jobs"], told["disks"]) == (0, 1)
                assert "surtitle_workers_alive" not in told
            way.fault = HEALTHY
            await until_read(api)


async def test_servers_beside_each_other_tell_the_same(tmp_path: Path, migrated_url: str) -> None:
    """What one has read, the next one tells, also of jobs that came meanwhile."""
    shared = MetricsSettings(fresh_seconds=300)
    async with (
        installed(tmp_path / "a", database_url=migrated_url, metrics=shared) as first,
        installed(tmp_path / "b", database_url=migrated_url, metrics=shared) as second,
    ):
        queued = 'surtitle_jobs{state="queued"} 0.0'
        assert queued in (await first.client.get("/metrics")).text
        await first.start()
        assert queued in (await second.client.get("/metrics")).text
