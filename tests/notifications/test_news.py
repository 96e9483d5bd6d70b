"""Who is told of jobs and quotas, who is not, and how a person stops it."""

import re
from datetime import timedelta
from pathlib import Path
from typing import Any
from uuid import UUID

import pytest
from sqlalchemy import update
from tests.notifications.desk import Desk, opened_desk
from tests.notifications.postbox import part
from tests.servers.both import ON_BOTH

from surtitle.accounts.access import Principal
from surtitle.accounts.secrets import Secrets
from surtitle.clock import utc_now
from surtitle.db.account_models import Project, UsageEntry
from surtitle.jobs.milestones import JobMilestone
from surtitle.notifications.events import Event
from surtitle.notifications.unsubscribing import BadUnsubscribeLink, Unsubscribing


async def test_a_persons_jobs_are_told_in_their_language(tmp_path: Path) -> None:
    async with opened_desk(tmp_path, language="fr-CA") as desk:
        await desk.tell(JobMilestone.JOB_CREATED)
        await desk.tell(JobMilestone.JOB_FAILED, error_kind="no-sound")
        await desk.tell(JobMilestone.JOB_CANCELLED)
        await desk.send()
        assert sorted(desk.box.subjects) == ["Accepté : talk.mp4", "Échec : talk.mp4"]
        failed = next(mail for mail in desk.box.mails if "Échec" in mail["Subject"])
        assert "(no-sound)" in part(failed)
        assert failed["Content-Language"] == "fr"


async def test_a_mail_leads_to_the_page_of_its_job(desk: Desk) -> None:
    job_id = await desk.tell()
    await desk.send()
    [mail] = desk.box.mails
    # Not to the job's document, which no person can read, and which sends nobody to sign in.
    assert f"https://films.example/app/recordings/{job_id}" in part(mail).split()
    assert f'href="https://films.example/app/recordings/{job_id}"' in part(mail, "html")


async def test_nothing_that_was_said_or_asked_for_is_mailed(desk: Desk) -> None:
    await desk.tell(
        JobMilestone.JOB_FAILED,
        recipe="film",
        media_id=None,
        options={"prompt": "my secret plan"},
        label="my secret label",
        error_kind="engine-died",
        error_detail="it heard: my secret word",
    )
    await desk.send()
    [mail] = desk.box.mails
    assert "engine-died" in part(mail)
    assert "secret" not in mail.as_string()


@pytest.mark.parametrize("job", [{"surface": "openai"}, {"surface": "cli"}, {"created_by": None}])
async def test_who_waits_for_the_answer_or_is_a_program_gets_no_mail(desk: Desk, job: dict[str, Any]) -> None:
    await desk.tell(**job)
    assert await desk.rows() == []


async def test_who_wants_no_mails_of_a_kind_gets_none(desk: Desk) -> None:
    me = Principal(user_id=desk.user_id)
    await desk.tell()
    chosen = await desk.parts.choices.set(me, {Event.JOB_COMPLETED: False})
    assert chosen == {"job_created": True, "job_completed": False, "job_failed": True, "quota": True}
    # What waited is not sent either.
    assert await desk.rows() == []
    await desk.tell()
    await desk.tell(JobMilestone.JOB_FAILED)
    await desk.send()
    assert desk.box.subjects == ["Failed: talk.mp4"]


async def test_the_link_in_a_mail_stops_that_kind_alone(desk: Desk) -> None:
    await desk.tell()
    await desk.send()
    [mail] = desk.box.mails
    found = re.fullmatch(
        r"<https://films\.example/api/notifications/unsubscribe\?token=(\S+)>", mail["List-Unsubscribe"]
    )
    assert found is not None
    assert found[1] in part(mail)
    for _ in range(2):
        assert await desk.parts.choices.unsubscribe(found[1]) is Event.JOB_COMPLETED
    wanted = await desk.parts.choices.of(Principal(user_id=desk.user_id))
    assert [event for event, choice in wanted.items() if not choice] == ["job_completed"]


async def test_nobody_can_make_such_a_link(desk: Desk) -> None:
    link = Unsubscribing(desk.secrets, "")
    good = link.token(desk.user_id, Event.QUOTA)
    theirs = Unsubscribing(Secrets(b"x" * 32), "").token(desk.user_id, Event.QUOTA)
    who, _event, signature = good.split(".")
    for bad in (
        theirs,
        good[:-1],
        f"{who}.job_failed.{signature}",
        f"{who}.reset.{signature}",
        "",
        "..",
        "é.é.é",
    ):
        with pytest.raises(BadUnsubscribeLink):
            await desk.parts.choices.unsubscribe(bad)
    assert link.opened(good) == (desk.user_id, Event.QUOTA)


async def test_a_link_of_somebody_who_is_gone_does_nothing(desk: Desk) -> None:
    gone = UUID(int=7)
    assert await desk.parts.choices.unsubscribe(Unsubscribing(desk.secrets, "").token(gone, Event.QUOTA))


async def use(desk: Desk, minutes: float) -> None:
    async with desk.database.writing() as session:
        session.add(
            UsageEntry(project_id=desk.project_id, kind="audio_seconds", amount=minutes * 60, state="settled")
        )


@ON_BOTH
async def test_a_quota_is_told_of_at_most_of_it_and_at_all_of_it_once_a_month(desk: Desk) -> None:
    quotas = desk.parts.quota_news
    assert not await quotas.needed()
    async with desk.database.writing() as session:
        await session.execute(update(Project).values(minutes_a_month=100.0))
    assert await quotas.needed()
    await use(desk, 79)
    assert await quotas.tell() == 0
    await use(desk, 1)
    assert [await quotas.tell(), await quotas.tell()] == [1, 0]
    await use(desk, 20)
    assert [await quotas.tell(), await quotas.tell()] == [1, 0]
    await desk.send()
    assert sorted(desk.box.subjects) == [
        "Films: 100 % of the minutes are used",
        "Films: 80 % of the minutes are used",
    ]
    full = next(mail for mail in desk.box.mails if "100 %" in mail["Subject"])
    assert "used 100 of its 100 minutes" in part(full)
    assert "(Europe/Madrid)" in part(full)
    assert "unsubscribe" in part(full)
    assert await quotas.tell(utc_now() + timedelta(days=32)) == 1


async def test_who_uses_all_at_once_hears_it_once(desk: Desk) -> None:
    async with desk.database.writing() as session:
        await session.execute(update(Project).values(minutes_a_month=10.0, storage_bytes=10))
    await desk.job()
    await use(desk, 10)
    await desk.parts.quota_news.tell()
    await desk.send()
    assert desk.box.subjects == ["Films: 100 % of the minutes are used"]
