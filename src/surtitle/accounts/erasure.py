"""Erasing a person: everything that they made, or their name from it, and every record about them.

An erasure is a row before anything goes. Its steps can be repeated, so that one whose process died is
taken up again (`resume`), and one that a restored database has forgotten is done again (`replay`).
"""

import asyncio
import logging
from collections import Counter
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import timedelta
from enum import StrEnum
from uuid import UUID

from sqlalchemy import select
from sqlalchemy.ext.asyncio import AsyncSession

from surtitle.accounts.access import Principal, Role
from surtitle.accounts.audit import AuditTrail, Deed
from surtitle.accounts.erasable import Erasable, Scope, StillAtWork
from surtitle.accounts.erasure_list import ErasureList, ErasureRecord
from surtitle.accounts.errors import LastAdministrator, UserNotFound
from surtitle.accounts.letters import Letters
from surtitle.accounts.personal_records import (
    CLOSED,
    close_account,
    erase_project,
    erase_records,
    projects_alone,
)
from surtitle.accounts.post import Post, To
from surtitle.accounts.users import other_administrators
from surtitle.clock import utc_now
from surtitle.db.account_models import Erasure, Membership, User
from surtitle.db.engine import Database
from surtitle.db.models import PERSONAL_PROJECT
from surtitle.errors import SurtitleError
from surtitle.paging import Page, decode_cursor, encode_cursor
from surtitle.storage import ObjectStore

log = logging.getLogger(__name__)

LOOKED_AFTER = timedelta(days=1)
"""So long after its end an erasure is done again now and then: an upload that was under way may have
become a recording since, and a process may have remembered the person for some seconds.
"""

_LOOK_AGAIN_SECONDS = 0.2
_ERASED = "erased"
_PROJECTS = "projects"


class Mode(StrEnum):
    """What becomes of what a person made in projects that others work in."""

    ERASE = "erase"
    ANONYMISE = "anonymise"


@dataclass(frozen=True, slots=True)
class ErasureParts:
    """What erasing rests on. `erasables` in the order in which things can go."""

    database: Database
    store: ObjectStore
    audit: AuditTrail
    erasables: Sequence[Erasable]
    forget_callers: Callable[[], None]
    """Makes this process ask again who is calling."""
    letters: Letters
    post: Post | None
    """None where no mail goes out: a report in the log would be one more place that names the person."""


class Erasures:
    """Begins erasures, brings them to their end, and lists them."""

    def __init__(self, parts: ErasureParts) -> None:
        self._parts = parts
        self._database = parts.database
        self._list = ErasureList(parts.store)

    async def begin(self, by: Principal, user_id: UUID, mode: Mode, address: str | None) -> Erasure:
        """Close the account at once and write down that it goes. Raises `UserNotFound`, `LastAdministrator`.

        Asked for again, it is the same erasure.
        """
        async with self._database.writing() as session:
            user = await session.get(User, user_id, with_for_update=True)
            if user is None:
                raise UserNotFound(user_id)
            if user.state == CLOSED and (known := await _newest(session, user_id)) is not None:
                return known
            if user.role == Role.ADMIN and not await other_administrators(session, user_id):
                raise LastAdministrator
            erasure = await self._written(session, user, mode)
            deed = Deed("erasure.begun", by, address, "user", user_id, detail={"mode": mode.value})
            await self._parts.audit.add(session, deed)
        self._parts.forget_callers()
        return erasure

    async def go_on(self, erasure_id: UUID, patience_seconds: float = 0.0) -> Erasure:
        """Do what is left of an erasure; its row, with `finished_at` unless work still has to stop."""
        deadline = asyncio.get_running_loop().time() + patience_seconds
        while True:
            erasure = await self._get(erasure_id)
            try:
                await self._steps(erasure)
            except StillAtWork as waiting:
                if asyncio.get_running_loop().time() >= deadline:
                    log.info("erasure %s goes on later: %s", erasure_id, waiting.message)
                    return await self._get(erasure_id)
                await asyncio.sleep(_LOOK_AGAIN_SECONDS)
            else:
                return await self._get(erasure_id)

    async def resume(self) -> int:
        """Go on with what is unfinished, and look again after what ended lately; how many were looked at."""
        async with self._database.reading() as session:
            found = await session.scalars(
                select(Erasure.id)
                .where(Erasure.finished_at.is_(None) | (Erasure.finished_at > utc_now() - LOOKED_AFTER))
                .order_by(Erasure.id)
            )
            waiting = found.all()
        for erasure_id in waiting:
            await self._tried(erasure_id)
        return len(waiting)

    async def replay(self) -> Sequence[Erasure]:
        """After a restore: do every erasure of the list in the object store again."""
        done = []
        async for record in self._list.all():
            await self._remembered(record)
            done.append(await self.go_on(record.id))
        return done

    async def page(self, cursor: str | None, limit: int) -> Page[Erasure]:
        """The newest first."""
        query = select(Erasure).order_by(Erasure.id.desc()).limit(limit + 1)
        if cursor:
            query = query.where(Erasure.id < decode_cursor(cursor))
        async with self._database.reading() as session:
            found = (await session.scalars(query)).all()
        items = found[:limit]
        return Page(items, encode_cursor(items[-1].id) if len(found) > limit else None)

    async def _steps(self, erasure: Erasure) -> None:
        await self._list.keep(_record(erasure))
        tally = _Report(erasure.id)
        for project_id in await self._projects_left(erasure):
            for erasable in self._parts.erasables:
                await erasable.erase(Scope(project_id=project_id), tally)
            async with self._database.writing() as session:
                await erase_project(session, project_id, tally)
        for erasable in self._parts.erasables:
            if erasure.mode == Mode.ERASE:
                await erasable.erase(Scope(user_id=erasure.user_id), tally)
            else:
                await erasable.anonymise(erasure.user_id, tally)
        async with self._database.writing() as session:
            await erase_records(session, erasure.user_id, tally, with_keys=erasure.mode == Mode.ERASE)
        await self._end(erasure.id, erasure.user_id)

    async def _projects_left(self, erasure: Erasure) -> Sequence[UUID]:
        """Those that are erased whole, also when it was done before: somebody may have written meanwhile. The
        installation's own project outlives its people, so once it was emptied it may be another's.
        """
        async with self._database.reading() as session:
            own = await session.get(Membership, (PERSONAL_PROJECT, erasure.user_id))
        return [one for one in projects_of(erasure) if one != PERSONAL_PROJECT or own is not None]

    async def _end(self, erasure_id: UUID, user_id: UUID) -> None:
        """Drop the account, and write to the person in the same transaction."""
        async with self._database.reading() as session:
            user = await session.get(User, user_id)
            erasure = await session.get_one(Erasure, erasure_id)
        if user is None and erasure.finished_at is not None:
            return
        async with self._database.writing() as session:
            erasure = await session.get_one(Erasure, erasure_id)
            if (user := await session.get(User, user_id)) is not None:
                await self._report(session, user, erasure)
                await session.delete(user)
            erasure.finished_at = utc_now()
            deed = Deed(
                "erasure.finished", object_kind="erasure", object_id=erasure_id, system=True,
                detail={"mode": erasure.mode, _ERASED: report_of(erasure)},
            )  # fmt: skip
            await self._parts.audit.add(session, deed)
        self._parts.forget_callers()
        await self._database.drop_traces()

    async def _report(self, session: AsyncSession, user: User, erasure: Erasure) -> None:
        if self._parts.post is not None and user.email is not None:
            letter = self._parts.letters.erasure_report(report_of(erasure))
            # Nobody's from now on: what is written to an account goes with it.
            await self._parts.post.put(session, letter, To(user.email, language_of=user.id))

    async def _written(self, session: AsyncSession, user: User, mode: Mode) -> Erasure:
        alone_in = await projects_alone(session, user.id)
        erasure = Erasure(
            user_id=user.id, mode=mode, report={_ERASED: {}, _PROJECTS: [str(one) for one in alone_in]}
        )
        session.add(erasure)
        await session.flush()
        keys = await close_account(session, user, alone_in)
        await _Report(erasure.id)(session, "keys", keys)
        return erasure

    async def _remembered(self, record: ErasureRecord) -> None:
        async with self._database.writing() as session:
            await remember(session, record)
        self._parts.forget_callers()

    async def _tried(self, erasure_id: UUID) -> None:
        """One that fails must not keep the others waiting."""
        try:
            await self.go_on(erasure_id)
        except (SurtitleError, OSError) as error:
            log.warning("erasure %s could not go on, which is tried again: %s", erasure_id, error)

    async def _get(self, erasure_id: UUID) -> Erasure:
        async with self._database.reading() as session:
            return await session.get_one(Erasure, erasure_id)


