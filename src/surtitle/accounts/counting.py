"""From settings to where rates and failed logins are counted."""

from collections.abc import AsyncIterator
from contextlib import AsyncExitStack, asynccontextmanager
from dataclasses import dataclass, field

from limits.aio.storage import Storage
from pydantic import SecretStr, ValidationError

from surtitle.accounts.counters import BoundedCounters
from surtitle.config import HubSettings, Settings
from surtitle.errors import Unavailable

_REDIS = {"async+redis": "redis", "async+rediss": "rediss", "async+redis+unix": "unix"}


@dataclass(frozen=True, slots=True)
class Counters:
    """Counts of requests and of attempts to sign in: a flood of the one must not push out the other."""

    rates: Storage = field(default_factory=BoundedCounters)
    attempts: Storage = field(default_factory=BoundedCounters)


@asynccontextmanager
async def opened(settings: Settings) -> AsyncIterator[Counters]:
    """Counts where `limits.storage_url` says; else in the hub's Redis; else in this process.

    Raises `Unavailable` for a URL that names no such place. That the place is away is no error.
    """
    url = settings.limits.storage_url.get_secret_value() if settings.limits.storage_url else None
    hub = settings.hub if url is None else _redis_of(url, settings.hub.prefix)
    if url is None and settings.hub.url is None:
        yield Counters()
        return
    # Imported late: a laptop needs no client of Redis.
    from surtitle.accounts.shared_counters import SharedCounters, elsewhere, in_redis  # noqa: PLC0415

    async with AsyncExitStack() as stack:
        if hub is not None:
            shared: Storage = await stack.enter_async_context(in_redis(hub))
        else:
            assert url is not None
            shared = elsewhere(url)
        yield Counters(SharedCounters(shared), SharedCounters(shared))


def _redis_of(url: str, prefix: str) -> HubSettings | None:
    """A single server of Redis as its client knows it; None: the URL names something else."""
    scheme, _, rest = url.partition("://")
    if scheme not in _REDIS:
        return None
    try:
        return HubSettings(url=SecretStr(f"{_REDIS[scheme]}://{rest}"), prefix=prefix)
    except ValidationError:
        raise Unavailable(
            "SURTITLE_LIMITS__STORAGE_URL names no server of Redis: write async+redis://HOST:6379/0, "
            "async+rediss://… or async+redis+unix:///PATH."
        ) from None
