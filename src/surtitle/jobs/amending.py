"""Files and events of jobs that have ended, changed afterwards: only for what must not be kept."""

import asyncio
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any
from uuid import UUID

from sqlalchemy import delete, select, update

from surtitle.db.engine import Database
from surtitle.db.job_models import Artifact, Job, JobEvent
from surtitle.db.models import Discarded
from surtitle.domain.jobs import FINISHED
from surtitle.errors import NotFound
from surtitle.ids import new_id
from surtitle.media.keeping import intending
from surtitle.media.repository import MediaRepository
from surtitle.storage import ObjectStore

MOST_BYTES = 32 * 2**20
"""Of a file that is changed: a day of speech. Larger text is deleted: it cannot be looked through."""

_TEXT = frozenset({"application/json", "application/x-subrip"})
_EVENTS_AT_ONCE = 500


@dataclass(frozen=True, slots=True)
class JobFile:
    """A file of text."""

    media_type: str
    data: bytes


ChangeFiles = Callable[[Mapping[str, Any], Mapping[str, JobFile]], Mapping[str, bytes]]
"""From a job's options and its files of text, by name, to what they are to hold. Equal bytes: no change."""

ChangeEvent = Callable[[Any], Any]


class JobAmending:
    """May die between any two lines: called again, it does the rest."""

    def __init__(self, database: Database, store: ObjectStore) -> None:
        self._database = database
        self._store = store

    async def amend(self, job_id: UUID, change_files: ChangeFiles, change_event: ChangeEvent) -> int:
        """Change what a job that has ended has kept; how many files were changed. Only text is read: sound,
        pictures and video are not.
        """
        async with self._database.reading() as session:
            job = await session.get(Job, job_id)
            kept = (await session.scalars(select(Artifact).where(Artifact.job_id == job_id))).all()
        if job is None:
            return 0
        texts = {artifact.name: artifact for artifact in kept if _is_text(artifact.media_type)}
        changed = 0
        for artifact in [one for one in texts.values() if one.size_bytes > MOST_BYTES]:
            changed += await self._drop(texts.pop(artifact.name))
        files = await self._read(texts)
        after = await asyncio.to_thread(change_files, job.options, files)
        for name, data in after.items():
            if data != files[name].data:
                changed += await self._replace(texts[name], data)
        await self._amend_events(job_id, change_event)
        await self._clear_leftovers(job)
        return changed

    async def _read(self, texts: Mapping[str, Artifact]) -> dict[str, JobFile]:
        files = {}
        for name, artifact in texts.items():
            try:
                data = await self._store.read(artifact.object_key, sha256=artifact.sha256)
            except NotFound:
                # What is lost says nothing.
                continue
            files[name] = JobFile(artifact.media_type, data)
        return files

    async def _replace(self, artifact: Artifact, data: bytes) -> int:
        key = f"jobs/{artifact.job_id}/{new_id()}/{artifact.name}"
        async with intending(self._database, self._store, key) as intent:
            stored = await self._store.put_bytes(key, data)
            async with self._database.writing() as session:
                kept = await session.scalar(
                    update(Artifact)
                    .where(Artifact.id == artifact.id, Artifact.object_key == artifact.object_key)
                    .values(object_key=key, size_bytes=stored.size_bytes, sha256=stored.sha256)
                    .returning(Artifact.id)
                )
                if kept is None:
                    return 0
                await intent.fulfil(session)
                session.add(Discarded(object_key=artifact.object_key))
        await self._forget(artifact.object_key)
        return 1

    async def _drop(self, artifact: Artifact) -> int:
        async with self._database.writing() as session:
            await session.execute(delete(Artifact).where(Artifact.id == artifact.id))
            session.add(Discarded(object_key=artifact.object_key))
        await self._forget(artifact.object_key)
        return 1

    async def _forget(self, object_key: str) -> None:
        await self._store.delete(object_key)
        async with self._database.writing() as session:
            await MediaRepository(session).forget_keys([object_key])

    async def _amend_events(self, job_id: UUID, change: ChangeEvent) -> None:
        after = 0
        while rows := await self._events(job_id, after):
            after = rows[-1][0]
            told = {number: new for number, data in rows if (new := change(data)) != data}
            if not told:
                continue
            async with self._database.writing() as session:
                for number, data in told.items():
                    mine = JobEvent.job_id == job_id, JobEvent.number == number
                    await session.execute(update(JobEvent).where(*mine).values(data=data))

    async def _events(self, job_id: UUID, after: int) -> Sequence[tuple[int, Any]]:
        async with self._database.reading() as session:
            rows = await session.execute(
                select(JobEvent.number, JobEvent.data)
                .where(JobEvent.job_id == job_id, JobEvent.number > after)
                .order_by(JobEvent.number)
                .limit(_EVENTS_AT_ONCE)
            )
            return [(number, data) for number, data in rows]

    async def _clear_leftovers(self, job: Job) -> None:
        """What runs left that died before they could say so in a row. A run that comes later has a higher
        fence, and other writers tell the sweeper.
        """
        if job.state not in FINISHED:
            return
        keys = self._store.keys(f"jobs/{job.id}")
        found = [key async for key in keys if (fence := _fence_of(key)) is not None and fence <= job.fence]
        async with self._database.reading() as session:
            rows = await session.scalars(select(Artifact.object_key).where(Artifact.job_id == job.id))
            named = set(rows)
        for key in found:
            if key not in named:
                await self._store.delete(key)


def _fence_of(key: str) -> int | None:
    """Of the run that wrote it: `jobs/JOB/FENCE/…`."""
    folder = key.split("/")[2]
    return int(folder) if folder.isdecimal() else None


def _is_text(media_type: str) -> bool:
    kind = media_type.partition(";")[0].strip()
    return kind in _TEXT or kind.startswith("text/")
