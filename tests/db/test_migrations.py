import asyncio
from pathlib import Path

import pytest
from sqlalchemy import inspect, select, text
from tests.servers.both import ON_BOTH

from surtitle.db import migrate
from surtitle.db.engine import Database
from surtitle.db.job_models import Job
from surtitle.db.models import PERSONAL_PROJECT, StoredTranscript
from surtitle.db.voice_models import KnownVoice, SpeakerLabel, Voiceprint
from surtitle.errors import Unavailable
from surtitle.ids import new_id


@pytest.fixture
def url(tmp_path: Path) -> str:
    return f"sqlite+aiosqlite:///{tmp_path / 'new' / 'surtitle.db'}"


async def tables(database: Database) -> set[str]:
    async with database.engine.begin() as connection:
        return set(await connection.run_sync(lambda sync: inspect(sync).get_table_names()))


async def test_the_migrations_make_the_tables_of_the_models(url: str) -> None:
    database = Database(url)
    await migrate.upgrade(database)
    assert await migrate.drift(database) == []
    await database.close()


async def test_migrations_run_down_and_up_again(url: str) -> None:
    database = Database(url)
    await migrate.upgrade(database)
    full = await tables(database)
    await migrate.downgrade(database, "base")
    assert await tables(database) == {"alembic_version"}
    await migrate.upgrade(database)
    assert await tables(database) == full
    await database.close()


async def test_jobs_and_their_steps_survive_the_way_up_and_down(url: str) -> None:
    database = Database(url)
    await migrate.upgrade(database, "0001")
    job = {"id": "a" * 32, "project_id": "b" * 32, "created_at": "2026-01-01", "surface": "native"}
    job |= {"recipe": "transcript", "options": "{}", "state": "succeeded", "queue": "cpu", "warnings": "[]"}
    numbers = (
        "priority", "attempt", "lost_leases", "fence", "run_at_epoch", "cancel_requested", "last_event",
        "progress", "media_seconds", "processing_seconds",
    )  # fmt: skip
    job |= dict.fromkeys(numbers, "0")
    async with database.engine.begin() as connection:
        values = ", ".join(f":{name}" for name in job)
        await connection.execute(text(f"INSERT INTO jobs ({', '.join(job)}) VALUES ({values})"), job)
        await connection.execute(
            text(
                "INSERT INTO steps (job_id, name, position, state, seconds) VALUES (:id, 'x', 0, 'done', 1)"
            ),
            job,
        )
    await migrate.upgrade(database)
    async with database.reading() as session:
        assert (await session.execute(text("SELECT events_settled, transcript_id FROM jobs"))).one() == (
            0,
            None,
        )
    await migrate.downgrade(database, "0001")
    async with database.reading() as session:
        counts = text("SELECT (SELECT count(*) FROM jobs), (SELECT count(*) FROM steps)")
        assert (await session.execute(counts)).one() == (1, 1)
    await database.close()


@ON_BOTH
async def test_where_names_stand_survives_the_way_down_and_up(database: Database) -> None:
    voice = KnownVoice(id=new_id(), project_id=PERSONAL_PROJECT, name="Ana", name_key="ana")
    transcript = StoredTranscript(id=new_id(), project_id=PERSONAL_PROJECT, name="talk", duration_seconds=1.0)
    job = Job(
        id=new_id(), project_id=PERSONAL_PROJECT, surface="native", recipe="meeting", options={},
        state="succeeded", transcript_id=transcript.id,
    )  # fmt: skip
    clip = {"encoder": "toy", "embedding": b"", "speech_seconds": 9.0, "noise_decibels": 30.0}
    here = {"voice_id": voice.id, "project_id": PERSONAL_PROJECT}
    async with database.writing() as session:
        session.add_all([voice, transcript, job])
        await session.flush()
        session.add_all(
            [
                SpeakerLabel(**here, transcript_id=transcript.id, speaker="speaker_1", name="Ana"),
                SpeakerLabel(**here, job_id=job.id, speaker="speaker_1", name="Ana"),
                *(
                    Voiceprint(
                        **clip,
                        voice_id=voice.id,
                        transcript_id=transcript.id,
                        speaker=speaker,
                        sha256=speaker,
                    )
                    for speaker in ("speaker_2", "Annie")
                ),
            ]
        )
    await migrate.downgrade(database, "0005")
    await migrate.upgrade(database)
    async with database.reading() as session:
        rows = (await session.scalars(select(SpeakerLabel).order_by(SpeakerLabel.speaker))).all()
        assert await session.scalar(select(StoredTranscript.scrubbings)) == 0
    places = {(row.name, row.speaker, row.transcript_id, row.job_id) for row in rows}
    assert places == {
        ("Ana", "speaker_1", transcript.id, None),
        ("Ana", "speaker_1", None, job.id),
        ("Annie", "speaker_101", transcript.id, None),
    }


async def test_two_processes_may_migrate_at_once(url: str) -> None:
    first, second = Database(url), Database(url)
    await asyncio.gather(migrate.upgrade(first), migrate.upgrade(second))
    assert await migrate.drift(first) == []
    await first.close()
    await second.close()


async def told(database: Database, statement: str) -> None:
    async with database.engine.begin() as connection:
        await connection.execute(text(statement))


async def test_a_newer_database_that_serves_this_program_no_more_is_left_alone(url: str) -> None:
    database = Database(url)
    await migrate.upgrade(database)
    await told(database, "UPDATE alembic_version SET version_num = '9999'")
    await told(database, "UPDATE schema_support SET serves = '9998'")
    with pytest.raises(Unavailable, match=r"newer one\. It serves programs that came with version 9998"):
        await migrate.upgrade(database)
    await told(database, "DROP TABLE schema_support")
    with pytest.raises(Unavailable, match=r"newer one\. Install"):
        await migrate.newer_version(database)
    await database.close()


async def test_a_newer_database_that_serves_this_program_is_used_as_it_is(url: str) -> None:
    database = Database(url)
    await migrate.upgrade(database)
    assert await migrate.newer_version(database) is None
    await told(database, "UPDATE alembic_version SET version_num = '9999'")
    await migrate.upgrade(database)
    assert await migrate.newer_version(database) == "9999"
    await database.close()


async def test_a_reader_does_not_wait_for_a_writer(url: str) -> None:
    database = Database(url)
    await migrate.upgrade(database)
    async with asyncio.timeout(5), database.writing() as writer:
        await writer.execute(text("INSERT INTO discarded VALUES ('a', 'key', '2026-01-01')"))
        async with database.reading() as reader:
            assert await reader.scalar(text("SELECT count(*) FROM discarded")) == 0
    async with database.reading() as reader:
        assert await reader.scalar(text("SELECT count(*) FROM discarded")) == 1
    await database.close()


async def test_what_a_failed_transaction_wrote_is_gone(url: str) -> None:
    database = Database(url)
    await migrate.upgrade(database)
    with pytest.raises(RuntimeError):  # noqa: PT012  the transaction is what raises
        async with database.writing() as session:
            await session.execute(text("INSERT INTO discarded VALUES ('a', 'key', '2026-01-01')"))
            raise RuntimeError
    async with database.reading() as session:
        assert await session.scalar(text("SELECT count(*) FROM discarded")) == 0
    await database.close()


async def test_commits_survive_a_power_cut(url: str) -> None:
    database = Database(url)
    async with database.writing() as session:
        assert await session.scalar(text("PRAGMA synchronous")) == 2  # FULL
        assert await session.scalar(text("PRAGMA journal_mode")) == "wal"
    await database.close()
