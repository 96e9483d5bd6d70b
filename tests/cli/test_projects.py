import json
import re

import pytest
from tests.cli.conftest import Cli

from surtitle.db.models import PERSONAL_PROJECT


def test_a_key_is_made_listed_and_revoked(cli: Cli) -> None:
    made = cli("keys", "create", "Archive", "--project", "Personal", "--scope", "read", "--days", "30")
    assert re.fullmatch(r"vk_[\w-]{43}\n", made.stdout), made.stderr
    assert "cannot be shown again" in made.stderr
    [key] = json.loads(cli("keys", "list", "--project", PERSONAL_PROJECT, "--json").stdout)["items"]
    assert (key["name"], key["scopes"], key["revoked_at"]) == ("Archive", ["read"], None)
    assert made.stdout.startswith(key["prefix"])
    assert cli("keys", "revoke", key["id"], "--project", "Personal").returncode == 0
    assert "(revoked)" in cli("keys", "list", "--project", "Personal").stdout


def test_a_project_is_made_for_somebody_and_archived(cli: Cli) -> None:
    assert cli("admin", "create-user", "ana@example.org", "--generate").returncode == 0
    made = cli("projects", "create", "Interviews", "--owner", "Ana@Example.org")
    assert made.returncode == 0, made.stderr
    again = cli("projects", "create", "Interviews", "--owner", "ana@example.org")
    assert (again.returncode, "of the same owner" in again.stderr) == (1, True)
    assert cli("projects", "archive", "Interviews").returncode == 0
    assert f"{made.stdout.strip()}  Interviews  (archived)" in cli("projects", "list").stdout


def test_projects_are_listed_and_the_first_one_stays(cli: Cli) -> None:
    assert cli("projects", "list").stdout == f"{PERSONAL_PROJECT}  Personal\n"
    stays = cli("projects", "archive", "Personal")
    assert (stays.returncode, "cannot be archived" in stays.stderr) == (1, True)


@pytest.mark.parametrize(
    ("arguments", "told"),
    [
        (("keys", "create", "x", "--project", "nowhere"), "no project 'nowhere'"),
        (("keys", "create", "x", "--project", "Personal", "--scope", "manage"), "delete, read, write"),
        (("projects", "create", "Interviews", "--owner", "nobody@example.org"), "nobody@example.org"),
    ],
)
def test_what_cannot_be_is_refused_with_what_to_do(cli: Cli, arguments: tuple[str, ...], told: str) -> None:
    refused = cli(*arguments)
    assert (refused.returncode, told in refused.stderr) == (2, True), refused.stderr
