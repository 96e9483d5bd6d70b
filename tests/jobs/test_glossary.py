from tests.jobs.table import JobTable

from surtitle.db.models import PERSONAL_PROJECT
from surtitle.ids import new_id
from surtitle.jobs.acceptance import NewJob
from surtitle.jobs.glossary import Glossary


async def test_a_job_takes_along_the_terms_of_the_day_that_it_was_accepted(table: JobTable) -> None:
    glossary = Glossary(table.database)
    await glossary.replace(PERSONAL_PROJECT, ["Kvistholm", "Surtitle"])
    job = await table.add(options={"hotwords": "jib"})
    await glossary.replace(PERSONAL_PROJECT, ["Other"])
    assert (await table.job(job.id)).options["hotwords"] == "jib, Kvistholm, Surtitle."


async def test_a_job_that_is_started_later_takes_the_terms_of_its_start(table: JobTable) -> None:
    job = await table.service.create(NewJob(PERSONAL_PROJECT, "transcript", table.media_id, start=False))
    await Glossary(table.database).replace(PERSONAL_PROJECT, ["Kvistholm"])
    started = await table.service.start(PERSONAL_PROJECT, job.id, "subtitles", {})
    assert started.options["hotwords"] == "Kvistholm."


async def test_a_job_may_decline_the_glossary(table: JobTable) -> None:
    await Glossary(table.database).replace(PERSONAL_PROJECT, ["Kvistholm"])
    assert (await table.add(options={"glossary": False})).options["hotwords"] is None


async def test_another_projects_terms_are_not_heard_of(table: JobTable) -> None:
    glossary, stranger = Glossary(table.database), new_id()
    await glossary.replace(stranger, ["Kvistholm"])
    assert await glossary.terms(PERSONAL_PROJECT) == []
    assert (await table.add()).options["hotwords"] is None
    await glossary.replace(PERSONAL_PROJECT, [])
    assert await glossary.terms(stranger) == ["Kvistholm"]


async def test_terms_added_come_last_and_once(table: JobTable) -> None:
    glossary = Glossary(table.database)
    await glossary.add(PERSONAL_PROJECT, ["b", "a"])
    assert await glossary.add(PERSONAL_PROJECT, ["c", "a", "c"]) == ("b", "a", "c")
    assert await glossary.remove(PERSONAL_PROJECT, ["a", "unknown"]) == ["b", "c"]
    assert await glossary.terms(PERSONAL_PROJECT) == ["b", "c"]


async def test_a_request_sent_twice_gives_one_job_though_the_glossary_changed_between(
    table: JobTable,
) -> None:
    wish = NewJob(PERSONAL_PROJECT, "transcript", table.media_id)
    first = await table.service.create(wish, idempotency_key="k")
    await Glossary(table.database).replace(PERSONAL_PROJECT, ["Kvistholm"])
    assert (await table.service.create(wish, idempotency_key="k")).id == first.id
