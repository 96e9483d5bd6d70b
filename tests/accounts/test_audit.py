"""The trail on a real database: one chain, however many write, and nothing in it can be altered unseen."""

import asyncio
import multiprocessing
from uuid import UUID

import pytest
from sqlalchemy import select, text
from sqlalchemy.exc import DBAPIError, IntegrityError
from tests.servers.both import ON_BOTH

from surtitle.accounts.access import Principal
from surtitle.accounts.audit import NOBODY, AuditTrail, Deed, head_seal
from surtitle.accounts.audit_verification import AuditVerification, FaultKind, TrailEnd, Verdict
from surtitle.accounts.secrets import Secrets
from surtitle.clock import utc_now
from surtitle.db.account_models import AuditEvent, AuditPerson
from surtitle.db.engine import Database
from surtitle.errors import Invalid
from surtitle.ids import new_id

SECRET = b"s" * 32
GUARDS = ("changed", "deleted", "replaced")


@pytest.fixture
def trail(database: Database) -> AuditTrail:
    return AuditTrail(database, Secrets(SECRET))


async def told(trail: AuditTrail, count: int, by: Principal | None = None) -> None:
    for number in range(count):
        await trail.tell(Deed("key.created", by=by, address="192.0.2.7", detail={"number": number}))


async def verified(database: Database, known: TrailEnd | None = None, secret: bytes = SECRET) -> Verdict:
    return await AuditVerification(database, AuditTrail(database, Secrets(secret))).verify(known)


async def tampered(database: Database, *statements: str) -> None:
    """What somebody does who owns the database file and takes the guards off first."""
    async with database.engine.begin() as connection:
        if not database.is_sqlite:
            await connection.execute(text("ALTER TABLE audit_events DISABLE TRIGGER USER"))
        for guard in GUARDS if database.is_sqlite else ():
            await connection.execute(text(f"DROP TRIGGER IF EXISTS audit_events_are_not_{guard}"))
        for statement in statements:
            await connection.execute(text(statement))


@ON_BOTH
async def test_a_trail_that_nobody_touched_is_whole(database: Database, trail: AuditTrail) -> None:
    assert (await verified(database)).fault is None
    await told(trail, 5)
    verdict = await verified(database)
    assert (verdict.events, verdict.end.number, verdict.fault) == (5, 5, None)


@pytest.mark.parametrize(
    ("statement", "number", "kind"),
    [
        ("UPDATE audit_events SET action = 'nothing.happened' WHERE number = 3", 3, FaultKind.CHANGED),
        ("UPDATE audit_events SET detail = '{}' WHERE number = 1", 1, FaultKind.CHANGED),
        ("UPDATE audit_events SET at = '2020-01-01 00:00:00' WHERE number = 2", 2, FaultKind.CHANGED),
        ("DELETE FROM audit_events WHERE number = 3", 3, FaultKind.MISSING),
        ("DELETE FROM audit_events WHERE number = 1", 1, FaultKind.MISSING),
        ("DELETE FROM audit_events WHERE number > 3", 4, FaultKind.CUT),
        ("DELETE FROM audit_events", 1, FaultKind.CUT),
        ("UPDATE audit_head SET number = 4", 4, FaultKind.FORGED),
        ("DELETE FROM audit_head", 5, FaultKind.FORGED),
    ],
)
async def test_the_first_broken_number_is_told_and_what_is_wrong(
    database: Database, trail: AuditTrail, statement: str, number: int, kind: FaultKind
) -> None:
    await told(trail, 5)
    await tampered(database, statement)
    fault = (await verified(database)).fault
    assert fault is not None
    assert (fault.number, fault.kind) == (number, kind)


async def test_an_end_sealed_with_another_secret_is_forged(database: Database, trail: AuditTrail) -> None:
    await told(trail, 2)
    fault = (await verified(database, secret=b"another secret of thirty-two bytes")).fault
    assert fault is not None
    assert fault.kind is FaultKind.FORGED


@ON_BOTH
async def test_who_has_the_secret_too_is_seen_through_by_an_end_that_was_kept(
    database: Database, trail: AuditTrail
) -> None:
    await told(trail, 3)
    kept = (await verified(database)).end
    async with database.reading() as session:
        second = (await session.scalars(select(AuditEvent).where(AuditEvent.number == 2))).one()
    seal = head_seal(Secrets(SECRET), 2, second.hash)
    await tampered(
        database,
        "DELETE FROM audit_events WHERE number = 3",
        f"UPDATE audit_head SET number = 2, hash = '{second.hash}', seal = '{seal}'",
    )
    assert (await verified(database)).fault is None
    fault = (await verified(database, TrailEnd.parse(str(kept)))).fault
    assert fault is not None
    assert (fault.number, fault.kind) == (3, FaultKind.CUT)
    await told(trail, 1)
    fault = (await verified(database, kept)).fault
    assert fault is not None
    assert (fault.number, fault.kind) == (3, FaultKind.OTHER_TRAIL)


