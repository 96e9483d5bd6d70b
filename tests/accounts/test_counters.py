import pytest
from limits import RateLimitItemPerMinute
from limits.aio.strategies import SlidingWindowCounterRateLimiter

from surtitle.accounts.counters import BoundedCounters
from surtitle.accounts.networks import is_within, network_of


class Clock:
    now = 1_800_000_000.0

    def __call__(self) -> float:
        return self.now


async def test_a_count_runs_out_from_its_first() -> None:
    clock = Clock()
    counts = BoundedCounters(clock=clock)
    assert [await counts.incr("a", 10), await counts.incr("a", 10)] == [1, 2]
    clock.now += 9
    assert await counts.incr("a", 10) == 3
    clock.now += 1
    assert await counts.get("a") == 0
    assert await counts.incr("a", 10) == 1


async def test_a_million_addresses_fill_no_memory_and_the_newest_are_kept() -> None:
    counts = BoundedCounters(most=100)
    for number in range(1000):
        await counts.incr(f"address {number}", 60)
    assert len(counts) == 100
    assert await counts.get("address 999") == 1


async def test_counts_that_ran_out_leave_as_new_ones_come() -> None:
    clock = Clock()
    counts = BoundedCounters(clock=clock)
    for number in range(40):
        await counts.incr(f"old {number}", 60)
    clock.now += 60
    for number in range(20):
        await counts.incr(f"new {number}", 60)
    assert len(counts) == 20


async def test_a_window_slides_and_a_new_minute_is_no_new_start() -> None:
    clock = Clock()
    clock.now -= clock.now % 60
    limiter = SlidingWindowCounterRateLimiter(BoundedCounters(clock=clock))
    ten = RateLimitItemPerMinute(10)
    clock.now += 59
    assert sum([await limiter.hit(ten, "me") for _ in range(20)]) == 10
    clock.now += 2
    assert sum([await limiter.hit(ten, "me") for _ in range(20)]) == 1
    clock.now += 60
    assert sum([await limiter.hit(ten, "me") for _ in range(20)]) == 10


@pytest.mark.parametrize(
    ("address", "network"),
    [
        ("192.0.2.7", "192.0.2.7"),
        ("::ffff:192.0.2.7", "192.0.2.7"),
        ("192.0.2.7:443", "192.0.2.7"),
        ("2001:db8:1:2:3:4:5:6", "2001:db8:1:2::/64"),
        ("[2001:db8:1:2::9]:443", "2001:db8:1:2::/64"),
        ("nonsense", "unknown"),
        ("", "unknown"),
        (None, "unknown"),
    ],
)
def test_a_network_is_what_one_customer_holds(address: str | None, network: str) -> None:
    assert network_of(address) == network


def test_a_proxy_is_trusted_in_either_clothes() -> None:
    assert is_within("::ffff:10.1.2.3", ["10.0.0.0/8"])
    assert not is_within("11.1.2.3", ["10.0.0.0/8"])
    assert not is_within("unknown", ["0.0.0.0/0"])
