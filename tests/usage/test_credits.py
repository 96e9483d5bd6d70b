import asyncio
from uuid import UUID

import pytest
from sqlalchemy import select
from tests.jobs.table import JobTable
from tests.servers.both import ON_BOTH
from tests.usage.ledger import balance, fund

from surtitle.accounts.access import OWNER_OF_MACHINE, NoSuchProject
from surtitle.accounts.audit import AuditTrail
from surtitle.accounts.secrets import open_secrets
from surtitle.config import Settings, UsageSettings
from surtitle.db.account_models import AuditEvent
from surtitle.db.models import PERSONAL_PROJECT
from surtitle.db.repeats import KeyReused
from surtitle.errors import Invalid
from surtitle.ids import new_id
from surtitle.jobs.queue import Failure
from surtitle.usage.credits import Credits
from surtitle.usage.errors import CreditsUsedUp
from surtitle.usage.tariff import Tariff


def granting(table: JobTable) -> Credits:
    secrets = open_secrets(Settings(data_dir=table.scratch))
    return Credits(table.database, AuditTrail(table.database, secrets))


async def grant(
    table: JobTable, amount: float, reason: str = "order 7", project: UUID | None = None
) -> float:
    entry, left = await granting(table).grant(
        OWNER_OF_MACHINE, project or PERSONAL_PROJECT, amount, reason, "192.0.2.1"
    )
    assert entry.amount == amount
    return left


async def test_work_is_paid_when_it_is_accepted_and_paid_back_when_it_fails(paid: JobTable) -> None:
    with pytest.raises(CreditsUsedUp, match="costs 1 credits and the project has 0"):
        await paid.add()
    await fund(paid.database, 1.0)
    job = await paid.add()
    assert await balance(paid.database) == 0.0
    await paid.queue.fail(await paid.claim(), Failure("x", "x", passing=False))
    assert await balance(paid.database) == 1.0
    await paid.service.retry(PERSONAL_PROJECT, job.id)
    await paid.queue.succeed(await paid.claim(), {})
    await paid.service.delete(PERSONAL_PROJECT, job.id)
    assert await balance(paid.database) == 0.0


@ON_BOTH
async def test_a_failure_after_a_failure_pays_back_once_each(paid: JobTable) -> None:
    await fund(paid.database, 1.0)
    job = await paid.add()
    for _ in range(2):
        await paid.service.cancel(PERSONAL_PROJECT, job.id)
        assert await balance(paid.database) == 1.0
        await paid.service.retry(PERSONAL_PROJECT, job.id)
        assert await balance(paid.database) == 0.0


@ON_BOTH
async def test_the_last_credit_is_spent_once(paid: JobTable) -> None:
    await fund(paid.database, 1.0)
    answers = await asyncio.gather(paid.add(), paid.add(), return_exceptions=True)
    assert sorted(type(answer).__name__ for answer in answers) == ["CreditsUsedUp", "Job"]
    assert await balance(paid.database) == 0.0


async def test_a_grant_that_comes_again_moves_nothing_and_another_under_its_key_is_refused(
    paid: JobTable,
) -> None:
    ledger = granting(paid)

    async def granted(amount: float) -> float:
        _, left = await ledger.grant(OWNER_OF_MACHINE, PERSONAL_PROJECT, amount, "order 7", None, key="once")
        return left

    assert [await granted(600.0), await granted(600.0)] == [600.0, 600.0]
    with pytest.raises(KeyReused):
        await granted(700.0)
    assert await balance(paid.database) == 600.0


async def test_a_grant_is_in_the_audit_trail_without_its_reason(paid: JobTable) -> None:
    assert await grant(paid, 600.0) == 600.0
    assert await grant(paid, -100.0) == 500.0
    async with paid.database.reading() as session:
        told = (await session.scalars(select(AuditEvent).order_by(AuditEvent.number))).all()
    assert [(event.action, event.project_id, event.detail) for event in told] == [
        ("credits.granted", PERSONAL_PROJECT, {"amount": 600.0}),
        ("credits.granted", PERSONAL_PROJECT, {"amount": -100.0}),
    ]


@ON_BOTH
async def test_a_grant_that_comes_again_moves_nothing(paid: JobTable) -> None:
    wish = (OWNER_OF_MACHINE, PERSONAL_PROJECT, 60.0, "order 7", "192.0.2.1")
    made = await asyncio.gather(*(granting(paid).grant(*wish, key="sent twice") for _ in range(2)))
    assert len({entry.id for entry, _left in made}) == 1
    assert [left for _entry, left in made] == [60.0, 60.0]
    await granting(paid).grant(*wish, key="another")
    assert await balance(paid.database) == 120.0
    async with paid.database.reading() as session:
        assert len((await session.scalars(select(AuditEvent))).all()) == 2


@pytest.mark.parametrize(
    ("amount", "reason"),
    [(0.0, "x"), (float("nan"), "x"), (float("inf"), "x"), (2e9, "x"), (1.0, " "), (1.0, "a\r\nb"),
     (1.0, "x" * 201)],
)  # fmt: skip
async def test_a_senseless_grant_is_refused(paid: JobTable, amount: float, reason: str) -> None:
    with pytest.raises(Invalid):
        await grant(paid, amount, reason)
    assert await balance(paid.database) == 0.0


async def test_a_project_that_is_not_there_gets_no_credits(paid: JobTable) -> None:
    stranger = new_id()
    with pytest.raises(NoSuchProject):
        await grant(paid, 1.0, project=stranger)
    with pytest.raises(NoSuchProject):
        await granting(paid).account(stranger, None, 10)


async def test_movements_are_told_page_by_page_newest_first(paid: JobTable) -> None:
    for amount in (1.0, 2.0, 3.0):
        await grant(paid, amount)
    first = await granting(paid).account(PERSONAL_PROJECT, None, 2)
    rest = await granting(paid).account(PERSONAL_PROJECT, first.movements.next_cursor, 2)
    assert first.balance == rest.balance == 6.0
    assert [entry.amount for entry in (*first.movements.items, *rest.movements.items)] == [3.0, 2.0, 1.0]
    assert rest.movements.next_cursor is None


def test_a_film_costs_by_its_engine_and_length() -> None:
    tariff = Tariff(UsageSettings(film_credits_a_minute={"fal": 60.0, "other": 5.0}))
    assert tariff.credits_for("transcript", 90.0, "whisper") == 1.5
    assert tariff.credits_for("film", 30.0, "fal") == 30.0
    assert tariff.credits_for("film", 60.0, "new-engine") == 5.0
    assert tariff.credits_for("film", 60.0, None) == 5.0


async def test_sound_that_its_header_did_not_tell_of_is_paid_too(paid: JobTable) -> None:
    await fund(paid.database, 2.0)
    await paid.add()
    work = await paid.work(await paid.claim())
    await work.heard(90.0)
    assert await balance(paid.database) == 0.5
    with pytest.raises(CreditsUsedUp, match=r"costs 1\.5 credits and the project has 0\.5"):
        await work.heard(180.0)
    await paid.queue.fail(work.claim, Failure("x", "x", passing=False))
    assert await balance(paid.database) == 2.0