@pytest.mark.parametrize("wrong", ["", "7", "x:" + "0" * 64, "7:abc", "٣:" + "0" * 64])
def test_an_end_that_was_never_told_is_refused(wrong: str) -> None:
    with pytest.raises(Invalid):
        TrailEnd.parse(wrong)


@pytest.mark.parametrize(
    "statement",
    [
        "UPDATE audit_events SET action = 'nothing.happened'",
        "DELETE FROM audit_events WHERE number = 1",
        "INSERT OR REPLACE INTO audit_events SELECT * FROM audit_events WHERE number = 1",
    ],
)
async def test_sqlite_itself_refuses_to_alter_an_event(
    database: Database, trail: AuditTrail, statement: str
) -> None:
    await told(trail, 2)
    with pytest.raises(IntegrityError, match="append-only"):
        async with database.writing() as session:
            await session.execute(text(statement))
    assert (await verified(database)).fault is None


async def test_postgresql_itself_refuses_to_alter_an_event(migrated_url: str) -> None:
    database = Database(migrated_url)
    await told(AuditTrail(database, Secrets(SECRET)), 2)
    for statement in (
        "UPDATE audit_events SET action = 'nothing.happened'",
        "DELETE FROM audit_events WHERE number = 1",
        "TRUNCATE audit_events",
    ):
        with pytest.raises(DBAPIError, match="append-only"):
            async with database.writing() as session:
                await session.execute(text(statement))
    assert (await verified(database)).fault is None
    await database.close()


@ON_BOTH
async def test_a_deed_that_is_undone_leaves_no_trace(database: Database, trail: AuditTrail) -> None:
    await told(trail, 1)
    with pytest.raises(RuntimeError):  # noqa: PT012  the transaction is what raises
        async with database.writing() as session:
            await trail.add(session, Deed("key.created"))
            raise RuntimeError
    await told(trail, 1)
    verdict = await verified(database)
    assert (verdict.events, verdict.fault) == (2, None)


def write_from_another_process(url: str, count: int) -> None:
    async def write() -> None:
        database = Database(url)
        trail = AuditTrail(database, Secrets(SECRET))
        await asyncio.gather(
            *(trail.tell(Deed("login.succeeded", address="192.0.2.1")) for _ in range(count))
        )
        await database.close()

    asyncio.run(write())


@ON_BOTH
async def test_many_processes_write_one_chain(database: Database) -> None:
    spawn = multiprocessing.get_context("spawn")
    writers = [spawn.Process(target=write_from_another_process, args=(database.url, 15)) for _ in range(3)]
    for writer in writers:
        writer.start()
    for writer in writers:
        await asyncio.to_thread(writer.join)
    assert [writer.exitcode for writer in writers] == [0, 0, 0]
    verdict = await verified(database)
    assert (verdict.events, verdict.fault) == (45, None)
    async with database.reading() as session:
        assert len((await session.scalars(select(AuditPerson))).all()) == 1


async def test_the_trail_itself_holds_neither_ids_of_people_nor_addresses(
    database: Database, trail: AuditTrail
) -> None:
    user_id = new_id()
    by = Principal(user_id=user_id)
    await trail.tell(Deed("role.changed", by=by, address="192.0.2.7", object_kind="user", object_id=user_id))
    await trail.tell(Deed("login.failed", address="192.0.2.8"))
    async with database.reading() as session:
        first, second = (await session.scalars(select(AuditEvent).order_by(AuditEvent.number))).all()
        people = (await session.scalars(select(AuditPerson).where(AuditPerson.user_id == user_id))).all()
    assert {first.actor, first.origin} == {person.pseudonym for person in people}
    assert first.object_id == first.actor
    assert second.actor == NOBODY
    written = str([first.__dict__, second.__dict__])
    assert str(user_id) not in written
    assert "192.0.2" not in written


async def test_addresses_of_nobody_are_forgotten_in_time_and_those_of_people_are_not(
    database: Database, trail: AuditTrail
) -> None:
    await trail.tell(Deed("login.failed", address="192.0.2.8"))
    await trail.tell(Deed("login.succeeded", by=Principal(user_id=UUID(int=5)), address="192.0.2.9"))
    assert await trail.forget_addresses(utc_now()) == 1
    async with database.reading() as session:
        assert {person.value for person in await session.scalars(select(AuditPerson))} == {
            "192.0.2.9",
            str(UUID(int=5)),
        }
