"""UUIDv7 identifiers: unique without coordination, and in order of creation.

RFC 9562, section 5.7: 48 bits of Unix milliseconds, then version, variant and random bits.
"""

import secrets
import time
from datetime import datetime
from uuid import UUID


def new_id() -> UUID:
    """A fresh UUIDv7. Ids made later sort later, to the millisecond."""
    milliseconds = time.time_ns() // 1_000_000
    random_a = secrets.randbits(12)
    random_b = secrets.randbits(62)
    value = (milliseconds & (1 << 48) - 1) << 80 | 0x7 << 76 | random_a << 64 | 0b10 << 62 | random_b
    return UUID(int=value)


def first_id_at(moment: datetime, seconds_later: float = 0.0) -> UUID:
    """Ids made from then on do not sort before it, and ids made earlier do."""
    # Added to the number: there are moments that a datetime cannot be moved away from.
    milliseconds = round((moment.timestamp() + seconds_later) * 1000)
    return UUID(int=min(max(milliseconds, 0), (1 << 48) - 1) << 80 | 0x7 << 76 | 0b10 << 62)
