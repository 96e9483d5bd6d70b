"""The glossary of each project, which a job takes along when it is accepted."""

from collections.abc import Sequence
from datetime import datetime
from uuid import UUID

from sqlalchemy import delete, select
from sqlalchemy.ext.asyncio import AsyncSession

from surtitle.clock import utc_now
from surtitle.db.engine import Database
from surtitle.db.models import GlossaryTerm
from surtitle.domain.glossary import checked_terms, with_terms
from surtitle.domain.options import Options, TranscriptionOptions


class Glossary:
    """The terms of all projects; every method names the project."""

    def __init__(self, database: Database) -> None:
        self._database = database

    async def terms(self, project_id: UUID) -> Sequence[str]:
        """In the order in which they were given: the first are heeded most."""
        async with self._database.reading() as session:
            return await _terms(session, project_id)

    async def replace(self, project_id: UUID, terms: Sequence[str]) -> Sequence[str]:
        """Make these the whole glossary. Raises `Invalid` naming the first that cannot be kept."""
        checked = checked_terms(terms)
        async with self._database.writing() as session:
            await _write(session, project_id, checked)
        return checked

    async def add(self, project_id: UUID, terms: Sequence[str]) -> Sequence[str]:
        """The glossary with these after what it has; one that it has already keeps its place."""
        new = checked_terms(list(dict.fromkeys(" ".join(term.split()) for term in terms)))
        async with self._database.writing() as session:
            whole = checked_terms(list(dict.fromkeys([*await _terms(session, project_id), *new])))
            await _write(session, project_id, whole)
        return whole

    async def remove(self, project_id: UUID, terms: Sequence[str]) -> Sequence[str]:
        """The glossary without these. One that it has not got is no error."""
        async with self._database.writing() as session:
            gone = {" ".join(term.split()) for term in terms}
            left = [term for term in await _terms(session, project_id) if term not in gone]
            await _write(session, project_id, left)
        return left


async def with_glossary(session: AsyncSession, project_id: UUID, options: Options) -> Options:
    """`options` with the project's terms among the hotwords, unless they decline them.

    Written down when a job is accepted, so that a later run hears with the same ears.
    """
    if not isinstance(options, TranscriptionOptions) or not options.glossary:
        return options
    return with_terms(options, await _terms(session, project_id))


async def _terms(session: AsyncSession, project_id: UUID) -> Sequence[str]:
    query = select(GlossaryTerm.term).where(GlossaryTerm.project_id == project_id)
    return (await session.scalars(query.order_by(GlossaryTerm.position))).all()


async def _write(session: AsyncSession, project_id: UUID, terms: Sequence[str]) -> None:
    mine = GlossaryTerm.project_id == project_id
    rows = await session.execute(select(GlossaryTerm.term, GlossaryTerm.created_at).where(mine))
    since: dict[str, datetime] = {term: created_at for term, created_at in rows}  # noqa: C416  a row is no pair to mypy
    await session.execute(delete(GlossaryTerm).where(mine))
    session.add_all(
        GlossaryTerm(
            project_id=project_id, term=term, position=position, created_at=since.get(term) or utc_now()
        )
        for position, term in enumerate(terms)
    )
