"""What is older than a project keeps things goes, and nothing else."""

from collections.abc import Sequence
from datetime import timedelta
from uuid import UUID

import pytest
from sqlalchemy import func, select, update
from tests.accounts.belongings import transcribed
from tests.api.installation import Installation, spoken
from tests.api.people import Somebody, person

from surtitle.accounts.access import NoSuchProject
from surtitle.accounts.audit_reading import AuditFilter
from surtitle.clock import utc_now
from surtitle.db.account_models import Project
from surtitle.db.job_models import Job
from surtitle.db.models import Media, StoredTranscript
from surtitle.domain.keeping import KeptKind
from surtitle.ids import new_id

OLD = timedelta(days=40)


async def aged(api: Installation, made: dict[str, str], *, transcript: bool = True) -> None:
    """As if it had been made 40 days ago."""
    async with api.services.database.writing() as session:
        then = utc_now() - OLD
        await session.execute(update(Media).where(Media.id == UUID(made["media"])).values(created_at=then))
        await session.execute(
            update(Job).where(Job.id == UUID(made["job"])).values(created_at=then, finished_at=then)
        )
        if transcript:
            mine = StoredTranscript.id == UUID(made["transcript"])
            await session.execute(update(StoredTranscript).where(mine).values(updated_at=then))


async def left(api: Installation) -> Sequence[int]:
    """How many recordings, jobs and transcripts there are."""
    async with api.services.database.reading() as session:
        tables = (Media, Job, StoredTranscript)
        return [await session.scalar(select(func.count()).select_from(table)) or 0 for table in tables]


async def keeps(api: Installation, who: Somebody, days: int) -> None:
    async with api.services.database.writing() as session:
        (await session.get_one(Project, who.project_id)).retention_days = days


async def test_what_is_older_than_the_project_keeps_it_goes(exposed: Installation) -> None:
    ana, bob = await person(exposed), await person(exposed, "bob@example.org")
    await aged(exposed, await transcribed(exposed, ana))
    await transcribed(exposed, ana)
    await aged(exposed, await transcribed(exposed, bob))
    await keeps(exposed, ana, 30)
    done = await exposed.services.data_protection.retention.apply()
    assert [(one.project_id, dict(one.counts)) for one in done] == [
        (ana.project_id, {"transcripts": 1, "jobs": 1, "files": 2, "recordings": 1})
    ]
    assert await left(exposed) == [2, 2, 2]
    told = await exposed.services.data_protection.trail.page(AuditFilter("retention.applied"), None, 10)
    assert [entry.project_id for entry in told.items] == [ana.project_id]
    keys = [key async for key in exposed.services.store.keys("media")]
    assert len(keys) == 2


async def test_what_somebody_works_on_stays(exposed: Installation) -> None:
    ana = await person(exposed)
    await keeps(exposed, ana, 30)
    edited = await transcribed(exposed, ana)
    await aged(exposed, edited, transcript=False)
    # The recording is old, and a job that is under way still needs it.
    used = await transcribed(exposed, ana)
    await aged(exposed, used)
    await ana.does("/api/jobs", {"recipe": "transcript", "media_id": used["media"]}, status=202)
    wish = {"base_revision": 1, "operations": [{"op": "change_word", "word": "w2", "text": "habit"}]}
    await ana.does(f"/api/transcripts/{edited['transcript']}/revisions", wish)
    await exposed.services.data_protection.retention.apply()
    # The recording in use, the job on it, and the text that was edited lately, which outlives its job.
    assert await left(exposed) == [1, 1, 1]
    await exposed.finish(spoken("Still there."))


async def test_a_dry_run_says_what_would_go_and_deletes_nothing(exposed: Installation) -> None:
    ana = await person(exposed)
    await aged(exposed, await transcribed(exposed, ana))
    retention = exposed.services.data_protection.retention
    told = await retention.purge(30, dry_run=True)
    assert await left(exposed) == [1, 1, 1]
    done = await retention.purge(30)
    assert await left(exposed) == [0, 0, 0]
    assert [dict(one.counts) for one in told] == [dict(one.counts) for one in done]


async def test_a_purge_of_one_project_leaves_the_others(exposed: Installation) -> None:
    ana, bob = await person(exposed), await person(exposed, "bob@example.org")
    await aged(exposed, await transcribed(exposed, ana))
    await aged(exposed, await transcribed(exposed, bob))
    retention = exposed.services.data_protection.retention
    await retention.purge(30, ana.project_id)
    assert await left(exposed) == [1, 1, 1]
    with pytest.raises(NoSuchProject):
        await retention.purge(30, new_id())


async def listed(api: Installation) -> Sequence[str]:
    """The records of purges that are in the store."""
    return sorted([key async for key in api.services.store.keys("purges")])


async def test_a_purge_is_listed_where_something_goes_and_the_next_one_takes_its_place(
    exposed: Installation,
) -> None:
    ana, bob = await person(exposed), await person(exposed, "bob@example.org")
    await transcribed(exposed, bob)
    retention = exposed.services.data_protection.retention
    await aged(exposed, await transcribed(exposed, ana))
    await retention.purge(35)
    [first] = await listed(exposed)
    assert first.startswith(f"purges/{ana.project_id}/everything/")
    await retention.purge(35)
    assert await listed(exposed) == [first], "nothing went"
    await aged(exposed, await transcribed(exposed, ana))
    await retention.purge(30, kinds=[KeptKind.FILM, KeptKind.RECORDING])
    await retention.purge(30)
    [last, apart] = await listed(exposed)
    assert last > first
    assert apart.startswith(f"purges/{ana.project_id}/film_recording/")
    await aged(exposed, await transcribed(exposed, ana))
    await retention.purge(39)
    assert await listed(exposed) == [last, apart], "the one before says more"


async def test_whatever_was_listed_goes_again(exposed: Installation) -> None:
    ana = await person(exposed)
    retention, store = exposed.services.data_protection.retention, exposed.services.store
    await aged(exposed, await transcribed(exposed, ana))
    await retention.purge(30)
    [record] = await listed(exposed)
    # As a version before wrote it: one a purge.
    await store.put_bytes(f"purges/{new_id()}.json", await store.read(record))
    await store.delete(record)
    await aged(exposed, await transcribed(exposed, ana))
    [again] = [one for one in await retention.replay() if one.counts]
    assert again.project_id == ana.project_id
    assert await left(exposed) == [0, 0, 0]
