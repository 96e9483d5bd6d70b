"""Old backups go, and with them what no other one needs."""

import heapq
import logging
from collections.abc import AsyncIterator, Sequence
from datetime import datetime, timedelta

from surtitle.backups.errors import BackupDamaged
from surtitle.backups.place import LISTS, MANIFESTS, OBJECTS, ROWS, BackupPlace
from surtitle.errors import SurtitleError
from surtitle.storage import SortedLines

log = logging.getLogger(__name__)

_GRACE = timedelta(days=1)
"""What is newer than this and named by no backup may belong to one that is being made elsewhere."""


async def prune(place: BackupPlace, now: datetime, keep_days: int) -> Sequence[str]:
    """Drop backups older than so many days, but never the newest one that can be read; the names of those
    that went.
    """
    names = await place.names()
    before = now - timedelta(days=keep_days)
    good = await _newest_good(place, names)
    old = [name for name in names if name != good and _made_at(name, now) < before] if good else []
    for name in old:
        # The manifest first: what breaks off then is no backup any more, rather than a broken one.
        for folder in (MANIFESTS, ROWS, LISTS):
            await place.delete(f"{folder}/{name}")
    if old:
        await _drop_unnamed(place, [name for name in names if name not in old], now)
        await _drop_unfinished(place, now)
    return old


async def _newest_good(place: BackupPlace, names: Sequence[str]) -> str | None:
    for name in reversed(names):
        try:
            await place.manifest(name)
        except SurtitleError as error:
            log.warning("the backup %s cannot be read: %s", name, error)
        else:
            return name
    return None


async def _drop_unnamed(place: BackupPlace, kept: Sequence[str], now: datetime) -> None:
    """Contents that no backup names. Nothing goes where the list of one cannot be read."""
    newest = (now - _GRACE).timestamp()
    named = _merged([_contents(place, name) for name in kept])
    with SortedLines(place.scratch) as stored:
        await place.contents(stored)
        try:
            content = await anext(named, None)
            going = []
            for line in stored:
                found, _, changed = line.split("\t")
                while content is not None and content < found:
                    content = await anext(named, None)
                if content != found and float(changed) < newest:
                    going.append(found)
        except SurtitleError as error:
            log.warning("what old backups leave behind stays: another one cannot be read: %s", error)
            return
    for found in going:
        await place.delete(f"{OBJECTS}/{found[:2]}/{found}")


async def _drop_unfinished(place: BackupPlace, now: datetime) -> None:
    """Files of backups that broke off before their manifest."""
    finished = set(await place.names())
    for folder in (ROWS, LISTS):
        stray = [
            found.key
            async for found in place.listed(folder)
            if found.key not in finished and found.changed_at < now - _GRACE
        ]
        for name in stray:
            await place.delete(f"{folder}/{name}")


async def _contents(place: BackupPlace, name: str) -> AsyncIterator[str]:
    before = ""
    async for saved in place.saved_objects(name):
        if saved.content < before:
            raise BackupDamaged(f"{LISTS}/{name}", "is not in order")
        before = saved.content
        yield saved.content


async def _merged(streams: Sequence[AsyncIterator[str]]) -> AsyncIterator[str]:
    """All of them in order, as `heapq.merge` does it for what need not be awaited."""
    heads: list[tuple[str, int]] = []
    for number, stream in enumerate(streams):
        if (first := await anext(stream, None)) is not None:
            heads.append((first, number))
    heapq.heapify(heads)
    while heads:
        value, number = heads[0]
        yield value
        following = await anext(streams[number], None)
        if following is None:
            heapq.heappop(heads)
        else:
            heapq.heapreplace(heads, (following, number))


def _made_at(name: str, now: datetime) -> datetime:
    try:
        return datetime.strptime(name.partition("-")[0], "%Y%m%dT%H%M%S%fZ").replace(tzinfo=now.tzinfo)
    except ValueError:
        # Not a name of ours: it is not for us to call it old.
        return now
