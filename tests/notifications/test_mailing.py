import asyncio
import json
from collections.abc import AsyncIterator, Iterator
from pathlib import Path
from typing import Any

import pytest
from aiosmtpd.smtp import SMTP, AuthResult, Envelope, LoginPassword, Session
from tests.notifications.postbox import (
    Postbox,
    certificate,
    mail_settings,
    odd_server,
    open_postbox,
    part,
    served_with,
)
from tests.server import free_port

from surtitle.config import MailSettings
from surtitle.notifications.mailing import (
    Mail,
    NoTransport,
    NotSent,
    SendGridTransport,
    SmtpTransport,
    message_of,
    open_transport,
)
from surtitle.notifications.words import Written

TO = "ada@example.org"
WRITTEN = Written("Grüße", "Zeile eins\n\nhttp://x/account/setup#token\n", "<p>Zeile eins</p>", "de")
STOP = "https://films.example/api/notifications/unsubscribe?token=" + "t" * 120
MAIL = Mail("0199", TO, WRITTEN, STOP)


@pytest.fixture
def box() -> Iterator[tuple[Postbox, int]]:
    with open_postbox() as opened:
        yield opened


async def refused(settings: MailSettings, mail: Mail = MAIL) -> NotSent:
    with pytest.raises(NotSent) as caught:
        await SmtpTransport(settings).send(mail)
    assert TO not in caught.value.reason
    return caught.value


async def test_a_mail_arrives_as_text_and_as_html(box: tuple[Postbox, int]) -> None:
    postbox, port = box
    transport = open_transport(mail_settings(port))
    await transport.send(MAIL)
    await transport.close()

    [mail] = postbox.mails
    assert (mail["To"], mail["From"]) == (TO, "Surtitle <s@office.test>")
    assert (mail["Subject"], mail["Message-ID"]) == ("Grüße", "<0199@office.test>")
    assert mail.get_content_type() == "multipart/alternative"
    assert "http://x/account/setup#token" in part(mail)
    assert part(mail, "html").startswith("<p>Zeile eins</p>")
    assert (mail["Auto-Submitted"], mail["Content-Language"]) == ("auto-generated", "de")


async def test_a_mail_that_can_be_done_without_is_stopped_by_one_click(box: tuple[Postbox, int]) -> None:
    postbox, port = box
    await SmtpTransport(mail_settings(port)).send(MAIL)
    [mail] = postbox.mails
    assert mail["List-Unsubscribe"] == f"<{STOP}>"
    assert mail["List-Unsubscribe-Post"] == "List-Unsubscribe=One-Click"
    # As it stands, not as an encoded word, which mail programs do not follow.
    assert f"<{STOP}>".encode() in message_of(MAIL, "s@office.test").as_bytes()


@pytest.mark.parametrize("to", ["a@b.example, c@d.example", "a@b.example>\r\nBcc: c@d.example", "nobody", ""])
def test_an_address_is_one_address(to: str) -> None:
    with pytest.raises(ValueError, match=r"address|CR|Invalid"):
        message_of(Mail("1", to, WRITTEN), "s@office.test").as_bytes()


def test_a_subject_of_several_lines_is_refused_rather_than_sent() -> None:
    written = Written("Hello\r\nBcc: everybody@example.org", "", "", "en")
    with pytest.raises(ValueError, match=r"(?i)linefeed|newline|header"):
        message_of(Mail("1", TO, written), "s@office.test")


def test_a_domain_with_accents_is_written_as_servers_want_it() -> None:
    message = message_of(Mail("1", "ada@exämple.org", WRITTEN), "s@office.test")
    assert message["To"].addresses[0].domain == "xn--exmple-cua.org"


async def test_the_server_is_told_who_sends() -> None:
    offered = []

    def known(
        _server: SMTP, _session: Session, _envelope: Envelope, _mechanism: str, data: Any
    ) -> AuthResult:
        assert isinstance(data, LoginPassword)
        offered.append((data.login, data.password))
        return AuthResult(success=data.password == b"p", handled=False)

    with open_postbox(authenticator=known, auth_require_tls=False) as (box, port):
        await SmtpTransport(mail_settings(port, username="u", password="p")).send(MAIL)
        assert (offered, len(box.mails)) == ([(b"u", b"p")], 1)
        # The settings may be mended: the mail is not to blame.
        fault = await refused(mail_settings(port, username="u", password="wrong"))
        assert fault.passing
        assert "password" in fault.reason
        assert "wrong" not in fault.reason


@pytest.mark.parametrize("security", ["starttls", "tls"])
async def test_a_mail_goes_over_tls_to_a_server_that_can_prove_itself(tmp_path: Path, security: str) -> None:
    proof = certificate(tmp_path)
    context = served_with(proof)
    how = (
        {"tls_context": context, "require_starttls": True}
        if security == "starttls"
        else {"ssl_context": context}
    )
    with open_postbox(**how) as (box, port):
        await SmtpTransport(mail_settings(port, security=security, ca_file=proof)).send(MAIL)
        assert len(box.mails) == 1
        fault = await refused(mail_settings(port, security=security))
        assert fault.passing
        assert len(box.mails) == 1


async def test_a_server_that_cannot_encrypt_gets_no_mail_that_has_to_be(box: tuple[Postbox, int]) -> None:
    postbox, port = box
    assert (await refused(mail_settings(port, security="starttls"))).passing
    assert postbox.mails == []


