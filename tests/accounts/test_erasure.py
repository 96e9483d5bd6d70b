"""A person is erased whole, however often the process dies on the way and whatever a restore brings back."""

import asyncio
import shutil
import sqlite3
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager, closing
from dataclasses import replace
from pathlib import Path
from uuid import UUID

import pytest
from sqlalchemy import func, select, text
from sqlalchemy.ext.asyncio import AsyncSession
from tests.accounts.belongings import (
    EMAIL,
    KEPT_ON_PURPOSE,
    SECRET_WORD,
    Belongings,
    columns_with,
    erased,
    naming_columns,
    objects_with,
    rows_with,
    settled,
    transcribed,
)
from tests.api.installation import Installation, installed
from tests.api.people import person

from surtitle.accounts.access import OWNER_OF_MACHINE
from surtitle.accounts.audit_reading import AuditFilter
from surtitle.accounts.counting import Counters
from surtitle.accounts.data_protection import DataProtection
from surtitle.accounts.erasure import Erasures, Mode, report_of
from surtitle.accounts.post import Letter, LetterKind, To
from surtitle.bootstrap.accounts import open_accounts
from surtitle.bootstrap.data_protection import open_data_protection
from surtitle.bootstrap.engines import open_engines
from surtitle.bootstrap.rooms import RecordingRooms
from surtitle.bootstrap.voices import open_voices
from surtitle.config import ServerSettings
from surtitle.db.account_models import Erasure, Membership, User
from surtitle.db.engine import Database
from surtitle.db.job_models import Job
from surtitle.db.models import Media, Revision, StoredTranscript
from surtitle.domain.jobs import JobState
from surtitle.jobs.acceptance import Acceptance
from surtitle.jobs.service import JobService
from surtitle.media.service import MediaService
from surtitle.storage import ObjectStore, StoredObject, open_store
from surtitle.transcripts.archive import RevisionArchive
from surtitle.transcripts.publishing import discard_untouched
from surtitle.transcripts.service import TranscriptService
from surtitle.usage.quotas import Quotas

_CHANGES = text("SELECT total_changes()")


async def left_of(api: Installation, belongings: Belongings) -> dict[str, list[str]]:
    """Where anything is left, but for what is kept on purpose."""
    traces = belongings.traces
    rows = await rows_with(api.services.database, traces)
    files = [path for path in await objects_with(api, traces) if "/erasures/" not in path]
    # The trail keeps the project's id as that of a thing that is gone.
    person_only = [trace for trace in traces if trace not in _ids(belongings.zuzanna.project_id)]
    trail = [row for row in rows.pop("audit_events", []) if any(one in row.lower() for one in person_only)]
    left = {table: hits for table, hits in rows.items() if table not in KEPT_ON_PURPOSE}
    return {**left, **({"files": files} if files else {}), **({"trail": trail} if trail else {})}


def _ids(one: UUID) -> tuple[str, str]:
    return str(one), one.hex


async def test_every_column_that_names_somebody_is_filled_in_these_tests(exposed: Installation) -> None:
    """So that a table that is added to the models, and forgotten in erasing, is found by the next test."""
    belongings = await settled(exposed)
    filled = await columns_with(exposed.services.database, belongings.traces)
    assert naming_columns() - filled - {"erasures.user_id", "invitations.email_key"} == set()


async def test_nothing_of_an_erased_person_is_left(exposed: Installation) -> None:
    belongings = await settled(exposed)
    assert await left_of(exposed, belongings)
    done = await erased(exposed, belongings.zuzanna.id)
    assert await left_of(exposed, belongings) == {}
    assert report_of(done) == {
        "channels": 1, "letters": 2, "mail choices": 1, "credit entries": 1, "daily figures": 1,
        "events counted": 2, "fetches": 2, "files": 4, "glossary terms": 1, "jobs": 2, "keys": 1,
        "memberships": 1, "profiles": 1, "projects": 1, "recordings": 2, "revisions without a name": 1,
        "sessions": 1,
        "sign-ins by OpenID": 1, "transcripts": 2, "uploads": 4, "usage entries": 2, "voiceprints": 3,
        "voices": 3, "webhook deliveries": 1, "webhooks": 2,
    }  # fmt: skip


