"""Each kind of thing is kept for a time of its own, and a purge that was cut off goes on."""

from collections.abc import AsyncIterator, Sequence
from datetime import timedelta
from typing import Any
from uuid import UUID

import pytest
from sqlalchemy import select, update
from tests.accounts.belongings import transcribed
from tests.accounts.test_retention import aged, left
from tests.api.installation import Installation, spoken, wav
from tests.api.people import Somebody, person

from surtitle.accounts.ageing import AgeTally, Going
from surtitle.accounts.purges import ABANDONED_AFTER
from surtitle.accounts.retention import Retention
from surtitle.clock import utc_now
from surtitle.config import RetentionSettings
from surtitle.db.job_models import Artifact, Job, JobStep
from surtitle.db.keeping_models import Purge
from surtitle.db.models import Media
from surtitle.domain.jobs import JobState, StepState
from surtitle.domain.keeping import FILE_KINDS, KeepingPlan, KeptKind, plan_by_days


async def files_of(api: Installation, job_id: str) -> set[str]:
    async with api.services.database.reading() as session:
        return set(await session.scalars(select(Artifact.name).where(Artifact.job_id == UUID(job_id))))


async def keeps(who: Somebody, **days: int | None) -> dict[str, Any]:
    wish = {"days": {kind.replace("_", "-"): of for kind, of in days.items()}}
    answer = await who.asks("PUT", f"{who.home}/retention", json=wish)
    assert answer.status_code == 200, answer.text
    document: dict[str, Any] = answer.json()
    return document


async def test_a_recording_goes_and_what_was_made_of_it_stays(exposed: Installation) -> None:
    ana = await person(exposed)
    made = await transcribed(exposed, ana)
    await aged(exposed, made)
    await keeps(ana, recording=7)
    preview = await ana.gets(f"{ana.home}/retention/preview")
    assert preview["counts"] == {"recordings": 1}
    assert preview["size_bytes"] > 1000
    done = await exposed.services.data_protection.retention.apply()
    assert [(dict(one.counts), one.size_bytes) for one in done] == [
        ({"recordings": 1}, preview["size_bytes"])
    ]
    assert await left(exposed) == [0, 1, 1]
    # The job lives on without it, and its text can still be had.
    assert (await ana.gets(f"/api/jobs/{made['job']}"))["state"] == "succeeded"
    text = await ana.asks("GET", f"/api/jobs/{made['job']}/result", params={"format": "txt"})
    assert "xylophonist" in text.text


async def test_a_recording_that_was_never_worked_on_goes_too(exposed: Installation) -> None:
    ana = await person(exposed)
    brought = await ana.asks("POST", "/upload", files={"file": ("talk.wav", wav())})
    job_id = brought.json()["job_id"]
    job = await ana.gets(f"/api/jobs/{job_id}")
    await aged(exposed, {"media": job["media_id"], "job": job_id}, transcript=False)
    async with exposed.services.database.writing() as session:
        await session.execute(update(Job).values(finished_at=None))
    await keeps(ana, recording=7)
    assert (await ana.gets(f"{ana.home}/retention/preview"))["counts"] == {"recordings": 1}
    done = await exposed.services.data_protection.retention.apply()
    assert [dict(one.counts) for one in done] == [{"recordings": 1}]
    assert await left(exposed) == [0, 1, 0]
    assert (await ana.gets(f"/api/jobs/{job_id}"))["media_id"] is None


async def test_a_recording_stays_while_a_newer_job_used_it(exposed: Installation) -> None:
    ana = await person(exposed)
    made = await transcribed(exposed, ana)
    async with exposed.services.database.writing() as session:
        then = utc_now() - timedelta(days=40)
        await session.execute(update(Media).where(Media.id == UUID(made["media"])).values(created_at=then))
    await keeps(ana, recording=7)
    await exposed.services.data_protection.retention.apply()
    assert await left(exposed) == [1, 1, 1]


async def test_texts_stay_when_everything_else_has_had_its_time(exposed: Installation) -> None:
    ana = await person(exposed)
    made = await transcribed(exposed, ana)
    await aged(exposed, made)
    await keeps(ana, everything=30, transcript=None)
    await exposed.services.data_protection.retention.apply()
    assert await left(exposed) == [0, 1, 1]
    assert await files_of(exposed, made["job"]) == {"transcript.json", "transcript.txt"}
    # Nothing of it is kept longer any more: then the job itself goes.
    await keeps(ana, everything=30)
    await exposed.services.data_protection.retention.apply()
    assert await left(exposed) == [0, 0, 0]


async def test_a_job_whose_files_went_begins_at_the_beginning_when_it_is_retried(
    exposed: Installation,
) -> None:
    ana = await person(exposed)
    made = await transcribed(exposed, ana)
    await aged(exposed, made)
    async with exposed.services.database.writing() as session:
        await session.execute(update(Job).values(state=JobState.FAILED))
    retention = exposed.services.data_protection.retention
    await retention.purge(30, kinds=[KeptKind.TRANSCRIPT])
    assert await files_of(exposed, made["job"]) == set()
    async with exposed.services.database.reading() as session:
        assert set(await session.scalars(select(JobStep.state))) == {StepState.PENDING}
    again = await ana.asks("POST", f"/api/jobs/{made['job']}/retry")
    assert again.status_code == 202, again.text
    await exposed.finish(spoken("Heard once more."))
    assert "transcript.txt" in await files_of(exposed, made["job"])


