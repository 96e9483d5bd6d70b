"""What is metered, and what can become of an entry."""

from enum import StrEnum


class UsageKind(StrEnum):
    """What is used, named by its unit."""

    AUDIO_SECONDS = "audio_seconds"
    """Sound that was recognised."""
    GENERATED_SECONDS = "generated_seconds"
    """Film or speech that was made."""
    JOBS = "jobs"
    STORAGE_BYTE_DAYS = "storage_byte_days"
    """Bytes kept, for each day that they are kept."""


class UsageState(StrEnum):
    """`reserved` when work is accepted, then `settled` by its success or `released` by any other end."""

    RESERVED = "reserved"
    SETTLED = "settled"
    RELEASED = "released"


COUNTED = (UsageState.RESERVED, UsageState.SETTLED)
"""What weighs on a quota: what is under way weighs as much as what is done."""