async def test_the_database_file_itself_forgets(exposed: Installation) -> None:
    belongings = await settled(exposed)
    await erased(exposed, belongings.zuzanna.id)
    file = exposed.settings.data_dir / "surtitle.db"
    written = file.read_bytes() + Path(f"{file}-wal").read_bytes()
    assert b"bob@example.org" in written
    for trace in (EMAIL, SECRET_WORD):
        assert trace.encode() not in written, trace


async def test_what_others_made_stays_without_the_person(exposed: Installation) -> None:
    belongings = await settled(exposed)
    await erased(exposed, belongings.zuzanna.id)
    async with exposed.services.database.reading() as session:
        job = await session.get_one(Job, belongings.others["job"])
        authors = await session.scalars(
            select(Revision.author).where(Revision.transcript_id == belongings.others["transcript"])
        )
        assert job.media_id is None
        assert "erased" in authors.all()
    result = await belongings.bob.asks("GET", f"/api/jobs/{job.id}/result")
    assert result.text.strip() == "Heard by Bob."


async def test_anonymised_work_stays_where_others_work_and_names_nobody(exposed: Installation) -> None:
    belongings = await settled(exposed)
    done = await erased(exposed, belongings.zuzanna.id, Mode.ANONYMISE)
    assert report_of(done)["recordings without a name"] == 1
    async with exposed.services.database.reading() as session:
        kept = await session.scalars(select(Media).where(Media.project_id == belongings.bob.project_id))
        assert [media.created_by for media in kept if SECRET_WORD in media.name] == [None]
        projects = await session.scalars(select(Media.project_id))
        assert belongings.zuzanna.project_id not in set(projects)
    of_the_person = [trace for trace in belongings.traces if trace != SECRET_WORD]
    rows = await rows_with(exposed.services.database, of_the_person)
    assert set(rows) <= {"erasures", "audit_events"}


async def test_the_audit_trail_loses_the_person_and_not_the_fact(exposed: Installation) -> None:
    belongings = await settled(exposed)
    await erased(exposed, belongings.zuzanna.id)
    protection = exposed.services.data_protection
    entries = [entry async for entry in protection.trail.stream(AuditFilter())]
    assert {"recording.uploaded", "transcript.edited"} <= {entry.action for entry in entries}
    assert "erased person" in {entry.actor.name for entry in entries}
    assert (await protection.verification.verify()).fault is None


async def test_a_project_without_an_owner_gets_one(exposed: Installation) -> None:
    ana, bob = await person(exposed), await person(exposed, "bob@example.org")
    assert bob.id is not None
    async with exposed.services.database.writing() as session:
        session.add(Membership(project_id=ana.project_id, user_id=bob.id, role="viewer"))
    await erased(exposed, ana.id)
    async with exposed.services.database.reading() as session:
        left = await session.get_one(Membership, (ana.project_id, bob.id))
    assert left.role == "owner"


async def test_a_running_job_is_stopped_first_and_the_rest_follows(exposed: Installation) -> None:
    ana = await person(exposed)
    job = await ana.starts()
    claim = await exposed.claim()
    erasures = exposed.services.data_protection.erasures
    assert ana.id is not None
    begun = await erasures.begin(OWNER_OF_MACHINE, ana.id, Mode.ERASE, None)
    assert (await erasures.go_on(begun.id)).finished_at is None
    assert await exposed.queue.wishes(claim) == (True, True)
    assert (await ana.asks("GET", "/api/jobs")).status_code == 401
    await exposed.queue.cancelled(claim)
    assert await erasures.resume() == 1
    async with exposed.services.database.reading() as session:
        assert await session.get(Job, UUID(job["id"])) is None
        assert (await session.get_one(Erasure, begun.id)).finished_at is not None


