"""What the image has in place of Flask, Celery, RQ and Poetry: a name, then what was typed after it."""

import sys

from surtitle.cli import main

NOW = {
    "flask": "surtitle serve",
    "celery": "surtitle worker (and surtitle workers, surtitle queues list)",
    "rq": "surtitle worker (and surtitle workers, surtitle queues list)",
    "poetry": "the command itself, without `poetry run`",
}
"""What to use instead, by the program's name."""

_EXIT_WRONG_USE = 2


def answer(name: str, *words: str) -> None:
    """Upgrade the database as `flask db upgrade` did; all else ends with what to type now."""
    if (name, *words) != ("flask", "db", "upgrade"):
        sys.stderr.write(f"{name} is no part of Surtitle. Use {NOW[name]}.\n")
        sys.exit(_EXIT_WRONG_USE)
    sys.stderr.write("`flask db upgrade` is now: surtitle db upgrade\n")
    sys.argv[1:] = ["db", "upgrade"]
    main()


if __name__ == "__main__":
    answer(*sys.argv[1:])
