"""Vectors compared one by one, in memory, project by project.

Exact, and quick enough: 100,000 moments take 5 ms. Why no index of neighbours: docs/decisions.
"""

import asyncio
from collections import OrderedDict
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import asdict, dataclass, field
from uuid import UUID
from weakref import WeakValueDictionary

import numpy as np
from numpy.typing import NDArray
from sqlalchemy import Integer, String, Uuid, bindparam, case, func, select

from surtitle.db.engine import Database
from surtitle.db.search_models import POSITION_BITS, IndexedTranscript
from surtitle.pipelines.search.full_text import FullText
from surtitle.pipelines.search.vectors import (
    STORED,
    Among,
    Near,
    OtherVectors,
    TooManyVectors,
    Vectors,
    embedded_by,
    otherwise_long,
)

_TRANSCRIPTS_AT_ONCE = 200
# Whoever asks may name anybody, and each name costs a byte a moment.
_MOST_SPEAKERS = 50

Mask = NDArray[np.bool_]


@dataclass(frozen=True, slots=True)
class _Key:
    """What is compared with one another."""

    project_id: UUID
    embedder: str
    values: int


# Putting a statement together takes longer than running it, and each question asks this. Its parameters are
# a `_Key`.
_STAMP = select(
    func.count().label("transcripts"),
    func.coalesce(func.sum(IndexedTranscript.number % 2**31), 0).label("numbers"),
    func.coalesce(func.sum(IndexedTranscript.chunks), 0).label("moments"),
    func.coalesce(
        func.sum(case((otherwise_long(bindparam("values", type_=Integer())), 1), else_=0)), 0
    ).label("others"),
).where(*embedded_by(bindparam("project_id", type_=Uuid()), bindparam("embedder", type_=String())))


@dataclass(frozen=True, slots=True)
class _Stamp:
    """Changes with every transcript that is indexed, again or anew, or goes: numbers are drawn by lot."""

    transcripts: int
    numbers: int
    moments: int

    def size_bytes(self, values: int) -> int:
        return self.moments * values * np.dtype(np.float32).itemsize


@dataclass(frozen=True, slots=True)
class _Project:
    """The vectors of one project. Transcript `numbers[i]` has the rows `starts[i]` to `starts[i + 1]`."""

    stamp: _Stamp
    numbers: NDArray[np.int64]
    starts: NDArray[np.int64]
    rows: Vectors
    ids: NDArray[np.int64]
    heard: dict[str, Mask] = field(default_factory=dict)
    """By name: in which moments somebody is heard."""

    @classmethod
    def empty(cls, stamp: _Stamp, numbers: Sequence[int], counts: Sequence[int], values: int) -> "_Project":
        """With room for so many moments of each transcript, in order of their numbers."""
        told = np.array(numbers, dtype=np.int64)
        starts = np.cumsum([0, *counts], dtype=np.int64)
        each = np.diff(starts)
        positions = np.arange(starts[-1]) - np.repeat(starts[:-1], each)
        ids = np.repeat(told << POSITION_BITS, each) | positions
        return cls(stamp, told, starts, np.zeros((starts[-1], values), np.float32), ids)

    def spans(self) -> Iterator[tuple[int, Vectors]]:
        """The rows of each transcript, to read or to write, by its number."""
        for number, start, end in zip(self.numbers.tolist(), self.starts[:-1], self.starts[1:], strict=True):
            yield number, self.rows[start:end]

    def of_transcripts(self, numbers: Sequence[int]) -> Mask:
        chosen = np.isin(self.numbers, np.array(numbers, dtype=np.int64))
        return np.repeat(chosen, np.diff(self.starts))


