import asyncio
import shutil
from collections.abc import AsyncIterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import asynccontextmanager
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy import func, inspect, select, text
from tests.accounts.belongings import EMAIL, settled
from tests.api.installation import Installation, installed
from tests.servers.postgresql import PASSWORD
from tests.servers.seaweedfs import S3Server

from surtitle.accounts.audit import AuditTrail
from surtitle.accounts.audit_verification import AuditVerification
from surtitle.accounts.secrets import open_secrets
from surtitle.bootstrap.moving import Moved, move
from surtitle.bootstrap.moving_files import FilesDiffer
from surtitle.config import ServerSettings, Settings
from surtitle.db import migrate
from surtitle.db.account_models import User
from surtitle.db.engine import Database
from surtitle.db.job_models import Artifact
from surtitle.db.models import PERSONAL_PROJECT, Media, Upload
from surtitle.db.moving import RowsDiffer
from surtitle.db.tables import METADATA
from surtitle.errors import Conflict, Invalid, NotFound
from surtitle.ids import new_id
from surtitle.storage import open_store

REQUIRED = ServerSettings(auth="required")


@pytest.fixture(scope="module")
def lived_in(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The data directory of an installation with something in every table."""
    folder = tmp_path_factory.mktemp("lived-in") / "data"

    async def live() -> None:
        async with installed(folder, server=REQUIRED) as api:
            await settled(api)

    with ThreadPoolExecutor(1) as thread:
        thread.submit(asyncio.run, live()).result()
    return folder


@pytest.fixture
def settings(lived_in: Path, tmp_path: Path) -> Settings:
    shutil.copytree(lived_in, tmp_path / "data")
    return Settings(data_dir=tmp_path / "data", server=REQUIRED, _env_file=None)


@pytest.fixture
def bucket(tmp_path: Path) -> str:
    return f"file://{tmp_path / 'bucket'}"


async def moved(settings: Settings, url: str, storage: str | None, said: list[str] | None = None) -> Moved:
    return await move(settings, url, storage, (said if said is not None else []).append)


async def what_moves(settings: Settings) -> dict[str, int]:
    """Rows by table; those of its resumable uploads, which are unfinished, are of no use elsewhere, and the
    search index is made again there.
    """
    left = {"uploads": 0, "search_documents": 0, "search_chunks": 0}
    return await rows(settings.effective_database_url) | left


async def rows(url: str) -> dict[str, int]:
    async with opened(url) as database, database.reading() as session:
        counts = [(table.name, await session.scalar(select(func.count()).select_from(table)))
                  for table in METADATA.sorted_tables]  # fmt: skip
    return {name: count or 0 for name, count in counts}


@asynccontextmanager
async def opened(url: str) -> AsyncIterator[Database]:
    database = Database(url)
    yield database
    await database.close()


async def test_a_moved_installation_is_what_it_was(
    settings: Settings, postgres_url: str, s3: S3Server
) -> None:
    place = f"{s3.storage_url}/{new_id().hex}"
    told: dict[str, Any] = {"endpoint": s3.endpoint, "access_key": s3.access_key, "secret_key": s3.secret_key}
    before = await what_moves(settings)
    source = settings.model_copy(update={"storage": settings.storage.model_validate(told)})
    done = await moved(source, postgres_url, place)

    assert await rows(postgres_url) == before
    assert sum(before.values()) > 60
    new = Settings(
        data_dir=settings.data_dir, server=REQUIRED, database_url=postgres_url,
        storage={"url": place, **told}, _env_file=None,
    )  # fmt: skip
    async with opened(postgres_url) as database, database.reading() as session:
        assert await session.scalar(select(User.email).where(User.email == EMAIL)) == EMAIL
        kept = [*await session.execute(select(Media.object_key, Media.sha256)),
                *await session.execute(select(Artifact.object_key, Artifact.sha256))]  # fmt: skip
        for key, sha256 in kept:
            assert await open_store(new).read(key, sha256=sha256)
        trail = AuditTrail(database, open_secrets(settings))
        assert (await AuditVerification(database, trail).verify()).fault is None
    assert done.files is not None
    assert done.files.count >= len(kept) > 5


async def test_people_go_on_in_the_moved_installation(
    settings: Settings, postgres_url: str, bucket: str
) -> None:
    await moved(settings, postgres_url, bucket)
    async with installed(
        settings.data_dir, server=REQUIRED, database_url=postgres_url, storage={"url": bucket}
    ) as api:
        job = await a_finished_job(api)
        async with api.services.database.reading() as session:
            names = await session.scalars(select(Artifact.name).where(Artifact.job_id == job))
        assert "transcript.txt" in set(names)
        async with api.services.database.writing() as session:
            user = (await session.scalars(select(User).where(User.email == EMAIL))).one()
            signed_in = await api.services.people.sessions.open(session, user)
        headers = {"Authorization": f"Bearer {signed_in.access_token}"}
        answer = await api.client.get("/api/jobs", headers=headers)
        assert answer.status_code == 200
        assert answer.json()["items"]


async def a_finished_job(api: Installation) -> Any:
    async with api.services.database.reading() as session:
        return await session.scalar(select(Artifact.job_id).limit(1))


async def test_a_move_that_breaks_off_goes_on_where_it_was(
    settings: Settings, postgres_url: str, bucket: str
) -> None:
    class Unplugged(Exception):
        pass

    def pull_the_plug(news: str) -> None:
        if news == "Moving the tables":
            raise Unplugged

    before = await what_moves(settings)
    with pytest.raises(Unplugged):
        await move(settings, postgres_url, bucket, pull_the_plug)
    assert (await rows(postgres_url))["media"] == 0
    # As a process leaves it that is killed while it writes.
    ledger = settings.data_dir / "moving.jsonl"
    ledger.write_text(ledger.read_text()[:-10])

    done = await moved(settings, postgres_url, bucket)

    assert done.files is not None
    assert done.files.earlier == done.files.count - 1 > 3
    assert await rows(postgres_url) == before
    assert not ledger.exists()
    # The command that could not tell its end is given again, and finds all of it there.
    again = await moved(settings, postgres_url, bucket)
    assert again.tables == done.tables


async def test_nothing_is_moved_while_the_installation_is_in_use(
    settings: Settings, postgres_url: str, bucket: str
) -> None:
    async with opened(settings.effective_database_url) as at_work:
        await migrate.downgrade(at_work, "0003")
        with pytest.raises(Conflict, match="Stop `surtitle serve`"):
            await moved(settings, postgres_url, bucket)
        assert not await migrate.is_at_head(at_work), "whoever uses it needs it as it is"
    assert await tables(postgres_url) == []


async def test_a_database_of_another_program_is_not_migrated(
    settings: Settings, postgres_url: str, bucket: str
) -> None:
    async with opened(postgres_url) as database, database.writing() as session:
        await session.execute(text("CREATE TABLE invoices (number int)"))
    with pytest.raises(Conflict, match="has a table invoices"):
        await moved(settings, postgres_url, bucket)
    assert await tables(postgres_url) == ["invoices"]


async def test_an_older_installation_that_holds_something_is_not_migrated(
    settings: Settings, migrated_url: str, bucket: str
) -> None:
    async with opened(migrated_url) as database:
        await migrate.downgrade(database, "0003")
        async with database.writing() as session:
            insert = "INSERT INTO discarded (id, object_key, created_at) VALUES (:id, 'a', now())"
            await session.execute(text(insert), {"id": new_id()})
        with pytest.raises(Conflict, match="table discarded holds 1 row"):
            await moved(settings, migrated_url, bucket)
        assert not await migrate.is_at_head(database)


async def tables(url: str) -> list[str]:
    async with opened(url) as database, database.reading() as session:
        connection = await session.connection()
        return await connection.run_sync(lambda sync: inspect(sync).get_table_names())


async def test_an_upload_that_became_something_is_moved_and_an_unfinished_one_is_not(
    settings: Settings, postgres_url: str
) -> None:
    async with opened(settings.effective_database_url) as database, database.writing() as session:
        media = await session.scalar(select(Media.id).limit(1))
        ends: dict[str, dict[str, Any]] = {
            "done": {"media_id": media}, "refused": {"error": "no sound"}, "open": {},
        }  # fmt: skip
        session.add_all(Upload(id=name, project_id=PERSONAL_PROJECT, **end) for name, end in ends.items())
    await moved(settings, postgres_url, None)
    async with opened(postgres_url) as database, database.reading() as session:
        assert set(await session.scalars(select(Upload.id))) == {"done", "refused"}


async def test_what_arrived_in_a_bucket_of_one_server_is_sent_again_to_its_namesake_of_another(
    settings: Settings, postgres_url: str, bucket: str
) -> None:
    def at(endpoint: str) -> Settings:
        storage = settings.storage.model_validate({"endpoint": endpoint})
        return settings.model_copy(update={"storage": storage})

    def pull_the_plug(news: str) -> None:
        if news == "Moving the tables":
            raise RuntimeError

    with pytest.raises(RuntimeError):
        await move(at("http://127.0.0.1:1"), postgres_url, bucket, pull_the_plug)
    done = await moved(at("http://127.0.0.1:2"), postgres_url, bucket)
    assert done.files is not None
    assert done.files.earlier == 0


async def test_a_database_that_holds_something_else_is_left_alone(
    settings: Settings, migrated_url: str, bucket: str
) -> None:
    async with opened(migrated_url) as database, database.writing() as session:
        session.add(User(id=new_id(), email="somebody@example.org", email_key="somebody@example.org"))
    with pytest.raises(Conflict, match="table users holds 1 row"):
        await moved(settings, migrated_url, bucket)
    assert not Path(bucket.removeprefix("file://")).exists()


@pytest.mark.parametrize("harm", ["changed", "missing"])
async def test_a_file_that_is_not_what_was_written_stops_the_move_and_is_named(
    settings: Settings, postgres_url: str, bucket: str, harm: str
) -> None:
    async with opened(settings.effective_database_url) as database, database.reading() as session:
        key = await session.scalar(select(Media.object_key).limit(1))
    file = settings.storage_directory / str(key)
    file.unlink() if harm == "missing" else file.write_bytes(b"something else")
    with pytest.raises(FilesDiffer, match=str(key)):
        await moved(settings, postgres_url, bucket)
    assert (await rows(postgres_url))["media"] == 0


async def test_rows_that_arrive_otherwise_than_they_were_sent_undo_the_move(
    settings: Settings, migrated_url: str, bucket: str
) -> None:
    mangle = (
        """CREATE FUNCTION mangle() RETURNS trigger LANGUAGE plpgsql AS
        $$ BEGIN NEW.name = 'mangled'; RETURN NEW; END $$""",
        "CREATE TRIGGER mangled BEFORE INSERT ON media FOR EACH ROW EXECUTE FUNCTION mangle()",
    )
    async with opened(migrated_url) as database, database.writing() as session:
        for statement in mangle:
            await session.execute(text(statement))
    with pytest.raises(RowsDiffer, match="media"):
        await moved(settings, migrated_url, bucket)
    assert (await rows(migrated_url))["users"] == 0


async def test_only_a_personal_installation_moves_and_only_to_postgresql(
    settings: Settings, tmp_path: Path, postgres_url: str
) -> None:
    with pytest.raises(Invalid, match="Move to PostgreSQL"):
        await moved(settings, f"sqlite+aiosqlite:///{tmp_path / 'other.db'}", None)
    with pytest.raises(Invalid, match="on PostgreSQL already") as caught:
        await moved(Settings(data_dir=tmp_path, database_url=postgres_url), postgres_url, None)
    assert PASSWORD not in caught.value.message
    with pytest.raises(NotFound):
        await moved(Settings(data_dir=tmp_path / "nothing"), postgres_url, None)
