"""What the store holds against what the rows name: objects that nobody refers to, rows whose object is not
there.

A million objects are compared in bounded memory: both lists are sorted on the disk, and read side by side.
"""

import asyncio
from collections.abc import AsyncIterator, Iterator, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from enum import StrEnum
from itertools import islice
from pathlib import Path
from typing import Any
from uuid import UUID

from sqlalchemy import Select, select
from sqlalchemy.orm import InstrumentedAttribute

from surtitle.clock import utc_now
from surtitle.db.engine import Database
from surtitle.db.job_models import Artifact, Job
from surtitle.db.models import DirectUpload, Discarded, Media, Revision
from surtitle.domain.jobs import FINISHED
from surtitle.errors import NotFound
from surtitle.media.service import peaks_key, source_key
from surtitle.storage import ObjectStore, SortedLines
from surtitle.storage.leftovers import Leftover

FOLDERS = ("media/", "jobs/", "transcripts/")
"""Where all of ours lie but the lists of erasures and purges, which nothing refers to."""

_BATCH = 1000
_UNKNOWN = ""
MEDIA, ARTIFACT, REVISION = "media", "artifact", "revision"
"""Whose object a row names."""


class Fault(StrEnum):
    """What can be wrong with one object."""

    ORPHAN = "orphan"
    """An object that no row names: bytes that nobody can reach, and nobody erases."""
    LOST = "lost"
    """A row whose object is not there."""
    DAMAGED = "damaged"
    """An object of another size than was written."""


@dataclass(frozen=True, slots=True)
class Found:
    """`owner` is what the row belongs to: `media`, `artifact` or `revision`; empty for an orphan."""

    fault: Fault
    key: str
    size_bytes: int
    owner: str = ""