async def test_files_of_a_job_that_runs_again_stay(exposed: Installation) -> None:
    ana = await person(exposed)
    made = await transcribed(exposed, ana)
    await aged(exposed, made)
    async with exposed.services.database.writing() as session:
        await session.execute(update(Job).values(state=JobState.RUNNING))
    await exposed.services.data_protection.retention.purge(30, kinds=list(FILE_KINDS))
    assert await files_of(exposed, made["job"]) == {"transcript.json", "transcript.txt"}


async def test_the_installation_has_a_default_and_a_project_its_own(exposed: Installation) -> None:
    ana = await person(exposed)
    services = exposed.services
    settings = RetentionSettings(days=30, film_days=7)
    retention = Retention(services.database, services.store, services.audit, settings, [])
    rules = await retention.rules.of(ana.project_id)
    assert rules.in_force == {KeptKind.EVERYTHING: 30, KeptKind.FILM: 7}
    await keeps(ana, recording=3)
    rules = await retention.rules.of(ana.project_id)
    assert rules.in_force == {KeptKind.EVERYTHING: 30, KeptKind.FILM: 7, KeptKind.RECORDING: 3}
    # "For ever" is something else than "as the installation keeps it", by either route.
    await ana.asks("PATCH", ana.home, json={"retention_days": None})
    rules = await retention.rules.of(ana.project_id)
    assert rules.in_force == {KeptKind.EVERYTHING: None, KeptKind.RECORDING: 3}
    assert (await keeps(ana))["in_force"] == {}
    assert (await retention.rules.of(ana.project_id)).own == {}


async def test_only_owners_set_rules_and_strangers_see_none(exposed: Installation) -> None:
    ana, bob = await person(exposed), await person(exposed, "bob@example.org")
    await keeps(ana, everything=30)
    assert (await ana.gets(f"{ana.home}/retention"))["days"] == {"everything": 30}
    assert (await ana.gets(ana.home))["retention_days"] == 30
    for method, path, body in (("GET", "", None), ("PUT", "", {"days": {}}), ("GET", "/preview", None)):
        answer = await bob.asks(method, f"{ana.home}/retention{path}", json=body)
        assert answer.status_code == 404
    for days in ({"everything": 0}, {"nonsense": 3}, {"film": "x"}):
        answer = await ana.asks("PUT", f"{ana.home}/retention", json={"days": days})
        assert answer.status_code == 422
    assert (await ana.gets(f"{ana.home}/retention"))["days"] == {"everything": 30}


class CutOff(Exception):
    pass


class DiesHalfWay:
    """An `Ageing` whose process dies before it comes to its things."""

    def __init__(self) -> None:
        self.dies = True

    async def going(self, project_id: UUID, plan: KeepingPlan) -> AsyncIterator[Going]:
        nothing: Sequence[Going] = ()
        for thing in nothing:
            yield thing

    async def clear(self, project_id: UUID, plan: KeepingPlan, tally: AgeTally) -> None:
        if self.dies:
            raise CutOff


async def test_a_purge_that_was_cut_off_goes_on_and_counts_nothing_twice(exposed: Installation) -> None:
    ana = await person(exposed)
    await aged(exposed, await transcribed(exposed, ana))
    services = exposed.services
    dying = DiesHalfWay()
    whole = services.data_protection.retention
    ageings = whole.ageings
    retention = Retention(
        services.database,
        services.store,
        services.audit,
        RetentionSettings(),
        [ageings[0], dying, *ageings[1:]],
    )
    with pytest.raises(CutOff):
        await retention.purge(30, ana.project_id)
    assert await left(exposed) == [1, 1, 0]
    assert await retention.anything_left()
    assert await retention.resume() == 0, "its process may live"
    async with services.database.writing() as session:
        await session.execute(update(Purge).values(seen_at=utc_now() - 2 * ABANDONED_AFTER))
    dying.dies = False
    assert await retention.resume() == 1
    assert await left(exposed) == [0, 0, 0]
    async with services.database.reading() as session:
        purge = (await session.scalars(select(Purge))).one()
    assert purge.finished_at is not None
    assert purge.counts == {"transcripts": 1, "jobs": 1, "files": 2, "recordings": 1}
    assert not await retention.anything_left()


async def test_a_purge_is_done_again_after_a_restore(exposed: Installation) -> None:
    ana = await person(exposed)
    made = await transcribed(exposed, ana)
    await aged(exposed, made)
    retention = exposed.services.data_protection.retention
    await retention.purge(30)
    # As if a backup had brought one back.
    back = await transcribed(exposed, ana)
    await aged(exposed, back)
    newer = await transcribed(exposed, ana)
    await retention.replay()
    assert await left(exposed) == [1, 1, 1]
    assert (await ana.gets(f"/api/media/{newer['media']}"))["id"] == newer["media"]


def test_what_has_no_time_of_its_own_follows_everything() -> None:
    now = utc_now()
    plan = plan_by_days({KeptKind.EVERYTHING: 30, KeptKind.FILM: None, KeptKind.SUBTITLES: 7}, now)
    assert plan.of(KeptKind.RECORDING) == now - timedelta(days=30)
    assert [plan.kept_longer(kind) for kind in (KeptKind.FILM, KeptKind.SUBTITLES, KeptKind.RECORDING)] == [
        True,
        False,
        False,
    ]
    assert KeepingPlan.from_json(plan.as_json()) == plan
    assert KeepingPlan({KeptKind.FILM: None}).is_empty
