"""The drill: whatever an installation is made of, a backup of it comes back whole in any other."""

from pathlib import Path

from tests.backups.kept import (
    backed_up,
    brought_back,
    files_in,
    in_bucket,
    installation,
    rows_in,
)
from tests.servers.postgresql import PostgresServer
from tests.servers.seaweedfs import S3Server

from surtitle.accounts.audit_verification import AuditVerification
from surtitle.bootstrap.installation import opened
from surtitle.config import Settings
from surtitle.ids import new_id


async def require_same(one: Settings, other: Settings) -> None:
    """Every row, and every byte of every file."""
    assert await rows_in(other) == await rows_in(one)
    files = await files_in(other)
    assert files == await files_in(one)
    assert len(files) > 5


async def test_a_backup_comes_back_whole_in_every_direction(
    settings: Settings, tmp_path: Path, backups: Path, postgres: PostgresServer, s3: S3Server
) -> None:
    made = await backed_up(settings)
    assert made.manifest.missing_count == 0

    # SQLite and a folder, into SQLite and a folder.
    laptop = installation(tmp_path / "laptop", f"file://{backups}")
    await brought_back(laptop)
    await require_same(settings, laptop)

    # SQLite and a folder, into PostgreSQL and a bucket.
    cluster = installation(
        tmp_path / "cluster",
        f"file://{backups}",
        storage=in_bucket(s3),
        database_url=postgres.database(new_id().hex),
    )
    done = await brought_back(cluster)
    assert (done.restored.files.count, done.restored.rows) == (
        made.manifest.objects,
        sum(table.rows for table in made.manifest.tables),
    )
    await require_same(settings, cluster)

    # PostgreSQL and a bucket, with the backups in a bucket too.
    place = in_bucket(s3)
    cluster.backup.store_url = place["url"]
    await backed_up(cluster)
    for folder, told in (
        ("another-cluster", {"storage": in_bucket(s3), "database_url": postgres.database(new_id().hex)}),
        ("home-again", {"storage": {name: value for name, value in place.items() if name != "url"}}),
    ):
        again = installation(tmp_path / folder, place["url"], **told)
        await brought_back(again)
        await require_same(settings, again)


async def test_people_go_on_where_they_were(settings: Settings, tmp_path: Path, backups: Path) -> None:
    await backed_up(settings)
    laptop = installation(tmp_path / "laptop", f"file://{backups}")
    await brought_back(laptop)
    # What was sealed can be opened, and the trail leads to its end: the secret came along.
    assert (laptop.data_dir / "secret.key").read_bytes() == (settings.data_dir / "secret.key").read_bytes()
    async with opened(laptop) as parts:
        assert (await AuditVerification(parts.database, parts.accounts.audit).verify()).fault is None
