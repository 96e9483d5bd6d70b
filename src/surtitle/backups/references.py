"""Which objects of the store the rows refer to, as a backup needs to know them."""

from collections.abc import Iterator, Mapping, Sequence
from typing import Any

from surtitle.backups.keys import KeyRing
from surtitle.backups.place import SavedObject
from surtitle.db.job_models import Artifact
from surtitle.db.models import Media, Revision
from surtitle.storage import SortedLines

_UNKNOWN = ""


class References:
    """Collects them from rows that pass, and gives them in the order of their contents.

    The content of a recording or of a job's file is known by its SHA-256. The place of a transcript's
    document is never written twice, so there its key says which content it is.
    """

    def __init__(self, keys: KeyRing, lines: SortedLines) -> None:
        self._keys = keys
        self._lines = lines

    def see(self, table: str, rows: Sequence[Mapping[Any, Any]]) -> None:
        if table in {Media.__tablename__, Artifact.__tablename__}:
            for row in rows:
                self._add(row["object_key"], row["size_bytes"], row["sha256"])
        elif table == Revision.__tablename__:
            for row in rows:
                if row["object_key"] is not None:
                    self._add(row["object_key"], None, None)

    def __iter__(self) -> Iterator[tuple[SavedObject, bool]]:
        """Each with whether its size is known; where it is not, it says 0."""
        for line in self._lines:
            content, key, size, sha256 = line.split("\t")
            yield SavedObject(key, int(size or 0), sha256 or None, content), size != _UNKNOWN

    def _add(self, key: str, size_bytes: int | None, sha256: str | None) -> None:
        content = self._keys.content_name(f"sha256 {sha256}" if sha256 else f"key {key}")
        size = _UNKNOWN if size_bytes is None else str(size_bytes)
        self._lines.add(f"{content}\t{key}\t{size}\t{sha256 or _UNKNOWN}")
