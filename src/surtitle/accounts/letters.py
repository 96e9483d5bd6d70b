"""What people are written about their accounts, and the links in it.

A link carries its token behind the `#`, which browsers keep to themselves: no log of a server or a proxy
ever holds it.
"""

from collections.abc import Mapping
from datetime import timedelta

from surtitle.accounts.post import Letter, LetterKind
from surtitle.clock import utc_now
from surtitle.config import ServerSettings
from surtitle.db.account_models import Invitation

SETUP_PAGE = "setup"
PASSWORD_PAGE = "new-password"  # noqa: S105 - the name of a page
EMAIL_PAGE = "confirm-email"
INVITATION_PAGE = "invitation"

_SECONDS_AN_HOUR = 3600


class Letters:
    """Gathers the facts of one installation's letters."""

    def __init__(self, settings: ServerSettings) -> None:
        # Never the Host of a request, which whoever asks for somebody else's link could choose.
        self._home = settings.public_url or f"http://localhost:{settings.port}"

    def link(self, page: str, token: str, home: str | None = None) -> str:
        """The address of the page that takes `token`; `home` where the settings do not know it."""
        return f"{home or self._home}/account/{page}#{token}"

    def new_password(self, token: str, lasts: timedelta) -> Letter:
        facts = {"link": self.link(PASSWORD_PAGE, token), "hours": _hours(lasts)}
        return Letter(LetterKind.RESET, facts, lasts)

    def password_was_set(self) -> Letter:
        return Letter(LetterKind.PASSWORD_SET)

    def confirm_email(self, token: str, lasts: timedelta) -> Letter:
        facts = {"link": self.link(EMAIL_PAGE, token), "hours": _hours(lasts)}
        return Letter(LetterKind.CONFIRM_EMAIL, facts, lasts)

    def email_was_changed(self) -> Letter:
        return Letter(LetterKind.EMAIL_CHANGED)

    def invitation(self, token: str, invitation: Invitation, project: str | None) -> Letter:
        """To join `project`, which the invitation is to; without one, to register."""
        facts = {
            "link": self.link(INVITATION_PAGE, token),
            "until": invitation.expires_at.isoformat(),
            "project": project,
            "role": invitation.project_role,
        }
        lasts = invitation.expires_at - utc_now()
        return Letter(LetterKind.INVITATION, facts, lasts, about=invitation.id)

    def known_already(self) -> Letter:
        return Letter(LetterKind.KNOWN_ALREADY)

    def erasure_report(self, counts: Mapping[str, int]) -> Letter:
        """`counts`: how many of each kind are gone."""
        return Letter(LetterKind.ERASURE_REPORT, {"counts": dict(counts)})


def _hours(lasts: timedelta) -> int:
    return round(lasts.total_seconds() / _SECONDS_AN_HOUR)
