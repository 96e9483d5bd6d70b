"""Who hears of which alert: by `amtool`, and by a real Alertmanager with receivers on this machine."""

import re
import subprocess
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import UTC, datetime

import httpx
import pytest
from tests.deploy.alert_rules import RULE_OF, RUNBOOKS
from tests.deploy.compose import ROOT
from tests.deploy.watching import ALERTMANAGER, Mailbox, Told, alertmanager, text_of, within

CONFIGURATION = str(ALERTMANAGER / "alertmanager.yaml")
INDEX = ROOT / "docs" / "operate" / "runbooks" / "README.md"
NAMES = {"slack-backend": "Slack `#alerts-backend`", "pagerduty": "PagerDuty", "platform-mail": "mail"}
LIGHT = [
    ("APIHighErrorRate", "slack-backend,platform-mail"),
    ("WorkerQueueBacklog", "pagerduty,platform-mail"),
    ("WorkerFailure", "pagerduty,platform-mail"),
    ("StorageUsageThreshold", "platform-mail"),
    ("LostLeases", "platform-mail"),
]


def amtool(*words: str) -> str:
    done = subprocess.run(["amtool", *words], capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stdout + done.stderr
    return done.stdout.strip()


def receivers(alert: str) -> str:
    labels = [f"{name}={value}" for name, value in RULE_OF[alert]["labels"].items()]
    return amtool("config", "routes", "test", "--config.file", CONFIGURATION, f"alertname={alert}", *labels)


def test_alertmanager_can_read_its_configuration() -> None:
    assert "1 templates" in amtool("check-config", CONFIGURATION)


@pytest.mark.parametrize(("alert", "told"), LIGHT)
def test_an_alert_goes_to_whom_it_was_promised(alert: str, told: str) -> None:
    assert receivers(alert) == told


def test_the_page_of_runbooks_says_where_each_alert_goes() -> None:
    rows = re.findall(
        r"^\| (`[^|]+) \| ([^|]+) \| ([^|]+) \| \[.*\]\(([a-z-]+)\.md\) \|$", INDEX.read_text(), re.MULTILINE
    )
    named: set[str] = set()
    for alerts, severities, told, page in rows:
        for alert, severity in zip(re.findall(r"`(\w+)`", alerts), severities.split(", "), strict=False):
            rule = RULE_OF[alert]
            assert rule["labels"]["severity"] == severity, alert
            assert rule["annotations"]["runbook_url"].endswith(f"}}}}{page}"), alert
            assert told == ", ".join(NAMES[name] for name in receivers(alert).split(",")), alert
        named |= set(re.findall(r"`(\w+)`", alerts))
    assert named == set(RULE_OF)


@dataclass
class Post:
    url: str
    told: Told
    mailbox: Mailbox

    def alert(self, alert_name: str, summary: str, **labels: str) -> None:
        alert = {
            "labels": {"alertname": alert_name, **RULE_OF[alert_name]["labels"], **labels},
            "annotations": {
                "summary": summary,
                "action": "Look at it.",
                "runbook_url": f"{RUNBOOKS}the-page",
            },
            "startsAt": datetime.now(UTC).isoformat(),
        }
        httpx.post(f"{self.url}/api/v2/alerts", json=[alert], timeout=10).raise_for_status()

    def mail(self, about: str) -> str:
        def found() -> str | None:
            return next((text_of(mail) for mail in self.mailbox.mails if about in str(mail["Subject"])), None)

        return within(15, f"a mail about {about}", found)


@pytest.fixture(scope="module")
def post(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Post]:
    told, mailbox = Told(), Mailbox()
    with alertmanager(tmp_path_factory.mktemp("alertmanager"), told, mailbox) as url:
        yield Post(url, told, mailbox)
    told.close()
    mailbox.close()


def test_slack_is_told_in_its_channel_what_to_do(post: Post) -> None:
    post.alert("APIHighErrorRate", "6% of requests are answered with an error of ours")
    (message,) = within(15, "Slack was told", lambda: post.told.by("/slack"))
    assert message["channel"] == "#alerts-backend"
    (said,) = message["attachments"]
    assert said["title"] == "Critical: 6% of requests are answered with an error of ours"
    assert said["title_link"] == f"{RUNBOOKS}the-page"
    assert "Look at it." in said["text"]
    assert f"{RUNBOOKS}the-page" in post.mail("6% of requests")


def test_pagerduty_is_told_by_its_events(post: Post) -> None:
    post.alert("WorkerQueueBacklog", "21 jobs have waited for ten minutes")
    (event,) = within(15, "PagerDuty was told", lambda: post.told.by("/pagerduty"))
    assert event["routing_key"] == "of-pagerduty"
    assert event["event_action"] == "trigger"
    assert event["dedup_key"]
    assert event["payload"]["summary"] == "Critical: 21 jobs have waited for ten minutes"
    assert event["payload"]["severity"] == "critical"
    assert event["payload"]["class"] == "WorkerQueueBacklog"
    assert event["links"] == [{"href": f"{RUNBOOKS}the-page", "text": "What to do"}]
    assert "21 jobs" in post.mail("21 jobs")


def test_the_platform_is_told_of_the_storage_by_mail_alone(post: Post) -> None:
    before = len(post.told.requests)
    post.alert("StorageUsageThreshold", "81% of the store is used (<data> & more)", name="/data")
    text = post.mail("81% of the store")
    mail = post.mailbox.mails[-1]
    assert mail["Subject"] == "Warning: 81% of the store is used (<data> & more)"
    assert (mail["To"], mail["From"]) == ("platform@example.org", "surtitle@example.org")
    assert f"What to do: {RUNBOOKS}the-page" in text
    assert f'<a href="{RUNBOOKS}the-page">' in text_of(mail, "html")
    assert "(&lt;data&gt; &amp; more)" in text_of(mail, "html"), "nobody writes HTML into a mail by a label"
    assert len(post.told.requests) == before


def test_what_follows_from_an_alert_is_not_told_besides(post: Post) -> None:
    post.alert("NoWorkerForQueue", "3 job(s) wait in the queue gpu", queue="gpu")
    post.mail("queue gpu")
    post.alert("OldestJobTooOld", "A job in gpu has waited", queue="gpu")
    post.alert("OldestJobTooOld", "A job in cpu has waited", queue="cpu")
    post.mail("in cpu has waited")
    assert not any("in gpu has waited" in str(mail["Subject"]) for mail in post.mailbox.mails)
