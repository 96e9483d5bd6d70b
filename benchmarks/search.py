"""Two hundred questions: is the moment that answers one among the first five, and how long does it take.

The questions and their transcripts: `benchmarks/questions.py`. **Full text alone** is the product with
`SURTITLE_SEARCH__MEANING=off`, compared with the product as it is (all-MiniLM-L6-v2, Apache-2.0). A moment
counts as the right one when it holds the known second. Latency is of whole questions, one after another, the
question's own meaning by the engine's child included, over 100,000 moments of which a twentieth, or all
others, are one project's. **Its nearest vectors** is the part of it that an index of vectors does, with the
question's vector at hand. Words and vectors are drawn at random; each word of the questions is in about one
of a hundred moments. One installation writes, as a worker does, and another is asked.
"""

import asyncio
import time
from collections.abc import AsyncIterator, Sequence
from contextlib import asynccontextmanager
from dataclasses import dataclass
from pathlib import Path
from statistics import mean, quantiles
from uuid import UUID

import numpy as np
from sqlalchemy import func, select, text
from tests.servers.postgresql import postgresql

from benchmarks.materials import Materials
from benchmarks.questions import Question, questions, transcripts
from benchmarks.report import Report, progress
from surtitle.bootstrap.installation import Installation, opened
from surtitle.config import Settings
from surtitle.config.search import SearchSettings
from surtitle.db.models import PERSONAL_PROJECT, StoredTranscript
from surtitle.db.search_models import SearchChunk
from surtitle.domain.transcript import Transcript
from surtitle.ids import new_id
from surtitle.pipelines.search.chunking import Chunk
from surtitle.pipelines.search.embedding import name_of
from surtitle.pipelines.search.index_rows import Content, IndexRows, terms_of_chunks
from surtitle.pipelines.search.terms import terms_of
from surtitle.pipelines.search.vectors import Among, packed
from surtitle.transcripts.importing.service import TranscriptImports
from surtitle.transcripts.schema import transcript_json

_MODEL = "all-minilm-l6-v2"
_FIRST = 5
_WANTED_POINTS = 15.0
_WANTED_P95_MS = 15.0
_MOMENTS = 100_000
_QUICK_MOMENTS = 2_000
_MOMENTS_A_TRANSCRIPT = 100
_NARROW_SHARE = 20
_VALUES = 384
_VOCABULARY = 20_000
_WORDS = 40
_ASKED = 200
_RANKED = 60
_ASK_AGAIN_SECONDS = 0.5
_QUICK_ASKED = 10


def run(report: Report, materials: Materials) -> None:
    asyncio.run(_run(report, materials))


async def _run(report: Report, materials: Materials) -> None:
    known = transcripts(materials.folder)
    asked = questions(known)
    if materials.quick:
        known = {name: one for name, one in known.items() if not name.startswith("apollo")}
        asked = [one for one in asked if one.recording in known][::7]
    progress("the questions")
    await _recall(report, materials, known, asked)
    progress("100,000 moments in SQLite")
    texts = [one.text for one in asked]
    async with _installation(materials, "sqlite") as server, _installation(materials, "sqlite") as worker:
        place = _Place("SQLite, vectors in memory", server, worker)
        await _latency(report, materials, place, texts)
    for vectors in ("memory", "pgvector"):
        progress(f"100,000 moments in PostgreSQL, {vectors}")
        folder = materials.folder / f"postgresql-{vectors}"
        folder.mkdir()
        with postgresql(folder, 18) as running:
            url = running.database("moments")
            async with (
                _installation(materials, vectors, url, vectors) as server,
                _installation(materials, f"{vectors}-worker", url) as worker,
            ):
                await _latency(report, materials, _Place(f"PostgreSQL, {vectors}", server, worker), texts)


@asynccontextmanager
async def _installation(
    materials: Materials,
    name: str,
    database_url: str | None = None,
    vectors: str = "memory",
    meaning: str = "auto",
) -> AsyncIterator[Installation]:
    """One with the model for meanings, and with nothing in it."""
    settings = Settings.model_validate(
        {
            "data_dir": materials.folder / f"search-{name}",
            "database_url": database_url,
            "search": SearchSettings.model_validate({"vectors": vectors, "meaning": meaning}),
            "models": {"directory": materials.folder / "search-models"},
        }
    )
    async with opened(settings) as parts:
        if meaning == "auto":
            await asyncio.to_thread(parts.engines.models.pull, _MODEL)
        yield parts


# Recall