class MemoryVectors:
    """The `VectorIndex` of one process. Whoever was searched longest ago goes first when memory is short.

    Each question looks whether the project has changed since, and reads what is new.
    """

    def __init__(self, database: Database, memory_bytes: int) -> None:
        self._database = database
        self._memory_bytes = memory_bytes
        self._projects: OrderedDict[_Key, _Project] = OrderedDict()
        self._loading: WeakValueDictionary[_Key, asyncio.Lock] = WeakValueDictionary()

    async def nearest(
        self, project_id: UUID, embedder: str, question: Vectors, among: Among, limit: int
    ) -> Sequence[Near]:
        """As `VectorIndex` promises."""
        project = await self._current(_Key(project_id, embedder, len(question)))
        if not len(project.rows):
            return []
        heard = None if among.speaker is None else await self._heard(project, project_id, among.speaker)
        return await asyncio.to_thread(_nearest, project, question, (among.numbers, heard), limit)

    async def close(self) -> None:
        """Nothing is under way but within questions."""

    @property
    def held_bytes(self) -> int:
        return sum(project.rows.nbytes for project in self._projects.values())

    async def _current(self, key: _Key) -> _Project:
        """The project as it is now. Raises `TooManyVectors`, before anything is read, and `OtherVectors`."""
        stamp = await self._stamp(key)
        if stamp.size_bytes(key.values) > self._memory_bytes:
            self._projects.pop(key, None)
            raise TooManyVectors
        known = self._projects.get(key)
        if known is None or known.stamp != stamp:
            async with self._loading.setdefault(key, asyncio.Lock()):
                # Another question may have waited for the same.
                known = self._projects.get(key)
                if known is None or known.stamp != stamp:
                    known = self._projects[key] = await self._loaded(key, stamp, known)
        self._projects.move_to_end(key)
        self._make_room()
        return known

    def _make_room(self) -> None:
        while self.held_bytes > self._memory_bytes and len(self._projects) > 1:
            self._projects.popitem(last=False)

    async def _stamp(self, key: _Key) -> _Stamp:
        async with self._database.reading() as session:
            row = (await session.execute(_STAMP, asdict(key))).one()
        if row.others:
            raise OtherVectors
        return _Stamp(row.transcripts, int(row.numbers), int(row.moments))

    async def _loaded(self, key: _Key, stamp: _Stamp, known: _Project | None) -> _Project:
        columns = IndexedTranscript.number, IndexedTranscript.chunks
        query = select(*columns).where(*embedded_by(key.project_id, key.embedder))
        async with self._database.reading() as session:
            found = (await session.execute(query.order_by(IndexedTranscript.number))).all()
        numbers, counts = [row.number for row in found], [row.chunks for row in found]
        project = _Project.empty(stamp, numbers, counts, key.values)
        missing = await asyncio.to_thread(_kept, project, known)
        for first in range(0, len(missing), _TRANSCRIPTS_AT_ONCE):
            await self._read(project, missing[first : first + _TRANSCRIPTS_AT_ONCE])
        return project

    async def _read(self, project: _Project, numbers: Sequence[int]) -> None:
        columns = IndexedTranscript.number, IndexedTranscript.vectors
        async with self._database.reading() as session:
            rows = await session.execute(select(*columns).where(IndexedTranscript.number.in_(numbers)))
            found = [(row.number, row.vectors) for row in rows]
        await asyncio.to_thread(_fill, project, found)

    async def _heard(self, project: _Project, project_id: UUID, speaker: str) -> Mask:
        known = project.heard.get(speaker)
        if known is None:
            async with self._database.reading() as session:
                text = FullText(session, is_sqlite=self._database.is_sqlite)
                said = await text.said_by(project_id, speaker)
            known = np.isin(project.ids, np.array(said, dtype=np.int64))
            if len(project.heard) >= _MOST_SPEAKERS:
                project.heard.clear()
            project.heard[speaker] = known
        return known


def _kept(project: _Project, known: _Project | None) -> list[int]:
    """Fill in what is known already; the numbers of those that are not."""
    old = {} if known is None else dict(known.spans())
    missing = []
    for number, rows in project.spans():
        if number in old:
            rows[:] = old[number]
        else:
            missing.append(number)
    return missing


def _fill(project: _Project, found: Iterable[tuple[int, bytes | None]]) -> None:
    """What was indexed again since its number was read has none, and is near to no question."""
    vectors = dict(found)
    for number, rows in project.spans():
        data = vectors.get(number)
        if data is not None and len(data) == rows.size * STORED.itemsize:
            rows[:] = np.frombuffer(data, dtype=STORED).reshape(rows.shape)


def _nearest(
    project: _Project, question: Vectors, among: tuple[Sequence[int] | None, Mask | None], limit: int
) -> list[Near]:
    # Row by row. A product of matrices begins threads, which take the processor from what the question does
    # beside this, and is slower (numpy 2.4 with OpenBLAS: 5.9 ms on two cores for 95,000 rows, this 4.5).
    similarities = np.vecdot(project.rows, question)
    numbers, heard = among
    if numbers is not None:
        similarities[~project.of_transcripts(numbers)] = -np.inf
    if heard is not None:
        similarities[~heard] = -np.inf
    best = np.argpartition(-similarities, min(limit, len(similarities) - 1))[:limit]
    best = best[np.argsort(-similarities[best], kind="stable")]
    return [
        Near(int(project.ids[row]), float(similarities[row]))
        for row in best
        if np.isfinite(similarities[row])
    ]
