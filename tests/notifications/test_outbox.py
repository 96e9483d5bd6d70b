"""Each letter goes once, whatever dies or is away on the way."""

import asyncio
import sqlite3
from contextlib import closing
from datetime import timedelta

import pytest
from sqlalchemy import delete, func, select, text
from tests.notifications.desk import EMAIL, Desk
from tests.notifications.postbox import part
from tests.servers.both import ON_BOTH

from surtitle.accounts.post import Letter, LetterKind, To
from surtitle.clock import utc_now
from surtitle.db.account_models import User
from surtitle.db.job_models import Job
from surtitle.db.notification_models import OutboxLetter
from surtitle.db.time import epoch_now
from surtitle.jobs.milestones import JobMilestone
from surtitle.notifications.claiming import LEASE_SECONDS, Claims
from surtitle.notifications.events import MAIL
from surtitle.notifications.keeping import LetterNotFound
from surtitle.notifications.letters import TOPIC
from surtitle.notifications.sending import OutboxSender

LINK = "https://films.example/account/new-password#secret-token"
RESET = Letter(LetterKind.RESET, {"link": LINK, "hours": 1}, timedelta(hours=1))


async def put(desk: Desk, letter: Letter = RESET, to: To | None = None) -> None:
    async with desk.database.writing() as session:
        await desk.post.put(session, letter, to or To(EMAIL, desk.user_id))


@ON_BOTH
async def test_a_letter_is_sent_once_after_the_commit_and_nothing_of_it_is_kept(desk: Desk) -> None:
    with desk.hub.listen(TOPIC) as listener:
        async with desk.database.writing() as session:
            await desk.post.put(session, RESET, To(EMAIL, desk.user_id))
            assert not listener.event.is_set()
        assert listener.event.is_set()
    assert await desk.send() == 1
    assert await desk.send() == 0
    [mail] = desk.box.mails
    assert (mail["To"], mail["Subject"]) == (EMAIL, "A new password for Surtitle")
    assert LINK in part(mail)
    assert "List-Unsubscribe" not in mail
    [row] = await desk.rows()
    assert (row.state, row.payload, row.attempts) == ("sent", None, 1)


async def test_who_is_woken_finds_the_letter(desk: Desk) -> None:
    seen = []

    def look() -> None:
        with closing(sqlite3.connect(desk.settings.data_dir / "surtitle.db")) as database:
            seen.append(database.execute("SELECT count(*) FROM outbox").fetchone()[0])

    with desk.hub.on_wake(TOPIC, look):
        await put(desk)
    assert seen == [1]


async def test_a_letter_of_what_was_undone_is_never_sent(desk: Desk) -> None:
    with desk.hub.listen(TOPIC) as listener:
        async with desk.database.writing() as session:
            await desk.post.put(session, RESET, To(EMAIL, desk.user_id))
            await session.rollback()
        assert not listener.event.is_set()
    assert await desk.send() == 0


async def test_a_link_cannot_be_read_from_the_database(desk: Desk) -> None:
    await put(desk)
    async with desk.database.reading() as session:
        rows = (await session.execute(text("SELECT * FROM outbox"))).mappings().all()
    assert "secret-token" not in str(rows)
    assert EMAIL not in str(rows)


@ON_BOTH
async def test_many_processes_at_once_send_each_letter_once(desk: Desk) -> None:
    for _ in range(12):
        await put(desk, Letter(LetterKind.PASSWORD_SET))
    others = [
        OutboxSender(desk.database, desk.hub, desk.settings.mail, desk.parts.sender._carriers)
        for _ in range(3)
    ]
    await asyncio.gather(*(sender.send_due() for sender in others))
    ids = [mail["Message-ID"] for mail in desk.box.mails]
    assert len(ids) == len(set(ids)) == 12


@ON_BOTH
async def test_what_a_process_had_claimed_when_it_died_goes_when_its_lease_ends(desk: Desk) -> None:
    await put(desk)
    dead = await Claims(desk.database, desk.settings.mail).next(MAIL)
    assert dead is not None
    assert await desk.send() == 0
    await desk.set(lease_until_epoch=epoch_now() - 1.0)
    assert await desk.send() == 1
    assert await desk.states() == ["sent"]


@ON_BOTH
async def test_a_mail_that_was_taken_when_its_process_died_goes_again_as_the_same_mail(desk: Desk) -> None:
    await desk.tell(times=7)
    claims = Claims(desk.database, desk.settings.mail)
    parcel = await claims.next(MAIL)
    assert parcel is not None
    await desk.parts.sender._carriers["mail"].carry(parcel.letters)
    # Dead before it could say so. More has happened since, which is another mail's to tell.
    await desk.tell(times=1)
    await desk.set(lease_until_epoch=epoch_now() - 1.0)
    await desk.send()
    first, again = (mail for mail in desk.box.mails if mail["Subject"] == "7 jobs are done")
    assert first["Message-ID"] == again["Message-ID"]
    assert part(first) == part(again)


