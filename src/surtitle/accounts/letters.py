"""What people are written about their accounts, and the links in it.

A link carries its token behind the `#`, which browsers keep to themselves: no log of a server or a proxy
ever holds it.
"""

from dataclasses import dataclass
from datetime import datetime, timedelta

from surtitle.config import ServerSettings

SETUP_PAGE = "setup"
PASSWORD_PAGE = "new-password"  # noqa: S105 - the name of a page
EMAIL_PAGE = "confirm-email"
INVITATION_PAGE = "invitation"

_SECONDS_AN_HOUR = 3600


@dataclass(frozen=True, slots=True)
class Letter:
    """A mail without its recipient."""

    subject: str
    text: str


class Letters:
    """Writes the letters of one installation."""

    def __init__(self, settings: ServerSettings) -> None:
        # Never the Host of a request, which whoever asks for somebody else's link could choose.
        self._home = settings.public_url or f"http://localhost:{settings.port}"

    def link(self, page: str, token: str, home: str | None = None) -> str:
        """The address of the page that takes `token`; `home` where the settings do not know it."""
        return f"{home or self._home}/account/{page}#{token}"

    def new_password(self, token: str, lasts: timedelta) -> Letter:
        return self._letter(
            "A new password for Surtitle",
            "Somebody, probably you, asked for a new password. To choose one, open",
            self.link(PASSWORD_PAGE, token),
            f"The link works once, within {_hours(lasts)}. If it was not you, do nothing: yours stays.",
        )

    def password_was_set(self) -> Letter:
        return self._letter(
            "Your password was changed",
            "The password of your account was changed, and everybody who used it was signed out.",
            "If it was not you, ask for a new one at once: that signs everybody out again.",
        )

    def confirm_email(self, token: str, lasts: timedelta) -> Letter:
        return self._letter(
            "Is this your e-mail?",
            "Somebody, probably you, gave this address for an account. To confirm that it is yours, open",
            self.link(EMAIL_PAGE, token),
            f"The link works once, within {_hours(lasts)}. If it was not you, do nothing.",
        )

    def email_was_changed(self) -> Letter:
        return self._letter(
            "Your e-mail was changed",
            "Your account has another e-mail from now on. This one no longer signs in.",
            "If it was not you, tell whoever runs this installation.",
        )

    def invitation(self, what: str, token: str, until: datetime) -> Letter:
        """`what` they are invited to, as a sentence goes on."""
        return self._letter(
            "You are invited to Surtitle",
            f"You are invited {what}. To register and accept, open",
            self.link(INVITATION_PAGE, token),
            "If you have an account, sign in and accept with the code that stands behind the # of the link.",
            f"It works once, until {until:%Y-%m-%d %H:%M} UTC. If you did not expect this, do nothing.",
        )

    def known_already(self) -> Letter:
        return self._letter(
            "You have an account already",
            "Somebody, probably you, gave this address for an account; but it has one. Sign in as usual, or "
            "ask for a new password if you have forgotten yours.",
            "If it was not you, do nothing: whoever it was learned nothing.",
        )

    def _letter(self, subject: str, *paragraphs: str) -> Letter:
        return Letter(subject, "\n\n".join([*paragraphs, f"Surtitle at {self._home}"]) + "\n")


def _hours(lasts: timedelta) -> str:
    hours = round(lasts.total_seconds() / _SECONDS_AN_HOUR)
    return "an hour" if hours == 1 else f"{hours} hours"