class _Report:
    """A `Tally` that adds to an erasure's row."""

    def __init__(self, erasure_id: UUID) -> None:
        self._erasure_id = erasure_id

    async def __call__(self, session: AsyncSession, kind: str, count: int = 1) -> None:
        if count:
            erasure = await session.get_one(Erasure, self._erasure_id, with_for_update=True)
            counts = Counter(report_of(erasure)) + Counter({kind: count})
            erasure.report = {**erasure.report, _ERASED: dict(sorted(counts.items()))}
            await session.flush()


def report_of(erasure: Erasure) -> dict[str, int]:
    """What was erased so far: how many of each kind."""
    counts: dict[str, int] = erasure.report.get(_ERASED, {})
    return counts


def projects_of(erasure: Erasure) -> Sequence[UUID]:
    """The projects that were the person's alone."""
    return [UUID(project_id) for project_id in erasure.report.get(_PROJECTS, [])]


async def remember(session: AsyncSession, record: ErasureRecord) -> None:
    """In a transaction of a restored database: the row of an erasure that it has forgotten, unfinished, and
    the account closed again. So it is gone on with, whoever does it.
    """
    erasure = await session.get(Erasure, record.id)
    user = await session.get(User, record.user_id)
    # The installation's own project only where it is theirs in this database: it may be another's by now.
    alone_in = {*record.projects} - {PERSONAL_PROJECT} | {*await projects_alone(session, record.user_id)}
    if erasure is None:
        erasure = Erasure(
            id=record.id, user_id=record.user_id, mode=record.mode, created_at=record.created_at,
            report={_ERASED: {}},
        )  # fmt: skip
        session.add(erasure)
    erasure.report = {**erasure.report, _PROJECTS: [str(one) for one in sorted(alone_in)]}
    await session.flush()
    if user is not None:
        keys = await close_account(session, user, sorted(alone_in))
        await _Report(erasure.id)(session, "keys", keys)


def _record(erasure: Erasure) -> ErasureRecord:
    return ErasureRecord(
        erasure.id, erasure.user_id, erasure.mode, tuple(projects_of(erasure)), erasure.created_at
    )


async def _newest(session: AsyncSession, user_id: UUID) -> Erasure | None:
    return await session.scalar(
        select(Erasure).where(Erasure.user_id == user_id).order_by(Erasure.id.desc()).limit(1)
    )
