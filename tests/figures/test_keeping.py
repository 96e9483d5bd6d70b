"""Storage, backups and credits, on both databases."""

from datetime import UTC, datetime, timedelta
from pathlib import Path

from tests.jobs.table import JobTable
from tests.servers.both import ON_BOTH

from surtitle.clock import utc_now
from surtitle.config import MetricsSettings, Settings, StorageSettings
from surtitle.db.account_models import CreditEntry
from surtitle.db.engine import Database
from surtitle.db.job_models import Artifact
from surtitle.db.keeping_models import Backup
from surtitle.db.models import PERSONAL_PROJECT
from surtitle.figures.backups import BackupFigures
from surtitle.figures.credits import CreditFigures
from surtitle.figures.storage import StorageFigures
from surtitle.ids import first_id_at, new_id

pytestmark = ON_BOTH

S3 = StorageSettings(url="s3://bucket", access_key="a", secret_key="b")


async def stored(database: Database, settings: Settings) -> dict[tuple[str, ...], float]:
    samples = await StorageFigures(database, settings).read()
    return {(one.figure.removeprefix("surtitle_storage_"), *one.labels): one.value for one in samples}


async def test_what_is_stored_is_told_by_what_it_is(table: JobTable, tmp_path: Path) -> None:
    job = await table.add()
    async with table.database.writing() as session:
        for kind, size in (("result", 70), ("work", 20), ("part", 9)):
            session.add(
                Artifact(
                    job_id=job.id, name=f"{kind}.json", kind=kind, object_key=kind, size_bytes=size,
                    media_type="application/json", sha256="0" * 64,
                )
            )  # fmt: skip
    told = await stored(table.database, Settings(data_dir=tmp_path, _env_file=None))
    assert told["used_bytes", "recordings"] == 1
    assert (told["used_bytes", "results"], told["used_bytes", "working"]) == (70, 29)
    assert told["capacity_bytes",] > told["free_bytes",] > 0, "the disk below the folder"


async def test_a_store_elsewhere_has_the_room_that_is_set(table: JobTable, tmp_path: Path) -> None:
    unset = Settings(data_dir=tmp_path, storage=S3, _env_file=None)
    assert {name for name, *_ in await stored(table.database, unset)} == {"used_bytes"}
    limited = unset.model_copy(update={"metrics": MetricsSettings(storage_capacity_bytes=1000)})
    told = await stored(table.database, limited)
    assert (told["capacity_bytes",], told["free_bytes",]) == (1000, 999)


async def test_a_share_of_a_disk_is_full_before_the_disk_is(table: JobTable, tmp_path: Path) -> None:
    settings = Settings(data_dir=tmp_path, metrics=MetricsSettings(storage_capacity_bytes=1), _env_file=None)
    told = await stored(table.database, settings)
    assert (told["capacity_bytes",], told["free_bytes",]) == (1, 0)


async def backed_up(database: Database) -> tuple[float, ...]:
    return tuple(sample.value for sample in await BackupFigures(database).read())


async def test_where_there_never_was_a_backup_the_times_are_nought(database: Database) -> None:
    assert await backed_up(database) == (0.0, 0.0, 0.0)


async def test_the_newest_whole_backup_is_told_and_one_under_way_is_none(database: Database) -> None:
    noon = datetime(2026, 11, 22, 12, tzinfo=UTC)

    def backup(state: str, hours: int, size: int = 0) -> Backup:
        finished = None if state == "running" else noon + timedelta(hours=hours)
        return Backup(name=f"b{hours}", kind="scheduled", state=state, bytes=size, finished_at=finished)

    async with database.writing() as session:
        session.add_all([backup("succeeded", -24, 500), backup("succeeded", 0, 700), backup("running", 3)])
        session.add(backup("failed", 2))
    assert await backed_up(database) == (noon.timestamp(), noon.timestamp() + 7200, 700.0)


async def test_credits_are_those_of_jobs_in_a_day_less_what_came_back(database: Database) -> None:
    job_id, long_ago = new_id(), first_id_at(utc_now() - timedelta(days=2))

    def moved(amount: float, **values: object) -> CreditEntry:
        return CreditEntry(project_id=PERSONAL_PROJECT, amount=amount, reason="job", **values)

    async with database.writing() as session:
        session.add_all([moved(-5.0, job_id=job_id), moved(1.5, job_id=job_id), moved(100.0)])
        session.add(moved(-40.0, job_id=new_id(), id=long_ago))
    assert [sample.value for sample in await CreditFigures(database).read()] == [3.5]


async def test_without_movements_nothing_was_charged(database: Database) -> None:
    assert [sample.value for sample in await CreditFigures(database).read()] == [0.0]
