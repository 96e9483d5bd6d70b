"""`surtitle notifications`: what was mailed, trying it again, trying the server."""

import asyncio
import json
from pathlib import Path
from typing import Any

from tests.cli.conftest import Cli
from tests.migrated import with_tables
from tests.notifications.postbox import open_postbox, part

from surtitle.config import Settings
from surtitle.db.engine import Database
from surtitle.db.notification_models import OutboxLetter


def variables(port: int) -> dict[str, Any]:
    return {
        "SURTITLE_MAIL__HOST": "127.0.0.1",
        "SURTITLE_MAIL__PORT": str(port),
        "SURTITLE_MAIL__SECURITY": "none",
    }


def test_a_mail_is_sent_at_once_to_see_whether_the_server_takes_it(cli: Cli) -> None:
    with open_postbox() as (box, port):
        sent = cli("notifications", "test", "--to", "ada@example.org", "--language", "es", **variables(port))
        assert (sent.returncode, sent.stdout) == (0, "The server took it.\n")
        [mail] = box.mails
        assert mail["Subject"] == "Una prueba de Surtitle"
        assert "llegan" in part(mail)
        box.reply = "550 no such ada@example.org"
        refused = cli("notifications", "test", "--to", "ada@example.org", **variables(port))
    assert refused.returncode == 1
    assert refused.stderr == "It was not taken: the mail server refuses the recipient.\n"


async def put_failed(folder: Path) -> None:
    folder.mkdir()
    settings = Settings(data_dir=folder, _env_file=None)
    database = Database(settings.effective_database_url)
    await with_tables(database)
    async with database.writing() as session:
        session.add(
            OutboxLetter(
                channel="mail", kind="password_set", state="failed", attempts=3, reason="it was away"
            )
        )
    await database.close()


def test_what_failed_is_listed_with_its_reason_and_tried_again(cli: Cli) -> None:
    asyncio.run(put_failed(Path(cli.environment["SURTITLE_DATA_DIR"])))
    listed = json.loads(cli("notifications", "list", "--state", "failed", "--json").stdout)
    [letter] = listed["items"]
    assert (letter["kind"], letter["reason"]) == ("password_set", "it was away")
    assert "1 to be tried again" in cli("notifications", "retry", "--all").stdout


def test_retry_wants_to_know_what(cli: Cli) -> None:
    assert cli("notifications", "retry").returncode == 2
    unknown = cli("notifications", "retry", "01999999-0000-7000-8000-00000000dead")
    assert unknown.returncode != 0
    assert "There is no letter" in unknown.stderr