@pytest.mark.parametrize(
    ("reply", "passing"), [("550 no such ada@example.org", False), ("451 later ada@example.org", True)]
)
async def test_what_may_pass_is_told_from_what_does_not(
    box: tuple[Postbox, int], reply: str, passing: bool
) -> None:
    postbox, port = box
    postbox.reply = reply
    assert (await refused(mail_settings(port))).passing is passing


@pytest.mark.parametrize(("reply", "passing"), [("554 spam", False), ("452 full", True)])
async def test_a_server_may_refuse_the_text(box: tuple[Postbox, int], reply: str, passing: bool) -> None:
    postbox, port = box
    postbox.after_data = reply
    assert (await refused(mail_settings(port))).passing is passing


async def test_a_server_that_is_away_may_come_back() -> None:
    assert (await refused(mail_settings(free_port()))).passing


async def silent(_reader: asyncio.StreamReader, _writer: asyncio.StreamWriter) -> None:
    await asyncio.sleep(30)


async def endless(_reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
    while True:
        writer.write(b"220-welcome\r\n" * 1000)
        await writer.drain()


async def another_language(_reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
    writer.write(b"HTTP/1.1 200 OK\r\n\r\n")
    await writer.drain()


async def promises_tls(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
    writer.write(b"220 mail.test\r\n")
    await reader.readline()
    writer.write(b"250-mail.test\r\n250 STARTTLS\r\n")
    await reader.readline()
    writer.write(b"220 go on\r\n250 but in the clear\r\n")
    await writer.drain()
    await reader.read(100)
    writer.close()


async def hangs_up(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
    writer.write(b"220 mail.test\r\n")
    await reader.readline()
    writer.close()


@pytest.mark.parametrize("talk", [silent, endless, another_language, promises_tls, hangs_up])
async def test_a_server_that_is_slow_or_lies_is_left_in_time(talk: Any) -> None:
    async with odd_server(talk) as port:
        security = "starttls" if talk is promises_tls else "none"
        fault = await refused(mail_settings(port, security=security, timeout_seconds=1.0))
        assert fault.passing


async def test_without_a_server_a_mail_waits_for_one() -> None:
    transport = open_transport(MailSettings())
    assert isinstance(transport, NoTransport)
    with pytest.raises(NotSent) as caught:
        await transport.send(MAIL)
    assert caught.value.passing


class SendGrid:
    """The host that `SURTITLE_MAIL__SENDGRID_URL` names."""

    def __init__(self) -> None:
        self.heads: list[str] = []
        self.documents: list[dict[str, Any]] = []
        self.status = "202 Accepted"
        self.headers = ""

    async def talk(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        head = (await reader.readuntil(b"\r\n\r\n")).decode()
        size = next(
            int(line.split(":")[1]) for line in head.splitlines() if line.lower().startswith("content-length")
        )
        self.heads.append(head)
        self.documents.append(json.loads(await reader.readexactly(size)))
        writer.write(f"HTTP/1.1 {self.status}\r\nContent-Length: 0\r\n{self.headers}\r\n".encode())
        await writer.drain()
        writer.close()


@pytest.fixture
async def sendgrid() -> AsyncIterator[tuple[SendGrid, SendGridTransport]]:
    host = SendGrid()
    async with odd_server(host.talk) as port:
        given = {
            "sendgrid_api_key": "SG.secret",
            "sendgrid_url": f"http://127.0.0.1:{port}",
            "sender": "S <s@o.test>",
        }
        transport = open_transport(MailSettings.model_validate(given))
        assert isinstance(transport, SendGridTransport)
        yield host, transport
        await transport.close()


async def test_sendgrid_is_handed_what_it_documents(sendgrid: tuple[SendGrid, SendGridTransport]) -> None:
    host, transport = sendgrid
    await transport.send(MAIL)
    assert host.heads[0].startswith("POST /v3/mail/send HTTP/1.1\r\n")
    assert "authorization: bearer sg.secret" in host.heads[0].lower()
    [told] = host.documents
    assert told["personalizations"] == [{"to": [{"email": TO}]}]
    assert told["from"] == {"email": "s@o.test", "name": "S"}
    assert [part["type"] for part in told["content"]] == ["text/plain", "text/html"]
    assert told["headers"]["Message-ID"] == "<0199@o.test>"
    assert told["headers"]["List-Unsubscribe-Post"] == "List-Unsubscribe=One-Click"


@pytest.mark.parametrize(
    ("status", "passing"),
    [("400 Bad Request", False), ("401 Unauthorized", True), ("429 Slow down", True), ("503 Away", True),
     ("302 Found", True)],
)  # fmt: skip
async def test_sendgrid_may_refuse(
    sendgrid: tuple[SendGrid, SendGridTransport], status: str, passing: bool
) -> None:
    host, transport = sendgrid
    host.status, host.headers = status, "Retry-After: 77\r\nLocation: http://127.0.0.1:1/\r\n"
    with pytest.raises(NotSent) as caught:
        await transport.send(MAIL)
    assert (caught.value.passing, caught.value.wait_seconds) == (passing, 77.0)
    assert "SG.secret" not in caught.value.reason


def test_sendgrids_key_goes_to_no_plain_address() -> None:
    with pytest.raises(ValueError, match="https"):
        MailSettings(sendgrid_url="http://mail.example")
