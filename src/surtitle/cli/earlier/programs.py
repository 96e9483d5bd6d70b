"""What stands where Flask, Celery, RQ, Poetry, Alembic and uvicorn were: `surtitle flask …`.

The image's program is `surtitle`, so that is what `docker compose run api flask db upgrade` comes down to.
"""

import sys

NOW = {
    "flask": "surtitle serve",
    "celery": "surtitle worker (and surtitle workers, surtitle queues list)",
    "rq": "surtitle worker (and surtitle workers, surtitle queues list)",
    "poetry": "the command itself, without `poetry run`",
    "uvicorn": "surtitle serve (--host, --port)",
    "alembic": "surtitle db upgrade (and surtitle db check)",
}
"""What to use instead, by the program's name."""

_UPGRADES = {("flask", "db", "upgrade"), ("alembic", "upgrade", "head")}
_EXIT_WRONG_USE = 2


def answer(*typed: str) -> None:
    """Upgrade the database as `flask db upgrade` did; all else ends with what to type now."""
    if typed not in _UPGRADES:
        sys.stderr.write(f"`{typed[0]}` is no command of Surtitle's. Use {NOW[typed[0]]}.\n")
        sys.exit(_EXIT_WRONG_USE)
    from surtitle.cli.db import upgrade  # noqa: PLC0415 - every start of `surtitle` reads this module

    sys.stderr.write(f"`{' '.join(typed)}` is now: surtitle db upgrade\n")
    upgrade()