@pytest.mark.parametrize("use", ["heard", "played in a film"])
async def test_anothers_job_on_the_persons_recording_is_stopped_too(exposed: Installation, use: str) -> None:
    belongings = await settled(exposed)
    there = {"X-Surtitle-Project": str(belongings.bob.project_id)}
    mine = await transcribed(exposed, belongings.zuzanna, there)
    film = {"prompt": "The sea at dawn.", "recipe": "film", "options": {"music": mine["media"]}}
    wish = film if use != "heard" else {"recipe": "transcript", "media_id": mine["media"]}
    waiting = await belongings.bob.does("/api/jobs", wish, status=202)
    await erased(exposed, belongings.zuzanna.id)
    assert (await belongings.bob.gets(f"/api/jobs/{waiting['id']}"))["state"] == JobState.CANCELLED


class Postbag:
    """A `Post` that keeps what it is given."""

    def __init__(self) -> None:
        self.letters: list[tuple[Letter, To]] = []

    async def put(self, session: AsyncSession, letter: Letter, to: To) -> None:
        assert await session.scalar(select(User.email).where(User.id == to.language_of)) == to.address
        self.letters.append((letter, to))


async def test_the_report_is_written_to_the_person_once(exposed: Installation) -> None:
    ana, postbag = await person(exposed), Postbag()
    await transcribed(exposed, ana)
    erasures = exposed.services.data_protection.erasures
    exposed.services = replace(
        exposed.services,
        data_protection=replace(
            exposed.services.data_protection,
            erasures=Erasures(replace(erasures._parts, post=postbag)),
        ),
    )
    await erased(exposed, ana.id)
    await exposed.services.data_protection.erasures.resume()
    [(letter, to)] = postbag.letters
    assert (letter.kind, to.address) == (LetterKind.ERASURE_REPORT, "ana@example.org")
    # Nobody's any more: what is written to an account goes with it.
    assert to.user_id is None
    assert letter.facts["counts"]["recordings"] == 1


class Died(BaseException):
    """The process is gone: nothing catches this."""


class MortalDatabase(Database):
    """Its process dies after each transaction that changed something."""

    @asynccontextmanager
    async def writing(self) -> AsyncIterator[AsyncSession]:
        async with super().writing() as session:
            before = await session.scalar(_CHANGES)
            yield session
            await session.flush()
            changed = await session.scalar(_CHANGES) != before
        if changed:
            raise Died


class MortalStore(ObjectStore):
    """Its process dies after each object that came or went."""

    async def delete(self, key: str) -> None:
        existed = await self.exists(key)
        await super().delete(key)
        if existed:
            raise Died

    async def put_bytes(self, key: str, data: bytes) -> StoredObject:
        existed = await self.exists(key)
        stored = await super().put_bytes(key, data)
        if not existed:
            raise Died
        return stored


def mortal_protection(api: Installation) -> tuple[MortalDatabase, DataProtection]:
    database = MortalDatabase(api.services.database.url)
    immortal = open_store(api.settings)
    store = MortalStore(immortal._backend, immortal.local_root)
    quotas = Quotas(api.settings)
    acceptance = Acceptance(lambda *_: None, quotas)
    jobs = JobService(database, store, api.services.hub, acceptance, goes_with_job=[discard_untouched])
    archive = RevisionArchive(database, store)
    rooms = RecordingRooms(
        media=MediaService(database, store, api.settings),
        jobs=jobs,
        archive=archive,
        transcripts=TranscriptService(database, store, archive),
    )
    accounts = replace(
        open_accounts(api.settings, database, Counters()),
        authenticator=api.services.authenticator,
        people=api.services.people,
    )
    voices = open_voices(api.settings, database, store, open_engines(api.settings), rooms)
    return database, open_data_protection(api.settings, database, store, accounts, rooms=rooms, voices=voices)


