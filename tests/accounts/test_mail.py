import asyncio
import logging
from collections.abc import AsyncIterator
from email import message_from_bytes
from email.message import Message
from typing import Any

import pytest
from aiosmtpd.controller import Controller
from aiosmtpd.smtp import SMTP, AuthResult, Envelope, LoginPassword, Session
from tests.server import free_port

from surtitle.accounts.mail import LogMailer, SmtpMailer, open_mailer
from surtitle.config import MailSettings

TO = "ada@example.org"


class Postbox:
    """A mail server that keeps what it is handed, and answers the recipient with `reply`."""

    def __init__(self) -> None:
        self.mails: list[Message] = []
        self.reply = "250 OK"
        self.asked = 0

    async def handle_RCPT(  # noqa: N802 - the library's name
        self, _server: SMTP, _session: Session, envelope: Envelope, address: str, _options: list[str]
    ) -> str:
        self.asked += 1
        if self.reply.startswith("250"):
            envelope.rcpt_tos.append(address)
        return self.reply

    async def handle_DATA(self, _server: SMTP, _session: Session, envelope: Envelope) -> str:  # noqa: N802
        assert isinstance(envelope.content, bytes)
        self.mails.append(message_from_bytes(envelope.content))
        return "250 OK"


def server_for(box: Postbox, **more: Any) -> Controller:
    return Controller(box, hostname="127.0.0.1", port=free_port(), **more)


@pytest.fixture
async def box() -> AsyncIterator[tuple[Postbox, MailSettings]]:
    postbox = Postbox()
    server = server_for(postbox)
    server.start()
    yield (
        postbox,
        MailSettings(host="127.0.0.1", port=server.port, security="none", sender="Surtitle <s@office.test>"),
    )
    server.stop()


async def test_a_mail_arrives_as_plain_text(box: tuple[Postbox, MailSettings]) -> None:
    postbox, settings = box
    mailer = open_mailer(settings)
    await mailer.send(
        TO, "Grüße\r\nBcc: everybody@example.org", "Zeile eins\n\nhttp://x/account/setup#token\n"
    )
    await mailer.close()

    [mail] = postbox.mails
    assert (mail["To"], mail["From"]) == (TO, "Surtitle <s@office.test>")
    assert mail["Bcc"] is None
    assert mail.get_content_type() == "text/plain"
    assert "http://x/account/setup#token" in bytes(mail.get_payload(decode=True) or b"").decode()
    assert mail["Auto-Submitted"] == "auto-generated"


async def test_a_server_that_is_away_fails_nobody_and_is_told_without_whom_it_was_for(
    caplog: pytest.LogCaptureFixture,
) -> None:
    settings = MailSettings(host="127.0.0.1", port=free_port(), security="none")
    mailer = SmtpMailer(settings, waits_seconds=(0.0, 0.0))
    await mailer.send(TO, "A new password", "the secret link")
    await mailer.close()

    assert [record.levelno for record in caplog.records] == [logging.WARNING] * 3
    assert "it is given up" in caplog.messages[-1]
    assert not any(TO in told or "secret" in told for told in caplog.messages)


@pytest.mark.parametrize(("reply", "tries"), [("550 no such ada@example.org", 1), ("451 later", 3)])
async def test_what_may_pass_is_tried_again_and_what_does_not_is_not(
    box: tuple[Postbox, MailSettings], caplog: pytest.LogCaptureFixture, reply: str, tries: int
) -> None:
    postbox, settings = box
    postbox.reply = reply
    mailer = SmtpMailer(settings, waits_seconds=(0.0, 0.0))
    await mailer.send(TO, "A new password", "text")
    await mailer.close()

    assert postbox.asked == tries
    assert not any(TO in told for told in caplog.messages)


async def test_the_server_is_told_who_sends() -> None:
    postbox, offered = Postbox(), []

    def known(
        _server: SMTP, _session: Session, _envelope: Envelope, _mechanism: str, data: Any
    ) -> AuthResult:
        assert isinstance(data, LoginPassword)
        offered.append((data.login, data.password))
        return AuthResult(success=True)

    server = server_for(postbox, authenticator=known, auth_require_tls=False)
    server.start()
    settings = MailSettings.model_validate(
        {"host": "127.0.0.1", "port": server.port, "security": "none", "username": "u", "password": "p"}
    )
    mailer = open_mailer(settings)
    await mailer.send(TO, "Subject", "text")
    await mailer.close()
    server.stop()
    assert (offered, len(postbox.mails)) == ([(b"u", b"p")], 1)


async def test_a_mail_under_way_at_the_end_is_told(
    box: tuple[Postbox, MailSettings], caplog: pytest.LogCaptureFixture
) -> None:
    postbox, settings = box
    postbox.reply = "451 later"
    mailer = SmtpMailer(settings, waits_seconds=(600.0,), may_end_seconds=0.5)
    await mailer.send(TO, "Subject", "text")
    await mailer.close()
    assert "1 mails were not sent" in caplog.messages[-1]


async def test_without_a_server_mails_are_in_the_log_and_can_forge_no_line_of_it(
    caplog: pytest.LogCaptureFixture,
) -> None:
    mailer = open_mailer(MailSettings())
    assert isinstance(mailer, LogMailer)
    await mailer.send(TO, "Subject", "Hello\r\n2026-01-01 [error] forged\n\x1b[31mred")
    await mailer.close()
    [told] = caplog.messages
    first, *lines = told.splitlines()
    assert "no mail server is set" in first
    assert all(line.startswith("    | ") for line in lines)
    assert "\x1b" not in told


async def test_asking_takes_no_longer_than_not_asking(box: tuple[Postbox, MailSettings]) -> None:
    """Nothing is sent before the request that asked is answered."""
    postbox, settings = box
    mailer = open_mailer(settings)
    await mailer.send(TO, "Subject", "text")
    assert postbox.mails == []
    await mailer.close()
    assert len(postbox.mails) == 1
    assert not [task for task in asyncio.all_tasks() if task is not asyncio.current_task()]
