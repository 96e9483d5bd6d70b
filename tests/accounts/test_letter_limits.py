"""How many letters a person may have sent to addresses that they name."""

from datetime import timedelta

import pytest

from surtitle.accounts.counters import BoundedCounters
from surtitle.accounts.letter_limits import BY_ONE_PERSON, TO_ONE_ADDRESS, LetterLimits, TooManyLetters
from surtitle.ids import new_id

HOUR = timedelta(hours=1).total_seconds()


async def test_one_person_writes_to_many_addresses_and_not_to_all() -> None:
    limits, spammer = LetterLimits(BoundedCounters()), new_id()
    for number in range(BY_ONE_PERSON.amount):
        await limits.spend(spammer, f"somebody{number}@example.org")
    for _ in range(TO_ONE_ADDRESS.amount):
        with pytest.raises(TooManyLetters) as caught:
            await limits.spend(spammer, "ana@example.org")
    assert 0 < caught.value.retry_after_seconds <= HOUR
    await limits.spend(new_id(), "ana@example.org")


async def test_an_address_gets_a_few_whoever_asks() -> None:
    limits = LetterLimits(BoundedCounters())
    for number in range(TO_ONE_ADDRESS.amount):
        await limits.spend(new_id(), f"ana+{number}@example.org")
    with pytest.raises(TooManyLetters):
        await limits.spend(new_id(), "ana@example.org")
    await limits.spend(new_id(), "ana@elsewhere.org")
