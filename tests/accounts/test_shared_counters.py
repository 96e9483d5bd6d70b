"""Counts in a real Redis, which every process sees, and which may be away at any time."""

import asyncio
import logging
import os
import signal
import time
from collections.abc import Iterator
from pathlib import Path

import pytest
from limits import RateLimitItemPerMinute
from limits.aio.strategies import SlidingWindowCounterRateLimiter
from pydantic import SecretStr
from tests.servers.redis import PASSWORD, RedisServer, redis_server

from surtitle.accounts.counters import BoundedCounters
from surtitle.accounts.counting import opened
from surtitle.accounts.shared_counters import SharedCounters, in_redis
from surtitle.accounts.throttle import Throttle, TooManyAttempts
from surtitle.config import HubSettings, LimitSettings, Settings
from surtitle.errors import Unavailable
from surtitle.hub import opened as opened_hub
from surtitle.ids import new_id

TEN = RateLimitItemPerMinute(10)


class Clock:
    now = 1000.0

    def __call__(self) -> float:
        return self.now


@pytest.fixture
def own_redis(tmp_path: Path) -> Iterator[RedisServer]:
    """A server that the test may do anything to."""
    with redis_server(tmp_path / "redis") as server:
        yield server


def hub(server: RedisServer, prefix: str | None = None) -> HubSettings:
    return HubSettings(url=SecretStr(server.url), prefix=prefix or new_id().hex)


def settings(folder: Path, storage_url: str | None, hub: HubSettings) -> Settings:
    limits = LimitSettings(storage_url=SecretStr(storage_url) if storage_url else None)
    return Settings(data_dir=folder, limits=limits, hub=hub, _env_file=None)


async def guesses(throttle: Throttle, times: int) -> int:
    """How many wrong passwords anybody looked at."""
    looked_at = 0
    for _ in range(times):
        try:
            await throttle.check("owner@example.org", "198.51.100.9")
        except TooManyAttempts:
            continue
        await throttle.failed("owner@example.org", "198.51.100.9")
        looked_at += 1
    return looked_at


async def test_processes_share_one_rate_and_one_count_of_wrong_passwords(
    tmp_path: Path, redis: RedisServer
) -> None:
    shared = settings(tmp_path, None, hub(redis))
    async with opened(shared) as one, opened(shared) as other:
        here, there = (SlidingWindowCounterRateLimiter(process.rates) for process in (one, other))
        granted = [await limiter.hit(TEN, "me") for limiter in (here, there) * 10]
        assert sum(granted) == 10
        assert (await there.get_window_stats(TEN, "me")).remaining == 0
        assert await guesses(Throttle(one.attempts), 10) + await guesses(Throttle(other.attempts), 10) == 6
        await Throttle(other.attempts).succeeded("owner@example.org", "198.51.100.9")
        assert await guesses(Throttle(one.attempts), 5) == 5


async def test_while_redis_is_away_each_process_counts_and_nobody_sees_an_error(
    own_redis: RedisServer, caplog: pytest.LogCaptureFixture
) -> None:
    caplog.set_level(logging.INFO, "surtitle")
    clock = Clock()
    async with in_redis(hub(own_redis)) as storage:
        limiter = SlidingWindowCounterRateLimiter(SharedCounters(storage, clock))
        assert sum([await limiter.hit(TEN, "me") for _ in range(20)]) == 10
        own_redis.kill()
        assert sum([await limiter.hit(TEN, "me") for _ in range(20)]) == 10
        own_redis.start()
        assert not await limiter.hit(TEN, "me")
        clock.now += 5
        assert sum([await limiter.hit(TEN, "me") for _ in range(20)]) == 10
        own_redis.command("FLUSHALL")
        own_redis.command("SCRIPT", "FLUSH")
        assert sum([await limiter.hit(TEN, "me") for _ in range(20)]) == 10
    told = [record.message for record in caplog.records if record.name.startswith("surtitle")]
    assert (len(told), told[0][:12], told[1][-5:]) == (2, "cannot count", "again")
    assert PASSWORD not in caplog.text


