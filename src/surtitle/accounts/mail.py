"""Plain text mails: by SMTP, or into the log where no server is set.

Sending goes on after the request that asked for it was answered: how long an answer takes must not tell
whether somebody got a mail.
"""

import asyncio
import logging
from collections.abc import Sequence
from email.message import EmailMessage
from email.policy import SMTP
from email.utils import format_datetime, make_msgid, parseaddr
from typing import Protocol

import aiosmtplib

from surtitle.clock import utc_now
from surtitle.config import MailSettings

log = logging.getLogger(__name__)

_TIMEOUT_SECONDS = 30.0
_WAITS_SECONDS = (5.0, 60.0)
_MAY_END_SECONDS = 5.0
_MOST_UNDER_WAY = 1000
_MARK = "    | "
_PERMANENT = 500  # RFC 5321, section 4.2.1: replies from here on say that asking again will not help


class Mailer(Protocol):
    """Sends mails to people. `send` returns before the mail is on its way, and never fails for its sake."""

    async def send(self, to: str, subject: str, text: str) -> None: ...

    async def close(self) -> None:
        """Let what is under way end, for a few seconds."""
        ...


class LogMailer:
    """Stands in for a server: what would be mailed is in the log, links and all."""

    async def send(self, to: str, subject: str, text: str) -> None:
        # Marked line by line, so that nothing in a mail can pass for a line of the log.
        told = "\n".join(_MARK + _printable(line) for line in [f"To: {to}", subject, *text.splitlines()])
        log.warning("no mail server is set (SURTITLE_MAIL__HOST), so this mail is only here:\n%s", told)

    async def close(self) -> None:
        return None


class SmtpMailer:
    """Sends by SMTP, three times at most. What cannot be sent is told to the log, without its text."""

    def __init__(
        self,
        settings: MailSettings,
        waits_seconds: Sequence[float] = _WAITS_SECONDS,
        may_end_seconds: float = _MAY_END_SECONDS,
    ) -> None:
        self._settings = settings
        self._waits_seconds = waits_seconds
        self._may_end_seconds = may_end_seconds
        self._under_way: set[asyncio.Task[None]] = set()

    async def send(self, to: str, subject: str, text: str) -> None:
        if len(self._under_way) >= _MOST_UNDER_WAY:
            log.error("a mail was dropped (%s): %d others wait for the server", subject, _MOST_UNDER_WAY)
            return
        task = asyncio.create_task(self._deliver(to, subject, text))
        self._under_way.add(task)
        task.add_done_callback(self._under_way.discard)

    async def close(self) -> None:
        if not self._under_way:
            return
        _, late = await asyncio.wait(self._under_way, timeout=self._may_end_seconds)
        for task in late:
            task.cancel()
        if late:
            log.error("%d mails were not sent before the end: those people have to ask again", len(late))
        await asyncio.gather(*late, return_exceptions=True)

    async def _deliver(self, to: str, subject: str, text: str) -> None:
        for wait_seconds in (*self._waits_seconds, None):
            try:
                await self._sent(to, subject, text)
            except (aiosmtplib.SMTPException, OSError, ValueError) as error:
                again = wait_seconds is not None and _may_pass(error)
                # Neither the address nor the text: the log is no place for them.
                ending = "trying again" if again else "it is given up"
                log.warning("a mail (%s) could not be sent, %s: %s", subject, ending, _reason(error))
                if not again or wait_seconds is None:
                    return
                await asyncio.sleep(wait_seconds)
            else:
                return

    async def _sent(self, to: str, subject: str, text: str) -> None:
        settings = self._settings
        await aiosmtplib.send(
            _message(settings.sender, to, subject, text),
            hostname=settings.host,
            port=settings.port,
            username=settings.username,
            password=settings.password.get_secret_value() if settings.password else None,
            use_tls=settings.security == "tls",
            start_tls=settings.security == "starttls",
            timeout=_TIMEOUT_SECONDS,
        )


def open_mailer(settings: MailSettings) -> Mailer:
    """The mailer that the settings ask for."""
    return SmtpMailer(settings) if settings.host else LogMailer()


def _message(sender: str, to: str, subject: str, text: str) -> EmailMessage:
    message = EmailMessage(policy=SMTP)
    message["From"] = sender
    message["To"] = to
    message["Subject"] = _printable(" ".join(subject.split()))
    message["Date"] = format_datetime(utc_now())
    message["Message-ID"] = make_msgid(domain=parseaddr(sender)[1].rpartition("@")[2] or None)
    # RFC 3834: no out-of-office notice need answer it.
    message["Auto-Submitted"] = "auto-generated"
    message.set_content(text)
    return message


def _may_pass(error: Exception) -> bool:
    if isinstance(error, aiosmtplib.SMTPRecipientsRefused):
        return all(refused.code < _PERMANENT for refused in error.recipients)
    if isinstance(error, aiosmtplib.SMTPResponseException):
        return error.code < _PERMANENT
    return not isinstance(error, ValueError)


def _reason(error: Exception) -> str:
    """What went wrong without whom it was for: answers of mail servers like to repeat the address."""
    if isinstance(error, aiosmtplib.SMTPRecipientsRefused):
        return "the server refuses the recipient"
    if isinstance(error, aiosmtplib.SMTPResponseException):
        return f"the server answered {error.code}"
    if isinstance(error, OSError):
        return _printable(str(error))[:200]
    return f"it could not be written or sent ({type(error).__name__})"


def _printable(text: str) -> str:
    return "".join(sign if sign.isprintable() else "\N{REPLACEMENT CHARACTER}" for sign in text)
