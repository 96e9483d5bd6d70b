"""How a mail leaves: by SMTP or by SendGrid, and why it could not."""

import asyncio
from contextlib import suppress
from dataclasses import dataclass
from email.headerregistry import Address
from email.message import EmailMessage
from email.policy import SMTP, SMTPUTF8
from email.utils import format_datetime, parseaddr
from typing import Any, Protocol

import aiosmtplib
import httpx

from surtitle.clock import utc_now
from surtitle.config import MailSettings
from surtitle.config.certificates import trust_in
from surtitle.errors import SurtitleError
from surtitle.notifications.words import Written, printable

_PERMANENT = 500  # RFC 5321, section 4.2.1: replies from here on say that asking again will not help
_CLIENT_ERROR, _TOO_MANY, _SERVER_ERROR = 400, 429, 500
# The installation's fault, not the mail's: its key is wrong, or may not send.
_OUR_FAULT = frozenset({401, 402, 403, 405, 407, 408})
_MOST_WAIT_SECONDS = 3600.0
# A shorter limit has the library write long links in headers as encoded words, which no mail program follows.
_LONGEST_LINE = 900


class NotSent(Exception):
    """Something was not taken. The reason names nobody. `passing`: trying again may help."""

    def __init__(self, reason: str, *, passing: bool, wait_seconds: float | None = None) -> None:
        super().__init__(reason)
        self.reason = printable(reason)[:200]
        self.passing = passing
        self.wait_seconds = wait_seconds


@dataclass(frozen=True, slots=True)
class Mail:
    """One mail to one person. `message_id` is the same at every try; `unsubscribe` a link, for one click."""

    message_id: str
    to: str
    written: Written
    unsubscribe: str | None = None


class MailTransport(Protocol):
    """Hands mails to a server."""

    async def send(self, mail: Mail) -> None:
        """Returns once a server has taken it. Raises `NotSent`."""
        ...

    async def close(self) -> None: ...


class NoTransport:
    """Where no server is set any more, and letters wait for one."""

    async def send(self, mail: Mail) -> None:
        raise NotSent("no mail server is set (SURTITLE_MAIL__HOST)", passing=True)

    async def close(self) -> None:
        return None


class SmtpTransport:
    """Sends by SMTP, a connection a mail."""

    def __init__(self, settings: MailSettings) -> None:
        self._settings = settings

    async def send(self, mail: Mail) -> None:
        settings = self._settings
        try:
            message = message_of(mail, settings.sender)
            tls = trust_in(settings.ca_file, "SURTITLE_MAIL__CA_FILE") if settings.ca_file else None
            async with asyncio.timeout(settings.timeout_seconds):
                await aiosmtplib.send(
                    message,
                    hostname=settings.host,
                    port=settings.port,
                    username=settings.username,
                    password=settings.password.get_secret_value() if settings.password else None,
                    use_tls=settings.security == "tls",
                    start_tls=settings.security == "starttls",
                    tls_context=tls,
                    timeout=settings.timeout_seconds,
                )
        except TimeoutError:
            raise NotSent("the mail server was too slow", passing=True) from None
        except (aiosmtplib.SMTPException, OSError, ValueError, SurtitleError) as error:
            raise NotSent(_reason(error), passing=_may_pass(error)) from None

    async def close(self) -> None:
        return None


class SendGridTransport:
    """Sends through SendGrid's API, version 3 (`POST /v3/mail/send`)."""

    def __init__(self, settings: MailSettings, key: str) -> None:
        self._settings = settings
        self._client = httpx.AsyncClient(
            base_url=settings.sendgrid_url,
            headers={"Authorization": f"Bearer {key}"},
            timeout=settings.timeout_seconds,
            follow_redirects=False,
        )

    async def send(self, mail: Mail) -> None:
        try:
            async with asyncio.timeout(self._settings.timeout_seconds):
                request = self._client.build_request("POST", "/v3/mail/send", json=self._document(mail))
                answer = await self._client.send(request, stream=True)
                # What it answers is not needed, and may be long.
                await answer.aclose()
        except TimeoutError:
            raise NotSent("SendGrid was too slow", passing=True) from None
        except httpx.HTTPError as error:
            raise NotSent(f"SendGrid cannot be reached ({type(error).__name__})", passing=True) from None
        if not answer.is_success:
            status = answer.status_code
            passing = (
                status in _OUR_FAULT or status == _TOO_MANY or not _CLIENT_ERROR <= status < _SERVER_ERROR
            )
            raise NotSent(f"SendGrid answered {status}", passing=passing, wait_seconds=_asked_to_wait(answer))

    async def close(self) -> None:
        await self._client.aclose()

    def _document(self, mail: Mail) -> dict[str, Any]:
        name, address = parseaddr(self._settings.sender)
        return {
            "personalizations": [{"to": [{"email": mail.to}]}],
            "from": {"email": address, **({"name": name} if name else {})},
            "subject": mail.written.subject,
            "content": [
                {"type": "text/plain", "value": mail.written.text},
                {"type": "text/html", "value": mail.written.html},
            ],
            "headers": _headers(mail, address),
            # Whoever reads a letter about their account is nobody's business.
            "tracking_settings": {"click_tracking": {"enable": False}, "open_tracking": {"enable": False}},
        }


