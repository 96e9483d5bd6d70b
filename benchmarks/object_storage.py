"""Bytes through Surtitle's store against the bare client, on a real S3 server of this machine (SeaweedFS).

Both write the same file and read it back whole, in turns. The bare client is obstore with its defaults,
from a path and into nothing. Surtitle's store also hashes what it writes. Of reading there are two figures:
as ranges are sent, unchecked, and as whole files are, when every byte is hashed and compared.
"""

import asyncio
import os
import time
from collections.abc import AsyncIterator, Callable, Coroutine
from pathlib import Path
from statistics import median
from typing import Any

import obstore
from obstore.store import S3Store
from tests.servers.seaweedfs import REGION, S3Server, seaweedfs

from benchmarks.materials import Materials
from benchmarks.report import Report
from benchmarks.timing import in_turns, spread
from surtitle.config import MIB
from surtitle.storage import open_storage

_BYTES = 512 * MIB
_QUICK_BYTES = 32 * MIB
_LEAST_SHARE = 0.9
_KEY = "media/benchmark/source"
_BARE_KEY = "media/bare/source"


def run(report: Report, materials: Materials) -> None:
    size = _QUICK_BYTES if materials.quick else _BYTES
    folder = materials.folder / "object-storage"
    with seaweedfs(folder / "weed") as server:
        seconds = in_turns(_sides(server, _recording(folder / "recording", size)), materials.pairs)
    rows = [(side, f"{size / MIB / median(turns):.0f}", spread(turns)) for side, turns in seconds.items()]
    report.table(("", "MiB/s", f"seconds for {size // MIB} MiB: median (least to most)"), rows)
    for ours, bare in (("put", "put, bare"), ("get", "get, bare"), ("get, checked", "get, bare")):
        share = median(seconds[bare]) / median(seconds[ours])
        report.aim(
            f"{ours}: at least {_LEAST_SHARE} of the bare client", f"{share:.2f}", met=share >= _LEAST_SHARE
        )


def _sides(server: S3Server, recording: Path) -> dict[str, Callable[[], float]]:
    """What is read is there before the first turn."""
    store = open_storage(server.settings(), recording.parent)
    bare = S3Store(
        server.bucket,
        endpoint=server.endpoint,
        region=REGION,
        access_key_id=server.access_key,
        secret_access_key=server.secret_key,
        client_options={"allow_http": True},
    )
    stored = asyncio.run(store.put_file(_KEY, recording))
    return {
        "put, bare": lambda: _timed(_put_barely(bare, recording)),
        "put": lambda: _timed(store.put_file(_KEY, recording)),
        "get, bare": lambda: _timed(_read_barely(bare)),
        "get": lambda: _timed(_drained(store.stream(_KEY))),
        "get, checked": lambda: _timed(_drained(store.stream(_KEY, sha256=stored.sha256))),
    }


def _timed(work: Coroutine[Any, Any, object]) -> float:
    began = time.perf_counter()
    asyncio.run(work)
    return time.perf_counter() - began


async def _put_barely(bare: S3Store, recording: Path) -> None:
    await obstore.put_async(bare, _BARE_KEY, recording)


async def _read_barely(bare: S3Store) -> None:
    async for _ in (await obstore.get_async(bare, _KEY)).stream():
        pass


async def _drained(pieces: AsyncIterator[bytes]) -> None:
    async for _ in pieces:
        pass


def _recording(path: Path, size_bytes: int) -> Path:
    """Bytes that nothing can make smaller."""
    path.parent.mkdir(parents=True, exist_ok=True)
    with path.open("wb") as file:
        for _ in range(size_bytes // MIB):
            file.write(os.urandom(MIB))
    return path
