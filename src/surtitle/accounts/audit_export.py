"""The audit trail as a file: CSV for spreadsheets, JSON lines for programs."""

import json
from collections.abc import AsyncIterator
from dataclasses import asdict
from enum import StrEnum

from surtitle.accounts.audit_reading import AuditEntry
from surtitle.accounts.export import csv_line, json_bytes

_COLUMNS = (
    "number", "at", "actor_kind", "actor_id", "actor", "address", "action", "object_kind", "object_id",
    "project_id", "outcome", "detail", "hash",
)  # fmt: skip


class AuditFormat(StrEnum):
    """How the trail is written out."""

    CSV = "csv"
    JSONL = "jsonl"


MEDIA_TYPES = {
    AuditFormat.CSV: "text/csv; charset=utf-8; header=present",
    AuditFormat.JSONL: "application/jsonl",
}


async def written_out(entries: AsyncIterator[AuditEntry], wanted: AuditFormat) -> AsyncIterator[bytes]:
    """The entries line by line, as they come."""
    if wanted is AuditFormat.CSV:
        yield csv_line(_COLUMNS)
    async for entry in entries:
        yield _row(entry) if wanted is AuditFormat.CSV else json_bytes(asdict(entry), indent=None)


def _row(entry: AuditEntry) -> bytes:
    return csv_line(
        (
            entry.number, entry.at, entry.actor.kind, entry.actor.id, entry.actor.name, entry.address,
            entry.action, entry.object_kind, entry.object_id, entry.project_id, entry.outcome,
            json.dumps(entry.detail, sort_keys=True), entry.hash,
        )
    )  # fmt: skip
