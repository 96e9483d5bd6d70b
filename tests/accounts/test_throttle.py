import asyncio

import pytest

from surtitle.accounts.counters import BoundedCounters
from surtitle.accounts.throttle import Throttle, TooManyAttempts

OWNER = "owner@example.org"
HOME = "192.0.2.7"
ELSEWHERE = "198.51.100.9"


class Clock:
    def __init__(self) -> None:
        self.now = 1_800_000_000.0

    def __call__(self) -> float:
        return self.now


@pytest.fixture
def clock() -> Clock:
    return Clock()


@pytest.fixture
def throttle(clock: Clock) -> Throttle:
    return Throttle(BoundedCounters(clock=clock), clock)


async def guess(throttle: Throttle, account: str = OWNER, address: str | None = ELSEWHERE) -> bool:
    """A wrong password; whether anybody looked at it."""
    try:
        await throttle.check(account, address)
    except TooManyAttempts:
        return False
    await throttle.failed(account, address)
    return True


async def guesses(throttle: Throttle, times: int, account: str = OWNER, address: str = ELSEWHERE) -> int:
    return sum([await guess(throttle, account, address) for _ in range(times)])


async def test_a_thousand_wrong_passwords_are_a_handful_that_anybody_looks_at(throttle: Throttle) -> None:
    assert await guesses(throttle, 1000) == 6


class Away(BoundedCounters):
    """Counts that others can change between two questions, as on another server."""

    async def get(self, key: str) -> int:
        await asyncio.sleep(0)
        return await super().get(key)

    async def incr(self, key: str, expiry: float, amount: int = 1) -> int:
        await asyncio.sleep(0)
        return await super().incr(key, expiry, amount)


async def test_a_thousand_at_the_same_moment_are_no_more(clock: Clock) -> None:
    throttle = Throttle(Away(clock=clock), clock)
    looked_at = await asyncio.gather(*(guess(throttle) for _ in range(1000)))
    assert sum(looked_at) == 6


async def test_each_further_failure_waits_twice_as_long_up_to_a_quarter_of_an_hour(
    throttle: Throttle, clock: Clock
) -> None:
    await guesses(throttle, 5)
    waits = []
    for _ in range(12):
        assert await guess(throttle)
        with pytest.raises(TooManyAttempts) as refused:
            await throttle.check(OWNER, ELSEWHERE)
        waits.append(refused.value.retry_after_seconds)
        clock.now += waits[-1]
    assert waits == [1, 2, 4, 8, 16, 32, 64, 128, 256, 512, 900, 900]


async def test_nobody_can_lock_the_owner_out_from_elsewhere(throttle: Throttle) -> None:
    for number in range(200):
        await guesses(throttle, 20, address=f"203.0.113.{number}")
    for number in range(5000):
        await guess(throttle, address=f"10.0.{number // 250}.{number % 250}")
    await throttle.check(OWNER, HOME)


async def test_an_account_that_many_networks_guess_at_gives_new_ones_fewer_tries(throttle: Throttle) -> None:
    await throttle.check(OWNER, HOME)
    await throttle.succeeded(OWNER, HOME)
    for number in range(50):
        await guess(throttle, address=f"203.0.113.{number}")
    assert await guesses(throttle, 20, address="198.51.100.1") == 2
    assert await guesses(throttle, 20, address=HOME) == 6


async def test_one_network_cannot_go_through_all_accounts(throttle: Throttle, clock: Clock) -> None:
    tried = [await guess(throttle, f"person{number}@example.org") for number in range(1000)]
    assert sum(tried) == 31
    clock.now += 1
    assert await guess(throttle, "person2000@example.org")
    assert not await guess(throttle, "person2001@example.org")


async def test_an_account_of_ones_own_is_no_licence_to_guess_at_others(throttle: Throttle) -> None:
    tried = 0
    for number in range(200):
        tried += await guess(throttle, f"person{number}@example.org")
        try:
            await throttle.check("mallory@example.org", ELSEWHERE)
        except TooManyAttempts:
            continue
        await throttle.succeeded("mallory@example.org", ELSEWHERE)
    assert tried == 31


async def test_who_signed_in_here_before_is_not_delayed_by_the_others_here(throttle: Throttle) -> None:
    await throttle.check(OWNER, HOME)
    await throttle.succeeded(OWNER, HOME)
    for number in range(100):
        await guess(throttle, f"person{number}@example.org", HOME)
    await throttle.check(OWNER, HOME)


async def test_a_success_ends_the_wait(throttle: Throttle, clock: Clock) -> None:
    assert await guesses(throttle, 8) == 6
    clock.now += 1
    await throttle.check(OWNER, ELSEWHERE)
    await throttle.succeeded(OWNER, ELSEWHERE)
    assert await guesses(throttle, 8) == 6


async def test_all_addresses_of_one_ipv6_network_are_one(throttle: Throttle) -> None:
    tried = [await guess(throttle, address=f"2001:db8:1:2::{number:x}") for number in range(100)]
    assert sum(tried) == 6
    assert await guess(throttle, address="2001:db8:1:3::1")


async def test_without_an_address_an_account_has_one_count(throttle: Throttle) -> None:
    tried = [await guess(throttle, "second factor of somebody", None) for _ in range(100)]
    assert sum(tried) == 6
    assert await guess(throttle, "second factor of somebody else", None)


async def test_names_of_people_are_not_kept(clock: Clock) -> None:
    counts = BoundedCounters(clock=clock)
    await guess(Throttle(counts, clock), "\ud800" * 10_000)
    await guess(Throttle(counts, clock))
    assert all(len(key) < 80 and "owner" not in key for key in counts._counts)
