"""Moments by their words: SQLite's FTS5, PostgreSQL's `tsvector`. Rare words count more in both."""

import json
from collections.abc import Sequence
from uuid import UUID

from sqlalchemy import Uuid, bindparam, text
from sqlalchemy.ext.asyncio import AsyncSession

from surtitle.db.search_models import POSITION_BITS
from surtitle.pipelines.search.terms import Wanted, project_term, speaker_term

# Whatever the index says, nobody sees another project's: so the row is asked too.
_FTS5 = f"""
    SELECT c.id, c.text FROM search_terms JOIN search_chunks c ON c.id = search_terms.rowid
    WHERE search_terms MATCH :query AND c.project_id = :project
    AND (:numbers IS NULL OR (c.id >> {POSITION_BITS}) IN (SELECT value FROM json_each(:numbers)))
    ORDER BY rank LIMIT :limit
"""  # noqa: S608 - nothing of it is a caller's

# `ts_rank` does not know which words are rare, so each is counted among the moments that were found. The
# length of a moment tells against it as in BM25, with b = 0.5 at a mean of some 45 words.
_TSVECTOR = f"""
    WITH found AS MATERIALIZED (
        SELECT c.id, c.words, {{has}} FROM search_chunks c
        WHERE c.terms @@ to_tsquery('surtitle', :query) AND c.project_id = :project
        AND (CAST(:numbers AS jsonb) IS NULL OR (c.id >> {POSITION_BITS}) IN (
            SELECT CAST(value AS bigint) FROM jsonb_array_elements_text(CAST(:numbers AS jsonb))))
    ), counted AS (SELECT count(*) AS everything, {{counts}} FROM found)
    SELECT best.id, c.text FROM (
        SELECT id, row_number() OVER (ORDER BY ({{score}}) / (45 + words) DESC, id) AS place
        FROM found, counted ORDER BY place LIMIT :limit
    ) best JOIN search_chunks c ON c.id = best.id ORDER BY place
"""  # noqa: S608 - as above: only numbers are put in

# Whose they are is asked by whoever has the project's moments.
_HEARD_FTS5 = "SELECT rowid FROM search_terms WHERE search_terms MATCH :query"
_HEARD_TSVECTOR = "SELECT c.id FROM search_chunks c WHERE c.terms @@ to_tsquery('surtitle', :query)"


class FullText:
    """Queries over one session."""

    def __init__(self, session: AsyncSession, *, is_sqlite: bool) -> None:
        self._session = session
        self._is_sqlite = is_sqlite

    async def best(
        self,
        project_id: UUID,
        wanted: Wanted,
        limit: int,
        *,
        speaker: str | None = None,
        numbers: Sequence[int] | None = None,
    ) -> dict[int, str]:
        """Moments with any of the words and all of the phrases, the best first: their texts by id.

        `numbers` are the indexed transcripts that may be looked at, None for all of the project's.
        """
        if not wanted:
            return {}
        needed = [project_term(project_id)] + ([] if speaker is None else [speaker_term(speaker)])
        statement = _FTS5 if self._is_sqlite else _by_tsvector(wanted)
        query = _fts5_query(needed, wanted) if self._is_sqlite else _tsquery(needed, wanted)
        values = {
            "query": query,
            "project": project_id,
            "numbers": None if numbers is None else json.dumps(list(numbers)),
            "limit": limit,
        }
        if not self._is_sqlite:
            values |= {f"part_{i}": part for i, part in enumerate(_parts(wanted))}
        asked = text(statement).bindparams(bindparam("project", type_=Uuid()))
        return {row.id: row.text for row in await self._session.execute(asked, values)}

    async def said_by(self, project_id: UUID, speaker: str) -> Sequence[int]:
        """Ids of all moments in which somebody of this name speaks, in no order. They may be many."""
        needed = [project_term(project_id), speaker_term(speaker)]
        statement = _HEARD_FTS5 if self._is_sqlite else _HEARD_TSVECTOR
        query = _fts5_query(needed, Wanted()) if self._is_sqlite else _tsquery(needed, Wanted())
        return (await self._session.scalars(text(statement), {"query": query})).all()


def _fts5_query(needed: Sequence[str], wanted: Wanted) -> str:
    """https://sqlite.org/fts5.html#full_text_query_syntax"""
    clauses = [_quoted(term) for term in needed]
    clauses += [_quoted(" ".join(phrase)) for phrase in wanted.phrases]
    if wanted.words:
        clauses.append("(" + " OR ".join(_quoted(word) for word in wanted.words) + ")")
    return " AND ".join(clauses)


def _quoted(words: str) -> str:
    # Terms hold letters and digits alone; quoted, none of them is an operator.
    return f'"{words}"'


def _tsquery(needed: Sequence[str], wanted: Wanted) -> str:
    """https://www.postgresql.org/docs/current/textsearch-controls.html"""
    clauses = [*needed, *(" <-> ".join(phrase) for phrase in wanted.phrases)]
    if wanted.words:
        clauses.append("(" + " | ".join(wanted.words) + ")")
    return " & ".join(clauses)


def _parts(wanted: Wanted) -> list[str]:
    return [*wanted.words, *(" <-> ".join(phrase) for phrase in wanted.phrases)]


def _by_tsvector(wanted: Wanted) -> str:
    count = range(len(_parts(wanted)))
    return _TSVECTOR.format(
        has=", ".join(
            ["true AS has", *(f"c.terms @@ to_tsquery('surtitle', :part_{i}) AS has_{i}" for i in count)]
        ),
        counts=", ".join(["1 AS one", *(f"count(*) FILTER (WHERE has_{i}) AS with_{i}" for i in count)]),
        score=" + ".join(
            ["0.0", *(f"has_{i}::int * ln(1 + (everything + 0.5) / (with_{i} + 0.5))" for i in count)]
        ),
    )
