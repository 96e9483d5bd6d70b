"""A real Prometheus, a real Alertmanager, and those who are told of alerts, all on this machine."""

import json
import subprocess
import threading
import time
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from email.message import EmailMessage
from email.parser import BytesParser
from email.policy import default as modern
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Any, TypeVar

import httpx
import yaml
from aiosmtpd.controller import Controller
from aiosmtpd.smtp import SMTP, AuthResult, Envelope, LoginPassword, Session
from tests.deploy.compose import ROOT
from tests.server import free_port

ALERTMANAGER = ROOT / "deploy" / "alertmanager"
USER, PASSWORD = "surtitle@example.org", "of-the-mail-server"


T = TypeVar("T")


def within(seconds: float, what: str, look: Callable[[], T | None]) -> T:
    deadline = time.monotonic() + seconds
    while time.monotonic() < deadline:
        if found := look():
            return found
        time.sleep(0.1)
    raise AssertionError(f"not within {seconds:g} s: {what}")


class Told:
    """What Slack and PagerDuty were sent, by path."""

    def __init__(self) -> None:
        self.requests: list[tuple[str, dict[str, Any]]] = []
        told = self

        class Handler(BaseHTTPRequestHandler):
            def do_POST(self) -> None:
                body = self.rfile.read(int(self.headers["Content-Length"]))
                told.requests.append((self.path, json.loads(body)))
                # 202 is PagerDuty's answer, "ok" Slack's.
                self.send_response(202 if "pagerduty" in self.path else 200)
                self.end_headers()
                self.wfile.write(b'{"status": "success"}' if "pagerduty" in self.path else b"ok")

            def log_message(self, *_: object) -> None:
                pass

        self._server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
        self.url = f"http://127.0.0.1:{self._server.server_port}"
        threading.Thread(target=self._server.serve_forever, daemon=True).start()

    def by(self, path: str) -> list[dict[str, Any]]:
        return [body for asked, body in self.requests if asked == path]

    def close(self) -> None:
        self._server.shutdown()
        self._server.server_close()


class Mailbox:
    """A mail server that lets one user in, and keeps what it is given."""

    def __init__(self) -> None:
        self.mails: list[EmailMessage] = []
        self.port = free_port()
        self._controller = Controller(
            self,
            hostname="127.0.0.1",
            port=self.port,
            authenticator=self._known,
            auth_require_tls=False,
            # Its words for this one are none that Alertmanager expects.
            auth_exclude_mechanism=["LOGIN"],
        )
        self._controller.start()

    async def handle_DATA(  # noqa: N802 (as the library calls it)
        self, _server: SMTP, session: Session, envelope: Envelope
    ) -> str:
        assert isinstance(envelope.content, bytes)
        if not session.authenticated:
            return "530 Who are you?"
        self.mails.append(BytesParser(EmailMessage, policy=modern).parsebytes(envelope.content))
        return "250 OK"

    def _known(
        self, _server: SMTP, _session: Session, _envelope: Envelope, _how: str, who: Any
    ) -> AuthResult:
        assert isinstance(who, LoginPassword)
        return AuthResult(success=(who.login, who.password) == (USER.encode(), PASSWORD.encode()))

    def close(self) -> None:
        self._controller.stop()


def text_of(mail: EmailMessage, kind: str = "plain") -> str:
    part = mail.get_body((kind,))
    assert part is not None
    return str(part.get_content())


@contextmanager
def alertmanager(folder: Path, told: Told, mailbox: Mailbox) -> Iterator[str]:
    """The configuration of deploy/alertmanager with these receivers and no waiting. Gives its address."""
    settings = yaml.safe_load((ALERTMANAGER / "alertmanager.yaml").read_text())
    secrets = {
        "slack_url": f"{told.url}/slack",
        "pagerduty_key": "of-pagerduty",
        "smtp_password": PASSWORD,
    }
    for name, secret in secrets.items():
        (folder / name).write_text(secret)
    settings["templates"] = [str(ALERTMANAGER / "templates" / "*.tmpl")]
    settings["global"] |= {
        "smtp_smarthost": f"127.0.0.1:{mailbox.port}",
        "smtp_require_tls": False,
        "pagerduty_url": f"{told.url}/pagerduty",
    }
    settings["route"] |= {"group_wait": "0s", "group_interval": "1s"}
    written = yaml.safe_dump(settings).replace("/run/secrets", str(folder))
    (folder / "alertmanager.yaml").write_text(written)
    url = f"http://127.0.0.1:{free_port()}"
    words = [
        "prometheus-alertmanager",
        f"--config.file={folder / 'alertmanager.yaml'}",
        f"--storage.path={folder / 'alertmanager'}",
        f"--web.listen-address={url.removeprefix('http://')}",
        "--cluster.listen-address=",
    ]
    with running(words, folder / "alertmanager.log", f"{url}/-/ready"):
        yield url


@contextmanager
def prometheus(folder: Path, settings: Mapping[str, Any]) -> Iterator[str]:
    """Gives its address."""
    (folder / "prometheus.yaml").write_text(yaml.safe_dump(dict(settings)))
    url = f"http://127.0.0.1:{free_port()}"
    words = [
        "prometheus",
        f"--config.file={folder / 'prometheus.yaml'}",
        f"--storage.tsdb.path={folder / 'prometheus'}",
        f"--web.listen-address={url.removeprefix('http://')}",
        "--log.level=warn",
    ]
    with running(words, folder / "prometheus.log", f"{url}/-/ready"):
        yield url


@contextmanager
def running(words: list[str], log: Path, ready: str) -> Iterator[None]:
    with log.open("wb") as output:
        process = subprocess.Popen(words, stdout=output, stderr=output)

        def answers() -> bool:
            assert process.poll() is None, log.read_text()
            try:
                return httpx.get(ready, timeout=2).status_code == httpx.codes.OK
            except httpx.TransportError:
                return False

        try:
            within(30, f"{words[0]} is ready", answers)
            yield
        finally:
            process.terminate()
            process.wait(timeout=30)


def hurried(rules: Path, place: Path, *, within_seconds: int) -> None:
    """The rules of deploy/prometheus with every `for` shortened, written to `place`."""
    for file in rules.glob("*.yaml"):
        document = yaml.safe_load(file.read_text())
        for group in document["groups"]:
            group["interval"] = "1s"
            for rule in group["rules"]:
                if "for" in rule:
                    rule["for"] = f"{within_seconds}s"
        (place / f"{file.stem}.rules.yaml").write_text(yaml.safe_dump(document))
