"""Backup and restore against a plain copy of the same files, in a folder and on a real S3 server (SeaweedFS).

The plain copy streams every file from the store into another place of it, several at once, and checks
nothing. A first backup reads and encrypts all of it, a second one finds that nothing is new. Verifying reads
and proves all; a restore proves it while it brings it back, and writes the rows. Recordings are random bytes,
and each has a job with texts.
"""

import asyncio
import os
import time
from collections.abc import Awaitable, Iterator
from pathlib import Path
from typing import Any

from tests.servers.seaweedfs import S3Server, seaweedfs

from benchmarks.materials import Materials
from benchmarks.report import Report
from surtitle.backups.checking import verify
from surtitle.backups.keys import new_key
from surtitle.backups.restoring import Restoring
from surtitle.bootstrap.backups import backup_place, create_backup, place_to_write
from surtitle.bootstrap.database import opened_database
from surtitle.bootstrap.installation import opened
from surtitle.config import MIB, Settings
from surtitle.db.job_models import Artifact, Job
from surtitle.db.models import PERSONAL_PROJECT, Media
from surtitle.ids import new_id
from surtitle.media.service import source_key
from surtitle.storage import ObjectStore, open_storage, open_store

_RECORDINGS, _BYTES, _TEXTS = 48, 16 * MIB, 1000
_QUICK_RECORDINGS, _QUICK_BYTES, _QUICK_TEXTS = 8, 8 * MIB, 50
_AT_ONCE = 8
_LEAST_SHARE = 0.4


def run(report: Report, materials: Materials) -> None:
    size = (
        (_QUICK_RECORDINGS, _QUICK_BYTES, _QUICK_TEXTS) if materials.quick else (_RECORDINGS, _BYTES, _TEXTS)
    )
    folder = materials.folder / "backups"
    with seaweedfs(folder / "weed") as server:
        for name, storage in (("folder", None), ("S3", server)):
            seconds = asyncio.run(_Round(folder / name, storage, *size).timed())
            _tell(report, name, seconds, size[0] * size[1])


def _tell(report: Report, name: str, seconds: dict[str, float], size_bytes: int) -> None:
    rows = [
        (f"{name}: {what}", f"{took:.2f}", f"{size_bytes / MIB / took:.0f}") for what, took in seconds.items()
    ]
    report.table(("", "seconds", "MiB/s of recordings"), rows)
    for what in ("first backup", "verify", "restore"):
        share = seconds["plain copy"] / seconds[what]
        report.aim(
            f"{name}: {what} at least {_LEAST_SHARE} of a plain copy's speed", f"{share:.2f}",
            met=share >= _LEAST_SHARE,
        )  # fmt: skip
    share = seconds["second backup"] / seconds["first backup"]
    report.aim(f"{name}: a backup of nothing new in a fifth of the time", f"{share:.2f}", met=share <= 1 / 5)


class _Round:
    """One installation, its copies and backups, all in one kind of store."""

    def __init__(
        self, folder: Path, server: S3Server | None, recordings: int, size_bytes: int, texts: int
    ) -> None:
        self._folder = folder
        self._server = server
        self._recordings = recordings
        self._size_bytes = size_bytes
        self._texts = texts
        self._key = new_key()

    async def timed(self) -> dict[str, float]:
        """Starting the installation is not counted: it takes seconds, however much there is to save."""
        settings, target = self._settings("source"), self._settings("target")
        await self._fill(settings)
        copy = open_storage(self._settings("copy").effective_storage, self._folder / "copy" / "files")
        place = place_to_write(settings)
        seconds = {}
        async with opened(settings) as parts:
            seconds["plain copy"] = await _timed(_copied(parts.store, copy))
            for name in ("first backup", "second backup"):
                seconds[name] = await _timed(create_backup(parts, place))
            newest = await place.chosen("latest")
            seconds["verify"] = await _timed(verify(place, newest, _silent))
        async with opened_database(target) as database:
            restoring = Restoring(target, database, open_store(target), _silent)
            seconds["restore"] = await _timed(restoring.restore(backup_place(target), newest))
        return seconds

    def _settings(self, name: str) -> Settings:
        told: dict[str, Any] = {}
        place = f"file://{self._folder / 'place'}"
        if self._server is not None:
            access = {
                "endpoint": self._server.endpoint, "access_key": self._server.access_key,
                "secret_key": self._server.secret_key,
            }  # fmt: skip
            told = {"storage": {"url": f"{self._server.storage_url}/{name}", **access}}
            place = f"{self._server.storage_url}/place"
        backup = {"store_url": place, "key": self._key}
        return Settings(data_dir=self._folder / name, backup=backup, _env_file=None, **told)

    async def _fill(self, settings: Settings) -> None:
        async with opened(settings) as parts:
            for _ in range(self._recordings):
                media_id = new_id()
                stored = await parts.store.put_bytes(source_key(media_id), os.urandom(self._size_bytes))
                async with parts.database.writing() as session:
                    session.add(_recording(media_id, stored.size_bytes, stored.sha256))
            job = Job(
                project_id=PERSONAL_PROJECT,
                surface="native",
                recipe="transcript",
                options={},
                state="succeeded",
            )
            artifacts = []
            for number in range(self._texts):
                key = f"jobs/benchmark/1/{number}.txt"
                stored = await parts.store.put_bytes(key, os.urandom(4000))
                artifacts.append((key, stored))
            async with parts.database.writing() as session:
                session.add(job)
                await session.flush()
                session.add_all(_artifact(job, key, stored) for key, stored in artifacts)


def _recording(media_id: Any, size_bytes: int, sha256: str) -> Media:
    return Media(
        id=media_id, project_id=PERSONAL_PROJECT, name="benchmark.wav", object_key=source_key(media_id),
        size_bytes=size_bytes, sha256=sha256, content_type="audio/wav", duration_seconds=1.0, probe={},
    )  # fmt: skip


def _artifact(job: Job, key: str, stored: Any) -> Artifact:
    return Artifact(
        job_id=job.id, name=key.rpartition("/")[2], kind="result", object_key=key, media_type="text/plain",
        size_bytes=stored.size_bytes, sha256=stored.sha256,
    )  # fmt: skip


async def _timed(work: Awaitable[object]) -> float:
    began = time.perf_counter()
    await work
    return time.perf_counter() - began


async def _copied(source: ObjectStore, target: ObjectStore) -> None:
    keys = iter(sorted([key async for key in source.keys("")]))
    async with asyncio.TaskGroup() as group:
        for _ in range(_AT_ONCE):
            group.create_task(_copied_some(source, target, keys))


async def _copied_some(source: ObjectStore, target: ObjectStore, keys: Iterator[str]) -> None:
    for key in keys:
        await target.put(key, source.stream(key))


def _silent(_news: str) -> None:
    pass
