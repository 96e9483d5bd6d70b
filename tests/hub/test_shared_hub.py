"""Hints through a real Redis, which may be killed, emptied or silent at any time."""

import asyncio
import logging
import os
import signal
from collections.abc import AsyncIterator, Callable, Iterator
from contextlib import asynccontextmanager
from pathlib import Path
from time import monotonic

import pytest
from pydantic import SecretStr
from tests.servers.redis import PASSWORD, RedisServer, redis_server

from surtitle.config import HubSettings, Settings
from surtitle.hub import PATIENCE_SECONDS, Hub, Listener, LocalHub, opened
from surtitle.hub.link import pause_seconds
from surtitle.hub.shared import RedisHub

POLL_SECONDS = 0.25


@pytest.fixture
def own_redis(tmp_path: Path) -> Iterator[RedisServer]:
    """A server that the test may do anything to."""
    with redis_server(tmp_path / "redis") as server:
        yield server


@asynccontextmanager
async def hubs(server: RedisServer, *prefixes: str) -> AsyncIterator[list[RedisHub]]:
    """As many processes' hubs."""
    hubs = [
        RedisHub(HubSettings(url=SecretStr(server.url), prefix=prefix), POLL_SECONDS) for prefix in prefixes
    ]
    async with asyncio.TaskGroup() as tasks:
        closing = asyncio.Event()
        for hub in hubs:
            tasks.create_task(_kept_open(hub, closing))
        try:
            yield hubs
        finally:
            closing.set()


async def _kept_open(hub: RedisHub, closing: asyncio.Event) -> None:
    async with hub.opened():
        await closing.wait()


async def until(comes_true: Callable[[], bool]) -> None:
    async with asyncio.timeout(30):
        while not comes_true():  # noqa: ASYNC110  there is no event for all that a test waits for
            await asyncio.sleep(0.01)


async def woken(listener: Listener) -> None:
    """Raises when it is not within seconds."""
    began = monotonic()
    await listener.wait(15)
    assert monotonic() - began < 14


async def is_heard(giving: Hub, hearing: Hub, topic: str, seconds: float = 10) -> bool:
    """Whether a hint that `giving` gives now comes to `hearing`."""
    heard = asyncio.Event()
    with hearing.on_wake(topic, heard.set):
        # That the subscription is there is a hint too.
        async with asyncio.timeout(30):
            await heard.wait()
        heard.clear()
        giving.wake(topic)
        try:
            async with asyncio.timeout(seconds):
                await heard.wait()
        except TimeoutError:
            return False
        return True


async def test_a_hint_reaches_other_processes_and_those_of_its_topic_alone(redis: RedisServer) -> None:
    async with hubs(redis, "one", "one") as (here, there):
        with there.listen("job:2") as deaf:
            assert await is_heard(here, there, "job:1")
            assert await is_heard(there, here, "job:1")
            began = monotonic()
            await woken(deaf)  # by its subscription
            await deaf.wait(0.2)
            assert monotonic() - began >= 0.2


async def test_ones_own_hint_is_heard_once(redis: RedisServer) -> None:
    async with hubs(redis, "one", "one") as (here, there):
        heard: list[str] = []
        with (
            here.on_wake("job:1", lambda: heard.append("one's own")),
            here.on_wake("job:2", lambda: heard.append("another's")),
            there.listen("job:1") as listener,
        ):
            await until(lambda: sorted(heard) == ["another's", "one's own"])
            await woken(listener)
            heard.clear()
            here.wake("job:1")
            await woken(listener)
            # It comes on the same connection, and so after one's own hint would.
            there.wake("job:2")
            await until(lambda: "another's" in heard)
            assert heard == ["one's own", "another's"]


async def test_installations_that_share_a_server_do_not_hear_each_other(redis: RedisServer) -> None:
    async with hubs(redis, "one", "another", "one") as (here, elsewhere, there):
        assert not await is_heard(here, elsewhere, "queue", 0.3)
        assert await is_heard(here, there, "queue")


async def test_a_command_that_ends_at_once_gives_its_hint_first(redis: RedisServer) -> None:
    async with hubs(redis, "one") as (there,):
        with there.listen("queue") as listener:
            await woken(listener)
            async with RedisHub(HubSettings(url=SecretStr(redis.url), prefix="one"), 1).opened() as brief:
                brief.wake("queue")
            await woken(listener)


async def test_all_goes_on_without_redis_and_with_it_again(
    own_redis: RedisServer, caplog: pytest.LogCaptureFixture
) -> None:
    caplog.set_level(logging.INFO, "surtitle")
    own_redis.kill()
    async with hubs(own_redis, "one", "one") as (here, there):
        with there.listen("job:1") as listener, here.listen("job:1") as own:
            here.wake("job:1")
            await own.wait(0)
            await until(lambda: len(caplog.records) >= 3)
            assert not here.reaches_others
            assert here.patience_seconds == POLL_SECONDS
            own_redis.start()
            await until(lambda: here.reaches_others and there.reaches_others)
            assert here.patience_seconds == PATIENCE_SECONDS
            # That it is subscribed to again counts as a hint: one may have been lost meanwhile.
            await woken(listener)
            own_redis.command("FLUSHALL")
            here.wake("job:1")
            await woken(listener)
            own_redis.kill()
            await until(lambda: not (here.reaches_others or there.reaches_others))
            own_redis.start()
            await woken(listener)
            assert await is_heard(here, there, "job:2")
    told = [record.message for record in caplog.records]
    # Each of two directions of two processes, once each time that it broke, not at each try.
    assert 3 <= len([line for line in told if line.startswith("cannot")]) <= 8
    assert any("again" in line for line in told)
    assert PASSWORD not in caplog.text


async def test_a_silent_redis_holds_up_nobody_who_starts_speaks_or_ends(own_redis: RedisServer) -> None:
    os.kill(own_redis.pid, signal.SIGSTOP)
    try:
        began = monotonic()
        async with asyncio.timeout(15), hubs(own_redis, "one") as (hub,):
            for number in range(20_000):
                hub.wake(f"job:{number}")
            assert not hub.reaches_others
            await asyncio.sleep(0)
        assert monotonic() - began < 5
    finally:
        os.kill(own_redis.pid, signal.SIGCONT)


def test_pauses_grow_to_seconds_and_no_further_however_long_redis_is_away() -> None:
    pauses = [pause_seconds(failures) for failures in (0, 3, 10, 100_000)]
    assert pauses[0] <= 0.1 < pauses[1] < 1
    assert all(2.5 <= pause <= 5 for pause in pauses[2:])


async def test_the_settings_say_which_hub(tmp_path: Path, redis: RedisServer) -> None:
    laptop = Settings(data_dir=tmp_path, _env_file=None)
    far = laptop.model_copy(update={"database_url": SecretStr("postgresql://db/x")})
    shared = far.model_copy(update={"hub": HubSettings(url=SecretStr(redis.url))})
    async with opened(laptop) as hub:
        assert isinstance(hub, LocalHub)
        assert (hub.reaches_others, hub.patience_seconds) == (True, PATIENCE_SECONDS)
    async with opened(far) as hub:
        assert isinstance(hub, LocalHub)
        assert (hub.reaches_others, hub.patience_seconds) == (False, far.jobs.poll_seconds)
    async with opened(shared) as hub:
        assert isinstance(hub, RedisHub)