async def test_a_process_that_dies_after_every_single_write_still_brings_an_erasure_to_its_end(
    exposed: Installation,
) -> None:
    belongings = await settled(exposed)
    assert belongings.zuzanna.id is not None
    begun = await exposed.services.data_protection.erasures.begin(
        OWNER_OF_MACHINE, belongings.zuzanna.id, Mode.ERASE, None
    )
    deaths = 0
    while True:
        database, protection = mortal_protection(exposed)
        try:
            done = await protection.erasures.go_on(begun.id)
            break
        except Died:
            deaths += 1
        finally:
            await database.close()
    assert deaths > 20
    assert done.finished_at is not None
    assert await left_of(exposed, belongings) == {}
    counts = report_of(done)
    # Nothing is counted twice, however often it was begun.
    assert (counts["jobs"], counts["recordings"], counts["transcripts"], counts["projects"]) == (2, 2, 2, 1)


async def test_after_a_restore_what_came_back_is_erased_again(tmp_path: Path) -> None:
    folder, kept = tmp_path / "data", tmp_path / "backup"
    async with installed(folder, server=ServerSettings(auth="required")) as api:
        belongings = await settled(api)
        await asyncio.to_thread(_back_up, folder, kept)
        await erased(api, belongings.zuzanna.id)
        late = await person(api, "late@example.org")
        await erased(api, late.id, Mode.ANONYMISE)
    await asyncio.to_thread(_restore, kept, folder)
    async with installed(folder, server=ServerSettings(auth="required")) as api:
        assert await left_of(api, belongings)
        replayed = await api.services.data_protection.erasures.replay()
        assert [one.user_id for one in replayed] == [belongings.zuzanna.id, late.id]
        assert all(one.finished_at for one in replayed)
        assert report_of(replayed[0])["recordings"] == 2
        assert await left_of(api, belongings) == {}
        async with api.services.database.reading() as session:
            assert [user.id for user in await session.scalars(select(User))] == [belongings.bob.id]
        # And once more, when there is nothing left to do.
        again = await api.services.data_protection.erasures.replay()
        assert [report_of(one) for one in again] == [report_of(one) for one in replayed]


async def test_replay_needs_nobody_to_stay_an_administrator_or_a_member(tmp_path: Path) -> None:
    """A project that was the person's alone when it was erased goes again, whoever the backup names in it."""
    folder, kept = tmp_path / "data", tmp_path / "backup"
    async with installed(folder, server=ServerSettings(auth="required")) as api:
        ana, bob = await person(api), await person(api, "bob@example.org")
        assert bob.id is not None
        async with api.services.database.writing() as session:
            session.add(Membership(project_id=ana.project_id, user_id=bob.id, role="editor"))
        await asyncio.to_thread(_back_up, folder, kept)
        async with api.services.database.writing() as session:
            await session.delete(await session.get_one(Membership, (ana.project_id, bob.id)))
        await erased(api, ana.id)
    await asyncio.to_thread(_restore, kept, folder)
    async with installed(folder, server=ServerSettings(auth="required")) as api:
        await api.services.data_protection.erasures.replay()
        async with api.services.database.reading() as session:
            assert await session.get(Membership, (ana.project_id, bob.id)) is None
            assert await session.scalar(select(func.count()).select_from(StoredTranscript)) == 0
            assert await session.get(User, bob.id) is not None


def _back_up(folder: Path, kept: Path) -> None:
    shutil.copytree(folder / "files", kept / "files")
    with (
        closing(sqlite3.connect(folder / "surtitle.db")) as source,
        closing(sqlite3.connect(kept / "surtitle.db")) as target,
    ):
        source.backup(target)


def _restore(kept: Path, folder: Path) -> None:
    for file in folder.glob("surtitle.db*"):
        file.unlink()
    shutil.copy(kept / "surtitle.db", folder / "surtitle.db")
    shutil.copytree(kept / "files", folder / "files", dirs_exist_ok=True)
