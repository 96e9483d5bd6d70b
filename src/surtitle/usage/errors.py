"""What a project may use and has used up: each says how much, what is left, and what to do."""

from datetime import datetime

from surtitle.errors import Invalid, QuotaExceeded


class MinutesUsedUp(QuotaExceeded):
    """The project has no minutes left in this month for this work."""

    slug = "minutes-used-up"

    def __init__(self, used: float, limit: float, wanted: float, renews_at: datetime) -> None:
        left = max(limit - used, 0.0)
        super().__init__(
            f"This needs {_short(wanted)} minutes. The project has used {_short(used)} of its "
            f"{_short(limit)} minutes this month; {_short(left)} are left. They renew at "
            f"{renews_at.isoformat()}; an administrator can raise the quota.",
            used_minutes=round(used, 3),
            minutes_left=round(left, 3),
            renews_at=renews_at.isoformat(),
        )


class StorageUsedUp(QuotaExceeded):
    """The project may keep no more bytes."""

    slug = "storage-used-up"

    def __init__(self, used: int, limit: int) -> None:
        left = max(limit - used, 0)
        super().__init__(
            f"The project keeps {used} of the {limit} bytes that it may; {left} are left. Delete recordings "
            "or jobs that are no longer needed; an administrator can raise the quota.",
            used_bytes=used,
            storage_bytes_left=left,
        )


class CreditsUsedUp(QuotaExceeded):
    """The project's balance is too small for this work."""

    slug = "credits-used-up"

    def __init__(self, balance: float, wanted: float) -> None:
        super().__init__(
            f"This costs {_short(wanted)} credits and the project has {_short(balance)}. "
            "Ask an administrator to grant more.",
            credits_left=round(balance, 3),
            credits_needed=round(wanted, 3),
        )


class BadPeriod(Invalid):
    """The period of a report cannot be reported on."""

    slug = "bad-period"


def _short(amount: float) -> str:
    return f"{amount:.2f}".rstrip("0").rstrip(".")
