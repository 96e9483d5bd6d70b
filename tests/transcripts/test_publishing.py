from pathlib import Path

import pytest
from sqlalchemy import func, select
from tests.jobs.table import JobTable

from surtitle.config import Settings
from surtitle.db.models import PERSONAL_PROJECT, Discarded, Revision, StoredTranscript
from surtitle.domain.transcript import Transcript
from surtitle.jobs.acceptance import Acceptance
from surtitle.jobs.errors import LeaseLost
from surtitle.jobs.service import JobService
from surtitle.transcripts.archive import RevisionArchive
from surtitle.transcripts.operations import DeleteWords
from surtitle.transcripts.publishing import discard_untouched, publish
from surtitle.transcripts.service import TranscriptService
from surtitle.usage.quotas import Quotas


async def count(table: JobTable, model: type[StoredTranscript | Revision | Discarded]) -> int:
    async with table.database.reading() as session:
        return await session.scalar(select(func.count()).select_from(model)) or 0


def files(table: JobTable) -> list[Path]:
    assert table.store.local_root is not None
    return [path for path in (table.store.local_root / "transcripts").rglob("*") if path.is_file()]


async def test_a_job_that_runs_again_has_the_transcript_that_it_had(
    table: JobTable, transcript: Transcript
) -> None:
    job = await table.add()
    first = await table.work(await table.claim())
    await publish(first, transcript)
    made = first.job.transcript_id
    assert made is not None
    await table.expire(first.claim)
    await table.queue.reap()
    second = await table.work(await table.claim())
    await publish(second, transcript)
    assert (second.job.transcript_id, (await table.job(job.id)).transcript_id) == (made, made)
    assert (await count(table, StoredTranscript), len(files(table))) == (1, 1)
    archive = RevisionArchive(table.database, table.store)
    assert await archive.read(made, 1) == transcript


async def test_a_worker_that_lost_its_job_publishes_nothing(table: JobTable, transcript: Transcript) -> None:
    await table.add()
    zombie = await table.work(await table.claim())
    await table.expire(zombie.claim)
    await table.queue.reap()
    await table.claim()
    with pytest.raises(LeaseLost):
        await publish(zombie, transcript)
    assert await count(table, StoredTranscript) == 0


async def test_what_a_killed_worker_left_is_known_to_the_sweeper(
    table: JobTable, transcript: Transcript
) -> None:
    await table.add()
    work = await table.work(await table.claim())
    root = table.store.local_root
    assert root is not None
    (root / "transcripts").write_text("no folder can be made here")
    with pytest.raises(Exception, match="transcripts"):
        await publish(work, transcript)
    assert (await count(table, Discarded), await count(table, StoredTranscript)) == (1, 0)
    (root / "transcripts").unlink()
    await publish(work, transcript)
    assert (await count(table, Discarded), await count(table, Revision)) == (1, 1)


async def test_an_untouched_transcript_goes_with_its_job_an_edited_one_stays(
    table: JobTable, transcript: Transcript
) -> None:
    jobs = JobService(
        table.database,
        table.store,
        table.hub,
        Acceptance(lambda *_: None, Quotas(Settings(data_dir=table.scratch, _env_file=None))),
        goes_with_job=[discard_untouched],
    )
    archive = RevisionArchive(table.database, table.store)
    service = TranscriptService(table.database, table.store, archive)
    for touched in (False, True):
        job = await table.add()
        claim = await table.claim()
        work = await table.work(claim)
        await publish(work, transcript)
        assert await table.queue.succeed(claim, {})
        if touched:
            assert work.job.transcript_id is not None
            wish = DeleteWords(op="delete_words", words=("w1",))
            await service.revise(PERSONAL_PROJECT, work.job.transcript_id, 1, [wish])
        await jobs.delete(PERSONAL_PROJECT, job.id)
        assert (await count(table, StoredTranscript), len(files(table))) == (touched, touched)
