"""Mail servers on loopback: one that keeps what it is handed, and some that behave badly."""

import asyncio
import ssl
from collections.abc import AsyncIterator, Awaitable, Callable, Iterator
from contextlib import asynccontextmanager, contextmanager, suppress
from datetime import UTC, datetime, timedelta
from email import message_from_bytes
from email.message import EmailMessage
from email.policy import default
from ipaddress import ip_address
from pathlib import Path
from typing import Any

from aiosmtpd.controller import Controller
from aiosmtpd.smtp import SMTP, Envelope, Session
from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.x509.oid import NameOID
from tests.server import free_port

from surtitle.config import MailSettings


class Postbox:
    """A mail server that keeps what it is handed, and answers the recipient with `reply`."""

    def __init__(self) -> None:
        self.mails: list[EmailMessage] = []
        self.reply = "250 OK"
        self.after_data = "250 OK"
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
        mail = message_from_bytes(envelope.content, policy=default)
        assert isinstance(mail, EmailMessage)
        self.mails.append(mail)
        return self.after_data

    @property
    def subjects(self) -> list[str]:
        return [mail["Subject"] for mail in self.mails]


def part(mail: EmailMessage, kind: str = "plain") -> str:
    """The text or the HTML of a mail."""
    body = mail.get_body((kind,))
    assert body is not None
    content: str = body.get_content()
    return content


def mail_settings(port: int, **more: Any) -> MailSettings:
    given = {"host": "127.0.0.1", "port": port, "security": "none", "sender": "Surtitle <s@office.test>"}
    return MailSettings.model_validate({**given, **more})


@contextmanager
def open_postbox(**more: Any) -> Iterator[tuple[Postbox, int]]:
    """The server, and its port."""
    box = Postbox()
    server = Controller(box, hostname="127.0.0.1", port=free_port(), **more)
    server.start()
    try:
        yield box, server.port
    finally:
        server.stop()


@asynccontextmanager
async def odd_server(
    talk: Callable[[asyncio.StreamReader, asyncio.StreamWriter], Awaitable[None]],
) -> AsyncIterator[int]:
    """A server that says what `talk` says; its port."""
    talking: set[asyncio.Task[None]] = set()

    async def talked(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        task = asyncio.current_task()
        assert task is not None
        talking.add(task)
        try:
            with suppress(OSError, asyncio.CancelledError):
                await talk(reader, writer)
        finally:
            writer.close()

    server = await asyncio.start_server(talked, "127.0.0.1", 0)
    try:
        yield server.sockets[0].getsockname()[1]
    finally:
        server.close()
        for task in talking:
            task.cancel()
        await asyncio.gather(*talking)


def certificate(folder: Path) -> Path:
    """A certificate for 127.0.0.1 with its key, both in one file, signed by itself."""
    key = ec.generate_private_key(ec.SECP256R1())
    name = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, "mail.test")])
    now = datetime.now(UTC)
    made = (
        x509.CertificateBuilder()
        .subject_name(name)
        .issuer_name(name)
        .public_key(key.public_key())
        .serial_number(x509.random_serial_number())
        .not_valid_before(now - timedelta(days=1))
        .not_valid_after(now + timedelta(days=1))
        .add_extension(x509.SubjectAlternativeName([x509.IPAddress(ip_address("127.0.0.1"))]), critical=False)
        .add_extension(x509.BasicConstraints(ca=True, path_length=None), critical=True)
        .sign(key, hashes.SHA256())
    )
    private = key.private_bytes(
        serialization.Encoding.PEM, serialization.PrivateFormat.PKCS8, serialization.NoEncryption()
    )
    path = folder / "mail.pem"
    path.write_bytes(made.public_bytes(serialization.Encoding.PEM) + private)
    return path


def served_with(path: Path) -> ssl.SSLContext:
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.load_cert_chain(path)
    return context
