"""The store's faults, in our words."""

import re
from collections.abc import Iterator
from contextlib import contextmanager

from obstore.exceptions import (
    BaseError,
    NotFoundError,
    PermissionDeniedError,
    UnauthenticatedError,
)

from surtitle.errors import Away, NotFound, StorageFull, Unavailable

# The backend passes on the words of the operating system and of the servers, not their numbers.
_NO_ROOM = ("no space left", "quota", "insufficientstorage", "storage full", "storagefull", "no writable")
# A server that does not answer, or says that it cannot for now; what a disk says is no such thing.
_AWAY = re.compile(r"HTTP error|timed out|status code: (5\d\d|429)")
_NO_BUCKET = "NoSuchBucket"
_MOST_CHARACTERS = 300
_ADDRESS = re.compile(r" https?://\S+")


class StoreAway(Away):
    """The object store does not answer, or fails; the same work may succeed later."""

    slug = "store-away"


class ObjectDamaged(Unavailable):
    """What the store holds is not what was written there."""

    slug = "object-damaged"

    def __init__(self, key: str, what: str) -> None:
        super().__init__(
            f"The stored object {key!r} is not what was written: {what}. If this stays so, restore it from a "
            "backup or send the recording again."
        )


@contextmanager
def translated(key: str) -> Iterator[None]:
    """The store's faults as ours. The key is ours too, so that it may be named."""
    try:
        yield
    except (NotFoundError, FileNotFoundError) as error:
        if _NO_BUCKET in str(error):
            raise Unavailable("The store has no such bucket: create it, or set `storage.bucket`.") from error
        raise NotFound(f"The store holds no object {key!r}.") from error
    except (PermissionDeniedError, UnauthenticatedError) as error:
        raise Unavailable(
            f"The store refuses {key!r}: `storage.access_key` and `storage.secret_key` are wrong, or may not "
            "do this in this bucket."
        ) from error
    except (BaseError, OSError) as error:
        if any(words in str(error).lower() for words in _NO_ROOM):
            raise StorageFull(
                f"No room left to store {key!r}. Free disk space, or set SURTITLE_DATA_DIR to a larger disk."
            ) from error
        kind = StoreAway if _AWAY.search(str(error)) else Unavailable
        raise kind(f"The store failed at {key!r}: {_briefly(error)}") from error


def _briefly(error: BaseException) -> str:
    """The first line, without the store's address, which is not for everybody who reads the error.

    What follows that line is the same again with the insides of the client.
    """
    first = (str(error).strip().splitlines() or [type(error).__name__])[0]
    return _ADDRESS.sub("", first)[:_MOST_CHARACTERS]
