"""Nobody gets a hundred mails because a hundred jobs are done."""

import asyncio
from datetime import timedelta

import pytest
from tests.notifications.desk import Desk
from tests.notifications.postbox import part
from tests.servers.both import ON_BOTH

from surtitle.clock import utc_now
from surtitle.db.time import epoch_now
from surtitle.jobs.milestones import JobMilestone
from surtitle.notifications import claiming
from surtitle.notifications.sending import OutboxSender


@ON_BOTH
async def test_many_jobs_at_once_are_told_in_one_mail(desk: Desk) -> None:
    await desk.tell(times=12)
    assert await desk.send() == 1
    [mail] = desk.box.mails
    assert mail["Subject"] == "12 jobs are done"
    assert part(mail).count("- talk.mp4 (transcript, project “Films”)") == 12
    assert part(mail, "html").count("<li>talk.mp4") == 12
    assert set(await desk.states()) == {"sent"}


async def test_all_of_them_are_listed_however_many(desk: Desk) -> None:
    await desk.tell(JobMilestone.JOB_FAILED, times=120)
    assert await desk.send() == 1
    [mail] = desk.box.mails
    assert mail["Subject"] == "120 jobs failed"
    assert part(mail).count("- talk.mp4 ") == part(mail, "html").count("<li>talk.mp4") == 120


async def test_a_few_jobs_are_told_one_by_one(desk: Desk) -> None:
    await desk.tell(times=5)
    await desk.send()
    assert desk.box.subjects == ["Done: talk.mp4"] * 5


@ON_BOTH
async def test_a_stream_of_jobs_is_told_singly_at_first_and_then_together(desk: Desk) -> None:
    for _ in range(9):
        await desk.tell()
        await desk.send()
    assert desk.box.subjects == ["Done: talk.mp4"] * 5
    assert await desk.states() == ["sent"] * 5 + ["waiting"] * 4
    # The window is over for the first.
    await desk.set(due_epoch=epoch_now(), settled_at=utc_now() - timedelta(minutes=11))
    await desk.send()
    assert desk.box.subjects[5:] == ["Done: talk.mp4"] * 4


@ON_BOTH
async def test_more_than_fit_in_one_mail_wait_for_room_too(
    desk: Desk, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(claiming, "MOST_TOGETHER", 3)
    for _ in range(5):
        await desk.tell()
        await desk.send()
    await desk.tell(times=7)
    async with asyncio.timeout(20):
        assert await desk.send() == 0
    assert await desk.states() == ["sent"] * 5 + ["waiting"] * 7
    await desk.set(due_epoch=epoch_now(), settled_at=utc_now() - timedelta(minutes=11))
    await desk.send()
    assert set(await desk.states()) == {"sent"}
    assert "3 jobs are done" in desk.box.subjects


async def test_what_waited_for_a_server_of_a_day_ago_does_not_come_as_a_storm(desk: Desk) -> None:
    desk.box.reply = "451 later"
    for _ in range(8):
        await desk.tell(times=3)
        await desk.set(due_epoch=epoch_now())
        await desk.send()
    desk.box.reply = "250 OK"
    await desk.set(due_epoch=epoch_now())
    await desk.send()
    await desk.set(due_epoch=epoch_now(), settled_at=utc_now() - timedelta(minutes=11))
    await desk.send()
    assert set(await desk.states()) == {"sent"}
    assert len(desk.box.mails) <= 6
    assert sum(part(mail).count("talk.mp4") for mail in desk.box.mails) == 24


async def test_each_kind_is_counted_for_itself(desk: Desk) -> None:
    await desk.tell(times=6)
    await desk.tell(JobMilestone.JOB_FAILED)
    await desk.send()
    assert sorted(desk.box.subjects) == ["6 jobs are done", "Failed: talk.mp4"]


@pytest.mark.parametrize("database_url", ["postgresql"], indirect=True)
async def test_several_processes_keep_the_limit_together(desk: Desk) -> None:
    carriers = desk.parts.sender._carriers
    others = [OutboxSender(desk.database, desk.hub, desk.settings.mail, carriers) for _ in range(3)]
    for _ in range(8):
        await desk.tell()
        await asyncio.gather(*(sender.send_due() for sender in others))
    assert len(desk.box.mails) == 5
