"""The program that comes after this one: a copy of it with one migration more."""

import shutil
from pathlib import Path
from typing import Any

from alembic.config import Config
from alembic.script import ScriptDirectory

import surtitle
from surtitle.db import migrate

_MIGRATION = '''"""What a later version needs"""

import sqlalchemy as sa
from alembic import op

revision = "9001"
down_revision = "{head}"
branch_labels = None
depends_on = None
serves = "{serves}"


def upgrade() -> None:
    op.add_column("jobs", sa.Column("of_later", sa.String(length=20), nullable=False, server_default="later"))
    op.create_table("of_later", sa.Column("id", sa.Integer(), primary_key=True))


def downgrade() -> None:
    op.drop_table("of_later")
    op.drop_column("jobs", "of_later")
'''


def head() -> str:
    """The newest migration of this program."""
    config = Config()
    config.set_main_option("script_location", str(Path(migrate.__file__).parent / "migrations"))
    newest = ScriptDirectory.from_config(config).get_current_head()
    assert newest is not None
    return newest


def next_program(folder: Path, *, serves: str) -> dict[str, Any]:
    """The variables that make `python -m surtitle` the next program, whose migration says whom it serves."""
    here, package = Path(surtitle.__file__).parent, folder / "surtitle"
    # With what was compiled: it counts, since the times of the files are kept.
    shutil.copytree(here, package, ignore=shutil.ignore_patterns("assets"))
    (package / "assets").symlink_to(here / "assets")
    file = package / "db" / "migrations" / "versions" / "9001_later.py"
    file.write_text(_MIGRATION.format(head=head(), serves=serves))
    return {"PYTHONPATH": str(folder)}