def open_transport(settings: MailSettings) -> MailTransport:
    """The one that the settings ask for."""
    if settings.host is not None:
        return SmtpTransport(settings)
    if settings.sendgrid_api_key is not None:
        return SendGridTransport(settings, settings.sendgrid_api_key.get_secret_value())
    return NoTransport()


def message_of(mail: Mail, sender: str) -> EmailMessage:
    """As it goes over the wire. Raises `ValueError` for an address that would be more than one."""
    local, domain = _parts(mail.to)
    policy = SMTP if local.isascii() else SMTPUTF8
    message = EmailMessage(policy=policy.clone(max_line_length=_LONGEST_LINE))
    name, address = parseaddr(sender)
    message["From"] = Address(name, addr_spec=address)
    message["To"] = Address(username=local, domain=domain)
    message["Subject"] = mail.written.subject
    message["Date"] = format_datetime(utc_now())
    for header, value in _headers(mail, address).items():
        message[header] = value
    message.set_content(mail.written.text)
    message.add_alternative(mail.written.html, subtype="html")
    message["Content-Language"] = mail.written.language
    return message


def _headers(mail: Mail, sender: str) -> dict[str, str]:
    domain = sender.rpartition("@")[2] or "localhost"
    # RFC 3834: no out-of-office notice need answer it.
    headers = {"Message-ID": f"<{mail.message_id}@{domain}>", "Auto-Submitted": "auto-generated"}
    if mail.unsubscribe is not None:
        headers["List-Unsubscribe"] = f"<{mail.unsubscribe}>"
        if mail.unsubscribe.startswith("https://"):
            # RFC 8058, section 3.1: a mail program may then do it at one click, by a POST.
            headers["List-Unsubscribe-Post"] = "List-Unsubscribe=One-Click"
    return headers


def _parts(address: str) -> tuple[str, str]:
    local, _, domain = address.rpartition("@")
    with suppress(UnicodeError):
        domain = domain.encode("idna").decode("ascii")
    if not local or not domain or any(sign in address for sign in ",;<>() \r\n"):
        raise ValueError("no address")
    return local, domain


def _may_pass(error: Exception) -> bool:
    if isinstance(error, aiosmtplib.SMTPRecipientsRefused):
        return all(refused.code < _PERMANENT for refused in error.recipients)
    if isinstance(error, (aiosmtplib.SMTPRecipientRefused, aiosmtplib.SMTPDataError)):
        return error.code < _PERMANENT
    # Who may not sign in or send at all may do so once the settings are right.
    # (A certificate that is not valid is a `ValueError` to Python, too.)
    return isinstance(error, OSError) or not isinstance(error, ValueError)


def _reason(error: Exception) -> str:
    """What went wrong without whom it was for: answers of mail servers like to repeat the address."""
    if isinstance(error, (aiosmtplib.SMTPRecipientsRefused, aiosmtplib.SMTPRecipientRefused)):
        return "the mail server refuses the recipient"
    if isinstance(error, aiosmtplib.SMTPAuthenticationError):
        return f"the mail server refuses our user name or password ({error.code})"
    if isinstance(error, aiosmtplib.SMTPResponseException):
        return f"the mail server answered {error.code}"
    if isinstance(error, SurtitleError):
        return error.message
    if isinstance(error, OSError):
        return str(error)
    return f"it could not be written or sent ({type(error).__name__})"


def _asked_to_wait(answer: httpx.Response) -> float | None:
    told = answer.headers.get("Retry-After", "")
    return min(float(told), _MOST_WAIT_SECONDS) if told.isdecimal() else None
