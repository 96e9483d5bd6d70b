"""Backups of older programs come back in newer ones; of newer ones it is said what to do."""

from collections.abc import AsyncIterator
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy import inspect, text
from tests.backups.kept import backed_up, brought_back, database_of, files_in, installation, rows_in

from surtitle.backups.carrying import once
from surtitle.backups.columns import told
from surtitle.backups.errors import BackupTooNew, InstallationTooNew
from surtitle.backups.lines import packed
from surtitle.backups.manifest import Manifest, SavedTable
from surtitle.backups.place import BackupPlace
from surtitle.backups.rows import saved_rows
from surtitle.bootstrap.backups import place_to_write
from surtitle.config import Settings
from surtitle.db import migrate
from surtitle.db.engine import Database
from surtitle.db.lasting_rows import RowSum
from surtitle.storage import open_store

OLD = "0006"


async def columns_of(version: str, folder: Path) -> dict[str, set[str]]:
    """By table, as the migrations make them up to a version."""
    database = Database(f"sqlite+aiosqlite:///{folder / 'old.db'}")
    await migrate.upgrade(database, version)
    async with database.reading() as session:
        connection = await session.connection()
        found = await connection.run_sync(
            lambda sync: {
                table: {column["name"] for column in inspect(sync).get_columns(table)}
                for table in inspect(sync).get_table_names()
            }
        )
    await database.close()
    return found


async def as_of(place: BackupPlace, manifest: Manifest, version: str, known: dict[str, set[str]]) -> None:
    """The backup as a program would have made it whose tables are of that version."""
    documents: dict[str, list[Any]] = {}
    tables = []
    for table in manifest.tables:
        if table.name in known:
            columns = [one for one in table.columns if one[0] in known[table.name]]
            documents[table.name] = []
            tables.append((replace(table, columns=columns), RowSum(table.name)))
    sums = {table.name: (table, sum_) for table, sum_ in tables}
    async for table, rows in saved_rows(place, manifest):
        if table.name in sums:
            kept, sum_ = sums[table.name]
            names = [name for name, _ in kept.columns]
            older = [{name: row[name] for name in names} for row in rows]
            sum_.add(older)
            documents[table.name] += [told(row, kept.columns) for row in older]

    async def lines() -> AsyncIterator[Any]:
        for name, rows in documents.items():
            yield name
            for row in rows:
                yield row

    saved = [
        SavedTable(table.name, table.columns, sum_.figures().rows, sum_.figures().digest)
        for table, sum_ in tables
    ]
    await place.write(f"rows/{manifest.name}", packed(lines()))
    older_manifest = replace(manifest, schema=version, tables=saved)
    await place.write(f"manifests/{manifest.name}", once(older_manifest.as_bytes()))


@pytest.mark.parametrize("kind", ["sqlite", "postgresql"])
async def test_a_backup_of_older_tables_is_brought_up_to_date(
    settings: Settings, tmp_path: Path, backups: Path, postgres_url: str, kind: str
) -> None:
    made = await backed_up(settings)
    await as_of(place_to_write(settings), made.manifest, OLD, await columns_of(OLD, tmp_path))
    told_: dict[str, Any] = {"database_url": postgres_url} if kind == "postgresql" else {}
    target = installation(tmp_path / "target", f"file://{backups}", **told_)
    # Into tables of today, with something in them.
    async with database_of(target) as database:
        await migrate.upgrade(database)
    await brought_back(target, replace=True)
    async with database_of(target) as database:
        assert await migrate.is_at_head(database)
    assert await files_in(target) == await files_in(settings)
    before, after = await rows_in(settings), await rows_in(target)
    assert {name: after[name].rows for name in ("users", "media", "jobs", "revisions")} == {
        name: before[name].rows for name in ("users", "media", "jobs", "revisions")
    }


async def test_a_backup_of_newer_tables_is_refused_with_what_to_do(
    settings: Settings, tmp_path: Path, backups: Path
) -> None:
    made = await backed_up(settings)
    newer = replace(made.manifest, schema="9999")
    await place_to_write(settings).write(f"manifests/{newer.name}", once(newer.as_bytes()))
    target = installation(tmp_path / "target", f"file://{backups}")
    with pytest.raises(BackupTooNew, match="Install that version or a newer one"):
        await brought_back(target)
    assert [key async for key in open_store(target).keys("")] == []


@pytest.mark.parametrize("target_kind", [("sqlite", "9998"), ("sqlite", "0001"), ("postgresql", "0001")])
async def test_tables_of_a_newer_program_are_not_restored_into(
    settings: Settings, tmp_path: Path, backups: Path, postgres_url: str, target_kind: tuple[str, str]
) -> None:
    kind, serves = target_kind
    await backed_up(settings)
    told_: dict[str, Any] = {"database_url": postgres_url} if kind == "postgresql" else {}
    target = installation(tmp_path / "target", f"file://{backups}", **told_)
    async with database_of(target) as database:
        await migrate.upgrade(database)
        async with database.writing() as session:
            await session.execute(text("UPDATE alembic_version SET version_num = '9999'"))
            await session.execute(text("UPDATE schema_support SET serves = :serves"), {"serves": serves})
    for wish in (True, False):
        with pytest.raises(InstallationTooNew, match="Name an empty database"):
            await brought_back(target, replace=wish)
    assert [key async for key in open_store(target).keys("")] == []
    # The way that it names.
    emptied = installation(
        target.data_dir, f"file://{backups}", database_url=f"sqlite+aiosqlite:///{tmp_path}/new.db"
    )
    await brought_back(emptied, replace=True)
    assert await rows_in(emptied) == await rows_in(settings)