async def _recall(
    report: Report, materials: Materials, known: dict[str, Transcript], asked: Sequence[Question]
) -> None:
    figures = {}
    async with _installation(materials, "recall") as parts:
        began = time.perf_counter()
        names = await _bring(parts, known)
        while await parts.search.indexing.work_off():
            pass
        seconds = time.perf_counter() - began
        async with parts.database.reading() as session:
            moments = await session.scalar(select(func.count()).select_from(SearchChunk)) or 0
        figures["words and meaning"] = await _found(parts, names, asked)
    async with _installation(materials, "recall", meaning="off") as parts:
        figures["full text alone"] = await _found(parts, names, asked)
    report.say(f"{moments} moments of {len(known)} transcripts, indexed in {seconds:.0f} s.")
    rows = [(name, *_shares(asked, found)) for name, found in figures.items()]
    report.table(("searched by", "all", "in the transcript's words", "in other words"), rows)
    both, words = (100 * mean(figures[name]) for name in ("words and meaning", "full text alone"))
    report.aim(
        f"recall at {_FIRST}, {len(asked)} questions, above full text alone by {_WANTED_POINTS:g} points",
        f"{both:.1f} % against {words:.1f} %",
        met=both - words >= _WANTED_POINTS,
    )


async def _bring(parts: Installation, known: dict[str, Transcript]) -> dict[UUID, str]:
    imports = TranscriptImports(parts.database, parts.store)
    names = {}
    for name, transcript in known.items():
        stored = await imports.bring(PERSONAL_PROJECT, f"{name}.json", transcript_json(transcript))
        names[stored.id] = name
    return names


async def _found(parts: Installation, names: dict[UUID, str], asked: Sequence[Question]) -> list[bool]:
    answers = []
    for question in asked:
        found = await parts.search.search.find(PERSONAL_PROJECT, question.text, limit=_FIRST)
        answers.append(
            any(
                names[one.transcript_id] == question.recording
                and one.start_seconds <= question.seconds <= one.end_seconds
                for one in found.moments
            )
        )
    return answers


def _shares(asked: Sequence[Question], found: Sequence[bool]) -> tuple[str, str, str]:
    def share(*kinds: bool) -> str:
        chosen = [ok for question, ok in zip(asked, found, strict=True) if question.other_words in kinds]
        return f"{100 * mean(chosen):.1f} % of {len(chosen)}" if chosen else "-"

    return share(True, False), share(False), share(True)


# Latency


@dataclass(frozen=True, slots=True)
class _Place:
    """Where vectors are compared: a server that is asked, and a worker beside it that writes."""

    label: str
    server: Installation
    worker: Installation


