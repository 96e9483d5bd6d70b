import re
import sqlite3
from pathlib import Path
from typing import Any

from tests.cli.conftest import Cli

from surtitle.db.models import PERSONAL_PROJECT

PASSWORD = "a sentence of some length"
CHEAP: dict[str, Any] = {
    "SURTITLE_ACCOUNTS__PASSWORD_PASSES": "1",
    "SURTITLE_ACCOUNTS__PASSWORD_MEMORY_KIB": "8",
}


def rows(cli: Cli, query: str) -> list[tuple[object, ...]]:
    with sqlite3.connect(Path(cli.environment["SURTITLE_DATA_DIR"]) / "surtitle.db") as database:
        return database.execute(query).fetchall()


def test_the_first_administrator_owns_what_was_there_before(cli: Cli) -> None:
    done = cli(
        "admin",
        "create-user",
        "Boss@Example.org",
        "--role",
        "admin",
        stdin=PASSWORD.encode() + b"\n",
        **CHEAP,
    )
    assert done.returncode == 0, done.stderr
    assert "role admin" in done.stdout
    assert PASSWORD not in done.stdout
    assert rows(cli, "SELECT email, email_key, role FROM users") == [
        ("Boss@Example.org", "boss@example.org", "admin")
    ]
    assert rows(cli, "SELECT project_id, role FROM memberships") == [(PERSONAL_PROJECT.hex, "owner")]

    again = cli("admin", "create-user", "boss@example.org", stdin=PASSWORD.encode(), **CHEAP)
    assert again.returncode == 1
    assert "already" in again.stderr
    assert "Traceback" not in again.stderr


def test_a_made_up_password_is_shown_once_and_kept_as_a_hash(cli: Cli) -> None:
    made = cli("admin", "create-user", "ada@example.org", "--generate", **CHEAP)
    reset = cli("admin", "reset-password", "ADA@example.org", "--generate", **CHEAP)
    shown = [re.search(r"shown this once: (\S{20,})", done.stdout) for done in (made, reset)]
    assert shown[0]
    assert shown[1]
    assert shown[0][1] != shown[1][1]
    [(kept,)] = rows(cli, "SELECT password_hash FROM users")
    assert str(kept).startswith("$argon2id$")


def test_a_promoted_person_is_the_first_administrator_too(cli: Cli) -> None:
    cli("admin", "create-user", "ada@example.org", "--generate", **CHEAP)
    done = cli("admin", "set-role", "ada@example.org", "admin")
    assert "role admin" in done.stdout, done.stderr
    assert (PERSONAL_PROJECT.hex, "owner") in rows(cli, "SELECT project_id, role FROM memberships")
    last = cli("admin", "set-role", "ada@example.org", "user")
    assert (last.returncode, "last administrator" in last.stderr) == (1, True)


def test_what_makes_no_sense_is_told_in_a_sentence(cli: Cli) -> None:
    for command, stdin, told in [
        (("create-user", "ada@example.org"), "short", "fewer than 8"),
        (("create-user", "ada@example.org", "--role", "root"), PASSWORD, "user, support, admin"),
    ]:
        done = cli("admin", *command, stdin=stdin.encode(), **CHEAP)
        assert done.returncode == 2
        assert told in done.stderr
        assert "Traceback" not in done.stderr


def test_signing_keys_are_rotated(cli: Cli) -> None:
    first, second = (cli("admin", "rotate-keys").stdout.split()[-1].rstrip(".") for _ in range(2))
    kept = rows(cli, "SELECT kid, retired_at IS NULL FROM signing_keys ORDER BY created_at")
    assert kept == [(first, 0), (second, 1)]
    assert rows(cli, "SELECT action, actor FROM audit_events") == [("signing-key.rotated", "system")] * 2