async def test_who_comes_back_late_changes_nothing(desk: Desk) -> None:
    await put(desk)
    late = await Claims(desk.database, desk.settings.mail).next(MAIL)
    assert late is not None
    await desk.set(lease_until_epoch=epoch_now() - 1.0)
    await desk.send()
    await desk.parts.sender._settle(late, state="failed", reason="too late")
    assert await desk.states() == ["sent"]


async def test_a_server_that_is_away_for_a_day_gets_the_mail_when_it_is_back(desk: Desk) -> None:
    await put(desk, Letter(LetterKind.PASSWORD_SET))
    desk.box.reply = "451 later"
    for hour in range(0, 24, 4):
        assert await desk.send() == 1, hour
        assert await desk.send() == 0
        [row] = await desk.rows()
        assert (row.state, row.reason) == ("waiting", "the mail server refuses the recipient")
        await desk.set(due_epoch=epoch_now(), created_at=utc_now() - timedelta(hours=hour))
    desk.box.reply = "250 OK"
    assert await desk.send() == 1
    assert len(desk.box.mails) == 1


async def test_a_mail_that_nobody_takes_for_days_has_failed_and_can_be_tried_again(desk: Desk) -> None:
    await put(desk, Letter(LetterKind.PASSWORD_SET))
    desk.box.reply = "451 later"
    await desk.set(created_at=utc_now() - timedelta(hours=73))
    await desk.send()
    [row] = await desk.rows()
    assert row.state == "failed"
    desk.box.reply = "250 OK"
    assert await desk.send() == 0
    assert await desk.parts.outbox.retry(row.id) == 1
    await desk.send()
    assert len(desk.box.mails) == 1
    with pytest.raises(LetterNotFound):
        await desk.parts.outbox.retry(row.id)


async def test_an_address_that_is_refused_is_not_asked_again(
    desk: Desk, caplog: pytest.LogCaptureFixture
) -> None:
    await put(desk, Letter(LetterKind.PASSWORD_SET))
    desk.box.reply = f"550 no such {EMAIL}"
    await desk.send()
    [row] = await desk.rows()
    assert (row.state, row.reason) == ("failed", "the mail server refuses the recipient")
    assert "it is given up" in caplog.text
    assert EMAIL not in caplog.text


async def test_a_link_that_works_no_more_is_not_sent_late(desk: Desk) -> None:
    await put(desk)
    await desk.set(expires_at=utc_now())
    await desk.send()
    [row] = await desk.rows()
    assert (row.state, row.payload, desk.box.mails) == ("failed", None, [])
    assert await desk.parts.outbox.retry() == 0


@ON_BOTH
@pytest.mark.parametrize("column", ["due_epoch", "lease_until_epoch"])
async def test_a_clock_that_was_a_year_ahead_and_is_set_back_keeps_no_letter(desk: Desk, column: str) -> None:
    await put(desk)
    await desk.set(**{column: epoch_now() + 365 * 86_400.0})
    assert await desk.send() == 1


async def test_a_lease_that_is_in_force_is_heeded(desk: Desk) -> None:
    await put(desk)
    await desk.set(lease_until_epoch=epoch_now() + LEASE_SECONDS / 2)
    assert await desk.send() == 0


async def test_what_a_letter_was_about_may_be_gone(desk: Desk) -> None:
    await desk.tell()
    async with desk.database.writing() as session:
        await session.execute(delete(Job))
    await desk.send()
    assert (await desk.rows(), desk.box.mails) == ([], [])


async def test_a_person_who_is_blocked_hears_of_no_jobs(desk: Desk) -> None:
    await desk.tell()
    async with desk.database.writing() as session:
        (await session.get_one(User, desk.user_id)).state = "blocked"
    await desk.send()
    assert (await desk.rows(), desk.box.mails) == ([], [])


@ON_BOTH
async def test_what_was_sent_long_ago_is_forgotten(desk: Desk) -> None:
    await put(desk, Letter(LetterKind.PASSWORD_SET))
    await desk.send()
    await desk.tell(JobMilestone.JOB_FAILED)
    assert await desk.parts.outbox.remove_old() == 0
    await desk.set(settled_at=utc_now() - timedelta(days=8))
    async with desk.database.writing() as session:
        await session.execute(text("UPDATE outbox SET settled_at = NULL WHERE state = 'waiting'"))
    assert await desk.parts.outbox.remove_old() == 1
    async with desk.database.reading() as session:
        assert await session.scalar(select(func.count()).select_from(OutboxLetter)) == 1


async def test_the_loop_sends_what_comes(desk: Desk) -> None:
    running = asyncio.create_task(desk.parts.sender.run())
    try:
        await put(desk)
        async with asyncio.timeout(30):
            while not desk.box.mails:  # noqa: ASYNC110 - the mail server has no event for it
                await asyncio.sleep(0.02)
    finally:
        running.cancel()
        with pytest.raises(asyncio.CancelledError):
            await running
