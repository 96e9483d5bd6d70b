"""What a backup says of itself: written last, so that one without it is none."""

import json
from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

from surtitle.backups.errors import BackupDamaged
from surtitle.errors import Invalid

_FORMAT = 1
_MOST_MISSING_NAMED = 100


@dataclass(frozen=True, slots=True)
class SavedTable:
    """A table: its columns with their types, and the figures that its rows must have."""

    name: str
    columns: Sequence[tuple[str, str]]
    rows: int
    digest: int


@dataclass(frozen=True, slots=True)
class Manifest:
    """`schema` is the database's version, `missing` the keys of objects that rows named and that were not to
    be had, `secret` the installation's own where it lay in the data directory.
    """

    name: str
    made_at: datetime
    surtitle: str
    schema: str
    tables: Sequence[SavedTable]
    objects: int
    object_bytes: int
    rows_bytes: int
    missing: Sequence[str]
    missing_count: int
    secret: str | None = field(default=None, repr=False)

    @property
    def size_bytes(self) -> int:
        return self.object_bytes + self.rows_bytes

    def as_bytes(self) -> bytes:
        told: dict[str, Any] = {
            "format": _FORMAT, "name": self.name, "made_at": self.made_at.isoformat(), "surtitle":
            self.surtitle, "schema": self.schema, "tables": [
                {"name": table.name, "columns": table.columns, "rows": table.rows, "digest":
                f"{table.digest:x}"} for table in self.tables
            ],
            "objects": self.objects, "object_bytes": self.object_bytes, "rows_bytes": self.rows_bytes,
            "missing": list(self.missing)[:_MOST_MISSING_NAMED], "missing_count": self.missing_count,
            "secret": self.secret,
        }  # fmt: skip
        return json.dumps(told).encode()

    @classmethod
    def from_bytes(cls, name: str, data: bytes) -> "Manifest":
        """Raises `BackupDamaged`, and `Invalid` for a format that is not known here."""
        try:
            told = json.loads(data)
            if told["format"] > _FORMAT:
                raise Invalid(
                    f"The backup {name} was written by Surtitle {told.get('surtitle', '')}, which is newer. "
                    "Install that version, and restore with it."
                )
            tables = [
                SavedTable(one["name"], [(column, kind) for column, kind in one["columns"]], one["rows"],
                           int(one["digest"], 16))
                for one in told["tables"]
            ]  # fmt: skip
            return cls(
                name, datetime.fromisoformat(told["made_at"]), told["surtitle"], told["schema"], tables,
                told["objects"], told["object_bytes"], told["rows_bytes"], told["missing"],
                told["missing_count"], told["secret"],
            )  # fmt: skip
        except (ValueError, KeyError, TypeError):
            raise BackupDamaged(f"manifests/{name}", "cannot be read") from None
