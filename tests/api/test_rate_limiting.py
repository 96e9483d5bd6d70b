import asyncio
import time
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path
from typing import Any

import httpx
import pytest
from sqlalchemy import update
from tests.api.accounts import EMAIL, PASSWORD, deeds, front_door, log_in, register
from tests.api.installation import Installation, installed
from tests.api.people import key_in, person
from tests.api.test_problems import require_problem

from surtitle.config import ServerSettings
from surtitle.db.account_models import Project


@asynccontextmanager
async def limited(tmp_path: Path, **limits: int) -> AsyncIterator[Installation]:
    server = ServerSettings(auth="required", trusted_proxies=["10.0.0.0/8"])
    # Counts begin anew with each full minute, which must not come in the middle of a test.
    if (left_seconds := 60 - time.time() % 60) < 8:
        await asyncio.sleep(left_seconds)
    async with installed(tmp_path / "data", server=server, limits=limits) as api:
        yield api


def coming_from(api: Installation, address: str, **headers: str) -> httpx.AsyncClient:
    transport = httpx.ASGITransport(app=api.app, client=(address, 40000))
    return httpx.AsyncClient(transport=transport, base_url="http://localhost", headers=headers)


async def statuses(client: httpx.AsyncClient, path: str, times: int, **more: Any) -> list[int]:
    return [(await client.get(path, **more)).status_code for _ in range(times)]


@pytest.mark.parametrize(("path", "status"), [("/api/jobs", 401), ("/nonsense", 404), ("/docs", 200)])
async def test_an_address_has_its_rate_whatever_it_is_told(tmp_path: Path, path: str, status: int) -> None:
    async with limited(tmp_path, address_requests_a_minute=5) as api:
        assert await statuses(api.client, path, 8) == [status] * 5 + [429] * 3


async def test_a_refusal_says_when_to_come_back_and_every_answer_what_is_left(tmp_path: Path) -> None:
    async with limited(tmp_path, address_requests_a_minute=2) as api:
        first = await api.client.get("/docs")
        assert first.headers["ratelimit-policy"] == '"address";q=2;w=60'
        assert first.headers["ratelimit"].startswith('"address";r=1;t=')
        await api.client.get("/docs")
        refused = await api.client.get("/docs")
        require_problem(refused, 429, "rate-limit-exceeded")
        assert refused.headers["ratelimit"].startswith('"address";r=0;t=')
        assert 1 <= int(refused.headers["retry-after"]) <= 60


async def test_openais_client_is_told_in_its_own_way(tmp_path: Path) -> None:
    async with limited(tmp_path, address_requests_a_minute=1) as api:
        await api.client.get("/v1/models")
        refused = await api.client.get("/v1/models")
        assert refused.status_code == 429
        assert refused.json()["error"]["type"] == "rate_limit_error"
        assert refused.json()["error"]["code"] == "rate_limit_exceeded"
        assert "retry-after" in refused.headers


async def test_health_is_always_told(tmp_path: Path) -> None:
    async with limited(tmp_path, address_requests_a_minute=1) as api:
        assert await statuses(api.client, "/health/live", 5) == [200] * 5


async def test_one_address_does_not_use_up_anothers_rate(tmp_path: Path) -> None:
    async with limited(tmp_path, address_requests_a_minute=3) as api:
        async with coming_from(api, "192.0.2.1") as one, coming_from(api, "192.0.2.2") as other:
            assert await statuses(one, "/docs", 5) == [200] * 3 + [429] * 2
            assert await statuses(other, "/docs", 3) == [200] * 3
        async with coming_from(api, "2001:db8::1") as one, coming_from(api, "2001:db8::2") as neighbour:
            assert await statuses(one, "/docs", 3) == [200] * 3
            assert await statuses(neighbour, "/docs", 1) == [429]


async def test_an_address_that_a_caller_invents_counts_for_nothing(tmp_path: Path) -> None:
    async with limited(tmp_path, address_requests_a_minute=3) as api:
        async with coming_from(api, "192.0.2.1") as client:
            told = [
                (await client.get("/docs", headers={"X-Forwarded-For": f"198.51.100.{n}"})).status_code
                for n in range(5)
            ]
            assert told == [200] * 3 + [429] * 2
        async with coming_from(api, "10.0.0.1") as proxy:
            invented = [(b"x-forwarded-for", b"1.1.1.1"), (b"x-forwarded-for", b"198.51.100.7, 10.0.0.9")]
            assert await statuses(proxy, "/docs", 5, headers=invented) == [200] * 3 + [429] * 2
            assert await statuses(proxy, "/docs", 1, headers={"X-Forwarded-For": "198.51.100.8"}) == [200]


async def test_people_and_keys_have_rates_of_their_own(tmp_path: Path) -> None:
    rates = {"user_requests_a_minute": 3, "key_requests_a_minute": 4, "address_requests_a_minute": 1}
    async with limited(tmp_path, **rates) as api:
        ana, bob = await person(api), await person(api, "bob@example.org")
        key = await key_in(api, ana.project_id)
        assert await statuses(api.client, "/api/jobs", 5, headers=ana.headers) == [200] * 3 + [429] * 2
        assert await statuses(api.client, "/api/jobs", 3, headers=bob.headers) == [200] * 3
        assert await statuses(api.client, "/api/jobs", 5, headers=key.headers) == [200] * 4 + [429]
        wrong = {"Authorization": "Bearer nonsense"}
        assert await statuses(api.client, "/api/jobs", 2, headers=wrong) == [401, 429]


async def test_a_projects_rate_holds_for_all_its_keys_together(tmp_path: Path) -> None:
    async with limited(tmp_path, key_requests_a_minute=100) as api:
        ana = await person(api)
        async with api.services.database.writing() as session:
            rate = update(Project).where(Project.id == ana.project_id).values(requests_a_minute=4)
            await session.execute(rate)
        keys = [await key_in(api, ana.project_id), await key_in(api, ana.project_id)]
        told = [(await keys[n % 2].asks("GET", "/api/jobs")).status_code for n in range(6)]
        assert told == [200] * 4 + [429] * 2


async def test_nobody_is_counted_at_home(tmp_path: Path) -> None:
    async with installed(tmp_path / "data", limits={"address_requests_a_minute": 1}) as api:
        answers = [await api.client.get("/api/jobs") for _ in range(3)]
        assert [answer.status_code for answer in answers] == [200] * 3
        assert "ratelimit" not in answers[0].headers


async def test_a_thousand_wrong_passwords_are_a_handful_that_are_checked_and_lock_nobody_out(
    tmp_path: Path,
) -> None:
    async with front_door(tmp_path) as api:
        assert (await register(api)).status_code == 201
        async with coming_from(api, "198.51.100.9") as attacker:
            wish = {"email": EMAIL, "password": "wrong in every way"}
            told = [(await attacker.post("/api/login", json=wish)).status_code for _ in range(1000)]
            right = await attacker.post("/api/login", json={"email": EMAIL, "password": PASSWORD})
            assert right.status_code == 429
        # Some seconds go by: after the first six, each further one has waited twice as long.
        checked = told.count(401)
        assert (6 <= checked < 15, checked + told.count(429)) == (True, 1000)
        assert (await deeds(api)).count(("login.failed", "refused")) <= checked
        assert (await log_in(api)).status_code == 200