async def test_a_silent_redis_delays_one_request_and_not_all_of_them(own_redis: RedisServer) -> None:
    clock = Clock()
    async with in_redis(hub(own_redis)) as storage:
        counts = SharedCounters(storage, clock)
        assert await counts.incr("a", 60) == 1
        os.kill(own_redis.pid, signal.SIGSTOP)
        try:
            # All that came at the same moment wait a second; who comes later does not.
            began = time.monotonic()
            assert sorted(await asyncio.gather(*(counts.incr("a", 60) for _ in range(50)))) == [*range(1, 51)]
            assert time.monotonic() - began < 4
            clock.now += 5
            asking = asyncio.create_task(counts.incr("a", 60))
            await asyncio.sleep(0)
            assert await counts.incr("a", 60) == 51
            assert not asking.done()
            assert await asking == 52
        finally:
            os.kill(own_redis.pid, signal.SIGCONT)


async def test_where_to_count_is_a_setting(tmp_path: Path, redis: RedisServer) -> None:
    nowhere, key = HubSettings(), new_id().hex
    async with opened(settings(tmp_path, None, nowhere)) as counters:
        assert isinstance(counters.rates, BoundedCounters)
        assert counters.rates is not counters.attempts
    async with opened(settings(tmp_path, f"async+{redis.url}", nowhere)) as counters:
        assert await counters.rates.incr(key, 60) == 1
    assert redis.command("GET", f"surtitle:counts:{key}") == b"1"
    async with opened(settings(tmp_path, "async+memory://", hub(redis))) as counters:
        assert await counters.rates.incr(key, 60) == 1


@pytest.mark.parametrize(
    "url",
    [
        "nonsense://:hunter2@here",
        "memory://",
        "async+memcached://:hunter2@localhost:1",
        "async+redis://:hunter2@",
        "async+redis://:hunter2@localhost:many",
    ],
)
async def test_a_place_that_cannot_be_is_refused_without_its_password(tmp_path: Path, url: str) -> None:
    with pytest.raises(Unavailable) as refused:
        async with opened(settings(tmp_path, url, HubSettings())):
            pass
    assert "SURTITLE_LIMITS__STORAGE_URL" in str(refused.value)
    assert "hunter2" not in str(refused.value)
    assert refused.value.__suppress_context__ or "hunter2" not in str(refused.value.__cause__)


async def test_the_rights_in_redis_that_the_documentation_names_are_enough(
    tmp_path: Path, own_redis: RedisServer
) -> None:
    page = (Path(__file__).parents[2] / "docs" / "operate" / "hub.md").read_text()
    rule = page.split("```text\nACL ")[1].split("```")[0]
    own_redis.command("ACL", *rule.replace(">PASSWORD", ">s3cret").split())
    url = SecretStr(f"redis://surtitle:s3cret@127.0.0.1:{own_redis.port}/0")
    limited = settings(tmp_path, None, HubSettings(url=url))
    async with opened_hub(limited) as here, opened_hub(limited) as there, opened(limited) as counters:
        with there.listen("queue") as listener:
            async with asyncio.timeout(30):
                await listener.wait(60)
                here.wake("queue")
                await listener.wait(60)
        limiter = SlidingWindowCounterRateLimiter(counters.rates)
        assert sum([await limiter.hit(TEN, "me") for _ in range(20)]) == 10
        await limiter.get_window_stats(TEN, "me")
        assert await guesses(Throttle(counters.attempts), 8) == 6
        await Throttle(counters.attempts).succeeded("owner@example.org", "198.51.100.9")
        assert here.reaches_others
        assert not counters.rates._is_away  # type: ignore[attr-defined]
        assert not counters.attempts._is_away  # type: ignore[attr-defined]
