"""Every migration since 0012 says which programs go on, and the database tells it."""

from pathlib import Path

from alembic.config import Config
from alembic.script import Script, ScriptDirectory
from sqlalchemy import text
from tests.servers.both import ON_BOTH

from surtitle.db import migrate, schema_support
from surtitle.db.engine import Database


def promising() -> list[Script]:
    """The migrations that must say it, the oldest first."""
    config = Config()
    config.set_main_option("script_location", str(Path(migrate.__file__).parent / "migrations"))
    scripts = list(reversed(list(ScriptDirectory.from_config(config).walk_revisions())))
    names = [script.revision for script in scripts]
    return scripts[names.index(schema_support.FIRST) :]


def test_every_migration_since_then_says_which_programs_it_serves() -> None:
    names = [script.revision for script in promising()]
    silent = [script.revision for script in promising() if not hasattr(script.module, "serves")]
    assert not silent, f"{silent} lack `serves`: see docs/operate/upgrading.md"
    served = [names.index(script.module.serves) for script in promising()]
    assert served == sorted(served), "whom a schema stopped serving, no later one serves again"
    assert all(oldest <= number for number, oldest in enumerate(served)), "each serves its own program"


@ON_BOTH
async def test_the_database_tells_what_its_last_migration_says(database: Database) -> None:
    await migrate.upgrade(database)
    async with database.reading() as session:
        told = (await session.scalars(text("SELECT serves FROM schema_support"))).all()
    assert told == [promising()[-1].module.serves]


async def test_below_the_first_of_them_nothing_is_told_and_above_it_is_again(tmp_path: Path) -> None:
    database = Database(f"sqlite+aiosqlite:///{tmp_path / 'surtitle.db'}")
    for _ in range(2):
        await migrate.upgrade(database, "0011")
        await migrate.upgrade(database)
        async with database.reading() as session:
            assert await (await session.connection()).run_sync(schema_support.oldest_served) == "0012"
        await migrate.downgrade(database, "0011")
        async with database.reading() as session:
            assert await (await session.connection()).run_sync(schema_support.oldest_served) is None
    await database.close()