async def _latency(report: Report, materials: Materials, place: _Place, asked: Sequence[str]) -> None:
    moments = _QUICK_MOMENTS if materials.quick else _MOMENTS
    narrow, wide = new_id(), new_id()
    began = time.perf_counter()
    await _fill(place.worker, narrow, moments // _NARROW_SHARE, asked)
    await _fill(place.worker, wide, moments - moments // _NARROW_SHARE, asked)
    report.say(f"**{place.label}**: {moments} moments written in {time.perf_counter() - began:.0f} s.")
    await _built(report, place.server, (narrow, wide))
    await _require_news(place, narrow, asked[0])
    asked = [asked[number % len(asked)] for number in range(_QUICK_ASKED if materials.quick else _ASKED)]
    ways = {"a whole question": _timed, "its nearest vectors": _timed_vectors}
    among = {f"project of one in {_NARROW_SHARE} moments": narrow, "that of all others": wide}
    took = {
        (way, label): _figures(await timed(place.server, project, asked))
        for label, project in among.items()
        for way, timed in ways.items()
    }
    rows = [(*key, *(f"{ms:.1f}" for ms in figures)) for key, figures in took.items()]
    report.table(("what", "where", "median ms", "p95 ms"), rows)
    for way in ways:
        p95 = took[way, next(iter(among))][1]
        report.aim(
            f"p95 of {way} with a project filter within {_WANTED_P95_MS:g} ms ({place.label})",
            f"{p95:.1f} ms",
            met=p95 <= _WANTED_P95_MS,
        )


async def _built(report: Report, server: Installation, projects: Sequence[UUID]) -> None:
    """What the first question in each project reads or builds, until one is answered by meaning."""
    setup = await server.search.embedding.setup()
    assert setup is not None
    await server.search.embedding.embed(setup, ["warm"], is_query=True)
    before = _resident_bytes()
    _forget_peak()
    seconds = []
    for project in projects:
        began = time.perf_counter()
        # With pgvector it is answered by words alone until the table is whole.
        while not (await server.search.search.find(project, "warm")).by_meaning:  # noqa: ASYNC110
            await asyncio.sleep(_ASK_AGAIN_SECONDS)
        seconds.append(time.perf_counter() - began)
    held, most = (bytes_ - before for bytes_ in (_resident_bytes(), _peak_bytes()))
    async with server.database.reading() as session:
        size = text("SELECT pg_total_relation_size(to_regclass('search_vectors'))")
        disk = 0 if server.database.is_sqlite else (await session.scalar(size)) or 0
    figures = (*(f"{one:.1f} s" for one in seconds), *(f"{one / 1e6:.0f} MB" for one in (held, most, disk)))
    head = ("by meaning after, small project", "large", "held then", "at most meanwhile", "beside, on disk")
    report.table(head, [figures])


async def _require_news(place: _Place, project: UUID, question: str) -> None:
    """What the worker writes after the server has read or built all is found by its meaning."""
    embedding = place.server.search.embedding
    setup = await embedding.setup()
    assert setup is not None
    vector = (await embedding.embed(setup, [question], is_query=True)).vectors
    written = await _write(place.worker, project, ["hippopotamus"], packed(vector), name_of(setup))
    found = await place.server.search.search.find(project, question)
    assert any(one.transcript_id == written and one.by_meaning for one in found.moments), place.label


async def _timed(parts: Installation, project: UUID, asked: Sequence[str]) -> list[float]:
    """Milliseconds."""
    took = []
    for question in asked:
        began = time.perf_counter()
        found = await parts.search.search.find(project, question)
        took.append(1000 * (time.perf_counter() - began))
        assert found.by_meaning, found.notice
    return took


async def _timed_vectors(parts: Installation, project: UUID, asked: Sequence[str]) -> list[float]:
    """Milliseconds."""
    setup = await parts.search.embedding.setup()
    assert setup is not None
    vectors = (await parts.search.embedding.embed(setup, asked, is_query=True)).vectors
    took = []
    for vector in vectors:
        began = time.perf_counter()
        near = await parts.search.vectors.nearest(project, name_of(setup), vector, Among(), _RANKED)
        took.append(1000 * (time.perf_counter() - began))
        assert len(near) == _RANKED
    return took


async def _fill(parts: Installation, project: UUID, moments: int, asked: Sequence[str]) -> None:
    """Moments of drawn words and vectors. Each word of the questions is in one of a hundred moments."""
    setup = await parts.search.embedding.setup()
    assert setup is not None
    draw = np.random.default_rng(7)
    rare = sorted({term for question in asked for term in terms_of(question)})
    common = [f"word{number}" for number in range(_VOCABULARY)]
    for _ in range(moments // _MOMENTS_A_TRANSCRIPT):
        rows = draw.normal(size=(_MOMENTS_A_TRANSCRIPT, _VALUES)).astype(np.float32)
        rows /= np.linalg.norm(rows, axis=1, keepdims=True)
        texts = [_drawn(draw, rare, common) for _ in rows]
        await _write(parts, project, texts, packed(rows), name_of(setup))


def _drawn(draw: np.random.Generator, rare: Sequence[str], common: Sequence[str]) -> str:
    words = list(draw.choice(common, _WORDS))
    words += list(draw.choice(rare, draw.poisson(len(rare) / 100)))
    return " ".join(words)


async def _write(
    parts: Installation, project: UUID, texts: Sequence[str], vectors: bytes, embedder: str
) -> UUID:
    """As the product's indexing would, past the reading and embedding of transcripts."""
    transcript = StoredTranscript(
        id=new_id(), project_id=project, name="drawn", duration_seconds=60.0 * len(texts), language="en"
    )
    chunks = [Chunk(number, 30.0 * number, 30.0 * number + 29, text) for number, text in enumerate(texts)]
    async with parts.database.writing() as session:
        session.add(transcript)
        await session.flush()
        rows = IndexRows(is_sqlite=parts.database.is_sqlite)
        terms = terms_of_chunks(project, chunks)
        await rows.write(session, Content(project, transcript.id, 1, chunks, terms, embedder, vectors))
    return transcript.id


def _figures(milliseconds: Sequence[float]) -> tuple[float, float]:
    cuts = quantiles(milliseconds, n=20)
    return cuts[9], cuts[18]


def _resident_bytes() -> int:
    """Of this process; the child that embeds questions, and PostgreSQL, have their own."""
    return _kept_by_kernel("VmRSS")


def _peak_bytes() -> int:
    """The most since `_forget_peak`."""
    return _kept_by_kernel("VmHWM")


def _forget_peak() -> None:
    """proc(5), clear_refs."""
    Path("/proc/self/clear_refs").write_text("5")


def _kept_by_kernel(name: str) -> int:
    lines = Path("/proc/self/status").read_text().splitlines()
    return next(1024 * int(line.split()[1]) for line in lines if line.startswith(f"{name}:"))
