"""What `alembic upgrade head` runs, by alembic.ini: `surtitle db upgrade`, which runs once at a time."""

import os
import sys
from argparse import Namespace

from alembic import context

_asked = context.config.cmd_opts or Namespace(cmd=None)
if not _asked.cmd or _asked.cmd[0].__name__ != "upgrade" or _asked.revision != "head" or _asked.sql:
    sys.exit(
        "Nothing was done. `surtitle db upgrade` brings the database up to date, "
        "`surtitle db check` compares it with what is expected."
    )
sys.stderr.write("`alembic upgrade head` is now: surtitle db upgrade\n")
# In place of Alembic, which we are about to use ourselves: of two uses in one process one breaks the other.
os.execv(sys.executable, [sys.executable, "-m", "surtitle", "db", "upgrade"])  # noqa: S606 - no shell
