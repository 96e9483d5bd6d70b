"""What a person agreed to, and whether that still holds."""

from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

from surtitle.clock import utc_now
from surtitle.db.voice_models import Consent
from surtitle.errors import Invalid


@dataclass(frozen=True, slots=True)
class Agreement:
    """Who agreed, to what, when and until when. `expires_at` None: until they take it back."""

    given_by: str
    purpose: str
    given_at: datetime
    expires_at: datetime | None = None

    def require_sound(self) -> None:
        """Raises `Invalid` for a consent that cannot be, or that is over already."""
        now = utc_now()
        if self.given_at > now:
            raise Invalid(
                "The consent is dated in the future; record it when it has been given.", field="given_at"
            )
        if self.expires_at is not None and self.expires_at <= max(now, self.given_at):
            raise Invalid("The consent has ended already; it needs an end in the future.", field="expires_at")


def in_force(consent: Consent | None, now: datetime | None = None) -> bool:
    """Whether the voice may be learned and compared."""
    if consent is None:
        return False
    return consent.expires_at is None or consent.expires_at > (now or utc_now())


def consent_of(voice_id: UUID, agreement: Agreement, by: UUID | None) -> Consent:
    """The row of an agreement, written down by the account `by`."""
    return Consent(
        voice_id=voice_id,
        given_by=agreement.given_by,
        purpose=agreement.purpose,
        given_at=agreement.given_at,
        expires_at=agreement.expires_at,
        created_by=by,
    )
