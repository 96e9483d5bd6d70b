"""`surtitle webhooks`."""

import json
import subprocess
import threading
from collections.abc import Iterator
from http.server import BaseHTTPRequestHandler, HTTPServer

import pytest
from standardwebhooks.webhooks import Webhook as Receiver
from tests.cli.conftest import Cli


class Hook(BaseHTTPRequestHandler):
    """Takes what it is told, and keeps it."""

    told: list[tuple[bytes, dict[str, str]]] = []  # noqa: RUF012  emptied by the fixture

    def do_POST(self) -> None:
        body = self.rfile.read(int(self.headers["Content-Length"]))
        self.told.append((body, {name.lower(): value for name, value in self.headers.items()}))
        self.send_response(200 if self.path == "/hook" else 500)
        self.end_headers()

    def log_message(self, *_arguments: object) -> None:
        return None


@pytest.fixture
def server() -> Iterator[str]:
    Hook.told.clear()
    with HTTPServer(("127.0.0.1", 0), Hook) as listening:
        serving = threading.Thread(target=listening.serve_forever)
        serving.start()
        yield f"http://127.0.0.1:{listening.server_port}"
        listening.shutdown()
        serving.join()


@pytest.fixture
def allowed(cli: Cli) -> None:
    cli.environment |= {
        "SURTITLE_OUTGOING__ALLOW_PRIVATE": '["127.0.0.1/32"]',
        "SURTITLE_OUTGOING__PORTS": "[]",
    }


def id_told(made: subprocess.CompletedProcess[str]) -> str:
    assert made.returncode == 0, made.stderr
    assert "cannot be shown again" in made.stderr
    return made.stderr.split()[1]


@pytest.mark.usefixtures("allowed")
def test_a_webhook_is_made_tested_and_its_deliveries_are_shown(cli: Cli, server: str) -> None:
    made = cli("webhooks", "create", "Archive", f"{server}/hook")
    webhook = id_told(made)
    tested = cli("webhooks", "test", webhook)
    assert tested.returncode == 0, tested.stderr
    [(body, headers)] = Hook.told
    assert Receiver(made.stdout.strip()).verify(body, headers)["type"] == "webhook.test"
    listed = json.loads(cli("webhooks", "deliveries", webhook, "--json").stdout)
    assert [delivery["state"] for delivery in listed["items"]] == ["succeeded"]
    assert "disabled" in cli("webhooks", "disable", webhook).stdout
    assert "job.failed,job.succeeded  (disabled: person)" in cli("webhooks", "list").stdout


@pytest.mark.usefixtures("allowed")
def test_a_test_that_is_not_taken_fails(cli: Cli, server: str) -> None:
    webhook = id_told(cli("webhooks", "create", "Archive", f"{server}/broken"))
    tested = cli("webhooks", "test", webhook)
    assert tested.returncode == 1
    assert "answered 500" in tested.stderr


def test_an_inner_address_and_an_unknown_event_are_refused(cli: Cli) -> None:
    refused = cli("webhooks", "create", "Archive", "http://127.0.0.1/hook")
    assert (refused.returncode, "SURTITLE_OUTGOING__ALLOW_PRIVATE" in refused.stderr) == (2, True)
    refused = cli("webhooks", "create", "Archive", "https://93.184.215.14/", "--event", "job.exploded")
    assert "job.succeeded" in refused.stderr


@pytest.mark.usefixtures("allowed")
def test_webhooks_of_all_projects_are_listed_and_reached_by_their_ids(cli: Cli, server: str) -> None:
    assert cli("admin", "create-user", "ana@example.org", "--generate").returncode == 0
    assert cli("projects", "create", "Interviews", "--owner", "ana@example.org").returncode == 0
    theirs = id_told(cli("webhooks", "create", "Archive", f"{server}/hook", "--project", "Interviews"))
    own = id_told(cli("webhooks", "create", "Own", f"{server}/hook"))
    assert [line.split()[:2] for line in cli("webhooks", "list").stdout.splitlines()] == [
        [own, "Personal"],
        [theirs, "Interviews"],
    ]
    of_one = json.loads(cli("webhooks", "list", "--project", "Interviews", "--json").stdout)
    assert [one["id"] for one in of_one["items"]] == [theirs]
    tested = cli("webhooks", "test", theirs)
    assert tested.returncode == 0, tested.stderr
    [delivery] = json.loads(cli("webhooks", "deliveries", theirs, "--json").stdout)["items"]
    for words in (("disable", theirs), ("enable", theirs), ("replay", theirs, delivery["id"])):
        done = cli("webhooks", *words)
        assert done.returncode == 0, done.stderr
    not_theirs = cli("webhooks", "enable", own, "--project", "Interviews")
    assert (not_theirs.returncode, "There is no webhook" in not_theirs.stderr) == (2, True)
    assert cli("webhooks", "delete", theirs).returncode == 0
    unknown = cli("webhooks", "deliveries", theirs)
    assert (unknown.returncode, "There is no webhook" in unknown.stderr) == (2, True)
