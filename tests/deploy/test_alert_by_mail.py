"""A worker is broken, and somebody has a mail with what to do: every part real, only in more of a hurry."""

import signal
from contextlib import ExitStack
from email.message import EmailMessage
from pathlib import Path

import psutil
from tests.deploy.alert_rules import RULES, RUNBOOKS
from tests.deploy.compose import ROOT
from tests.deploy.living import Watched, installation, scraped, worker
from tests.deploy.watching import Mailbox, Told, alertmanager, hurried, prometheus, text_of, within
from tests.server import free_port


def test_a_killed_worker_is_told_by_mail_with_its_runbook(tmp_path: Path) -> None:
    told, mailbox, port = Told(), Mailbox(), free_port()
    with ExitStack() as stack:
        stack.callback(told.close)
        stack.callback(mailbox.close)
        server = stack.enter_context(installation(tmp_path))
        at_work = stack.enter_context(worker(server, port))
        hurried(RULES, tmp_path, within_seconds=1)
        settings = scraped(surtitle=[f"127.0.0.1:{server.port}"], workers=[f"127.0.0.1:{port}"])
        address = stack.enter_context(alertmanager(tmp_path, told, mailbox)).removeprefix("http://")
        settings["alerting"] = {
            "alertmanagers": [{"static_configs": [{"targets": [address]}]}],
            "alert_relabel_configs": [{"action": "labeldrop", "regex": "runbooks"}],
        }
        seen = Watched(server, stack.enter_context(prometheus(tmp_path, settings)))
        within(40, "server and worker are watched", lambda: len(seen.ask("up == 1")) == 2)

        def about_the_worker() -> EmailMessage | None:
            subject = f"Critical: The worker at 127.0.0.1:{port} does not answer"
            return next((mail for mail in mailbox.mails if mail["Subject"] == subject), None)

        assert about_the_worker() is None
        psutil.Process(at_work.pid).send_signal(signal.SIGKILL)
        mail = within(30, "a mail about the worker", about_the_worker)
        assert f"{RUNBOOKS}worker-failure" in text_of(mail)
        assert f'href="{RUNBOOKS}worker-failure"' in text_of(mail, "html")
        assert (ROOT / "docs" / "operate" / "runbooks" / "worker-failure.md").exists()
        paged = within(10, "PagerDuty was told", lambda: told.by("/pagerduty"))
        assert "WorkerFailure" in {event["payload"]["class"] for event in paged}