class Inventory:
    """Compares the two. Changes nothing; work may go on meanwhile, for what is younger than `grace` or
    belongs to a job under way is left out, and each fault is looked at again before it is told.
    """

    def __init__(self, database: Database, store: ObjectStore, scratch: Path, grace: timedelta) -> None:
        self._database = database
        self._store = store
        self._scratch = scratch
        self._grace = grace

    async def faults(self) -> AsyncIterator[Found]:
        """Every fault, in the order of keys."""
        with SortedLines(self._scratch) as objects, SortedLines(self._scratch) as rows:
            # Objects first: whatever is written between the two is named by a row that is read after it.
            await self._list_objects(objects, utc_now() - self._grace)
            await self._list_rows(rows)
            different = _compared(objects, rows)
            # In a thread: where nothing is wrong, all of both lists is read before the first is told.
            while waiting := await asyncio.to_thread(lambda: list(islice(different, _BATCH))):
                for sure in await self._sure(waiting):
                    yield sure

    async def leftovers(self) -> AsyncIterator[Leftover]:
        """Parts that writers who died have left; no listing shows them."""
        async for leftover in self._store.leftovers(FOLDERS, utc_now() - self._grace):
            yield leftover

    async def unnamed(self, keys: Sequence[str]) -> set[str]:
        """Those of these keys that no row names now."""
        named = set()
        async with self._database.reading() as session:
            for column in _KEYS:
                named |= set(await session.scalars(select(column).where(column.in_(keys))))
        return set(keys) - named

    async def _list_objects(self, objects: SortedLines, before: datetime) -> None:
        for folder in FOLDERS:
            async for found in self._store.listing(folder.rstrip("/")):
                age = "old" if found.changed_at < before else "new"
                objects.add(f"{found.key}\t{found.size_bytes}\t{age}")

    async def _list_rows(self, rows: SortedLines) -> None:
        media = select(Media.id, Media.object_key, Media.size_bytes)
        async for media_id, key, size in self._rows(media, Media.id):
            rows.add(f"{key}\t{size}\t{MEDIA}")
            rows.add(f"{peaks_key(media_id)}\t{_UNKNOWN}\t")
        artifacts = select(Artifact.id, Artifact.object_key, Artifact.size_bytes)
        async for _, key, size in self._rows(artifacts, Artifact.id):
            rows.add(f"{key}\t{size}\t{ARTIFACT}")
        async for key in self._revisions():
            rows.add(f"{key}\t{_UNKNOWN}\t{REVISION}")
        async for _, key in self._rows(select(Discarded.id, Discarded.object_key), Discarded.id):
            rows.add(f"{key}\t{_UNKNOWN}\t")
        uploads = select(DirectUpload.id, DirectUpload.media_id).where(DirectUpload.ended_at.is_(None))
        async with self._database.reading() as session:
            for _, media_id in await session.execute(uploads):
                rows.add(f"{source_key(media_id)}\t{_UNKNOWN}\t")

    async def _rows(
        self, query: Select[*tuple[Any, ...]], key: InstrumentedAttribute[UUID]
    ) -> AsyncIterator[Any]:
        """A page at a time: no transaction lasts as long as all of them."""
        after = UUID(int=0)
        while True:
            async with self._database.reading() as session:
                page = (await session.execute(query.where(key > after).order_by(key).limit(_BATCH))).all()
            for row in page:
                yield row
            if len(page) < _BATCH:
                return
            after = page[-1][0]

    async def _revisions(self) -> AsyncIterator[str]:
        place = (UUID(int=0), 0)
        while True:
            later = (Revision.transcript_id > place[0]) | (
                (Revision.transcript_id == place[0]) & (Revision.number > place[1])
            )
            query = select(Revision.transcript_id, Revision.number, Revision.object_key)
            query = query.where(Revision.object_key.is_not(None), later)
            async with self._database.reading() as session:
                ordered = query.order_by(Revision.transcript_id, Revision.number).limit(_BATCH)
                page = (await session.execute(ordered)).all()
            for _, _, key in page:
                yield str(key)
            if len(page) < _BATCH:
                return
            place = (page[-1][0], page[-1][1])

    async def _sure(self, waiting: Sequence[Found]) -> list[Found]:
        """Those that are still so: the two lists were not made at one moment."""
        if not waiting:
            return []
        keys = [found.key for found in waiting]
        unnamed = await self.unnamed(keys)
        busy = await self._of_unfinished_jobs(keys)
        return [
            found
            for found in waiting
            if (
                found.key in unnamed and found.key not in busy
                if found.fault is Fault.ORPHAN
                else found.key not in unnamed and await self._still_wrong(found)
            )
        ]

    async def _still_wrong(self, found: Found) -> bool:
        try:
            size = await self._store.size(found.key)
        except NotFound:
            return found.fault is Fault.LOST
        return found.fault is Fault.DAMAGED and size == found.size_bytes

    async def _of_unfinished_jobs(self, keys: Sequence[str]) -> set[str]:
        """Those in folders of jobs that have not ended: their runs may yet name them."""
        jobs = {key: UUID(key.split("/")[1]) for key in keys if _is_of_job(key)}
        async with self._database.reading() as session:
            query = select(Job.id).where(Job.id.in_(set(jobs.values())), Job.state.not_in(FINISHED))
            unfinished = set(await session.scalars(query))
        return {key for key, job_id in jobs.items() if job_id in unfinished}


_KEYS = (Media.object_key, Artifact.object_key, Revision.object_key, Discarded.object_key)


def _compared(objects: SortedLines, rows: SortedLines) -> Iterator[Found]:
    """Side by side, in the order of keys. Objects that are new are only looked at where a row names them."""
    there = iter(objects)
    line = next(there, None)
    for key, size, owner in _named(rows):
        while line is not None and line.split("\t")[0] < key:
            yield from _orphan(line)
            line = next(there, None)
        if line is not None and (parts := line.split("\t"))[0] == key:
            if size not in {_UNKNOWN, parts[1]} and parts[2] == "old":
                yield Found(Fault.DAMAGED, key, int(parts[1]), owner)
            line = next(there, None)
        elif owner:
            yield Found(Fault.LOST, key, int(size or 0), owner)
    while line is not None:
        yield from _orphan(line)
        line = next(there, None)


def _named(rows: SortedLines) -> Iterator[tuple[str, str, str]]:
    """Each key once, with the size and the owner of the row that has them, if one has."""
    before: tuple[str, str, str] | None = None
    for line in rows:
        key, size, owner = line.split("\t")
        if before is not None and before[0] == key:
            before = before if before[2] else (key, size, owner)
            continue
        if before is not None:
            yield before
        before = (key, size, owner)
    if before is not None:
        yield before


def _orphan(line: str) -> Iterator[Found]:
    key, size, age = line.split("\t")
    if age == "old":
        yield Found(Fault.ORPHAN, key, int(size))


def _is_of_job(key: str) -> bool:
    parts = key.split("/")
    try:
        UUID(parts[1])
    except (IndexError, ValueError):
        return False
    return parts[0] == "jobs"
