"""What the accounts' own tables hold about a person or a project, and how it goes."""

from collections.abc import Sequence
from uuid import UUID

from sqlalchemy import ColumnElement, case, delete, func, or_, select, update
from sqlalchemy.ext.asyncio import AsyncSession
from sqlalchemy.orm import InstrumentedAttribute

from surtitle.accounts.access import ProjectRole
from surtitle.accounts.erasable import Tally
from surtitle.accounts.sessions import EndedWhy
from surtitle.clock import utc_now
from surtitle.db.account_models import (
    ApiKey,
    AuditPerson,
    CreditEntry,
    Identity,
    Invitation,
    Membership,
    OneTimeToken,
    Profile,
    Project,
    RecoveryCode,
    Session,
    UsageEntry,
    User,
)
from surtitle.db.keeping_models import Purge, RetentionRule
from surtitle.db.kpi_models import KpiDay, KpiEvent
from surtitle.db.models import PERSONAL_PROJECT, GlossaryTerm, IdempotencyKey
from surtitle.db.webhook_models import Webhook, WebhookDelivery

CLOSED = "erasing"
"""The state of an account that is being erased: nobody can sign in to it."""

_OF_THE_PERSON: dict[str, InstrumentedAttribute[UUID]] = {
    "profiles": Profile.user_id,
    "sign-ins by OpenID": Identity.user_id,
    "sessions": Session.user_id,
}
_NAMING_THE_PERSON: tuple[InstrumentedAttribute[UUID | None], ...] = (
    UsageEntry.user_id,
    CreditEntry.granted_by,
    Project.created_by,
    Invitation.invited_by,
    ApiKey.created_by,
    Webhook.created_by,
    KpiEvent.user_id,
)
_OF_THE_PROJECT: dict[str, InstrumentedAttribute[UUID]] = {
    "glossary terms": GlossaryTerm.project_id,
    "usage entries": UsageEntry.project_id,
    "credit entries": CreditEntry.project_id,
    "webhook deliveries": WebhookDelivery.project_id,
    "webhooks": Webhook.project_id,
    "events counted": KpiEvent.project_id,
    "daily figures": KpiDay.project_id,
}


async def close_account(session: AsyncSession, user: User, alone_in: Sequence[UUID]) -> int:
    """From now on nobody signs in as this person, or reaches the projects that are theirs alone; how many
    keys of those went.
    """
    user.state, user.role = CLOSED, "user"
    user.password_hash = user.totp_sealed = user.totp_confirmed_at = None
    user.sessions_from = utc_now()
    await session.execute(
        update(Session)
        .where(Session.user_id == user.id, Session.ended_at.is_(None))
        .values(ended_at=utc_now(), ended_why=EndedWhy.ERASED)
    )
    await session.execute(delete(Invitation).where(Invitation.project_id.in_(alone_in)))
    await session.execute(update(Project).where(Project.id.in_(alone_in)).values(archived_at=utc_now()))
    return await _drop_keys(session, ApiKey.project_id.in_(alone_in))


async def projects_alone(session: AsyncSession, user_id: UUID) -> Sequence[UUID]:
    """The projects that have no member but this person."""
    others = select(Membership.project_id).where(Membership.user_id != user_id)
    found = await session.scalars(
        select(Membership.project_id).where(
            Membership.user_id == user_id, Membership.project_id.not_in(others)
        )
    )
    return found.all()


async def erase_project(session: AsyncSession, project_id: UUID, tally: Tally) -> None:
    """Drop a project that is empty already, and everything that names it."""
    await tally(session, "keys", await _drop_keys(session, ApiKey.project_id == project_id))
    for kind, column in _OF_THE_PROJECT.items():
        await _drop(session, column, project_id, kind, tally)
    for table in (IdempotencyKey, Invitation, Membership, Purge, RetentionRule):
        await session.execute(delete(table).where(table.project_id == project_id))
    await session.execute(
        update(User).where(User.default_project_id == project_id).values(default_project_id=None)
    )
    if project_id == PERSONAL_PROJECT:
        # The command line works there; whoever administers next finds it empty.
        await session.execute(
            update(Project).where(Project.id == project_id).values(archived_at=None, created_by=None)
        )
        return
    await _drop(session, Project.id, project_id, "projects", tally)


async def erase_records(session: AsyncSession, user_id: UUID, tally: Tally, *, with_keys: bool) -> None:
    """Drop what is about the person, and the name where others need the rest.

    Their keys and webhooks go, or stay (`with_keys` False) for those who work with them.
    """
    if with_keys:
        await tally(session, "keys", await _drop_keys(session, ApiKey.created_by == user_id))
        theirs = delete(Webhook).where(Webhook.created_by == user_id).returning(Webhook.id)
        await tally(session, "webhooks", len((await session.scalars(theirs)).all()))
    for kind, column in _OF_THE_PERSON.items():
        await _drop(session, column, user_id, kind, tally)
    for table in (RecoveryCode, OneTimeToken):
        await session.execute(delete(table).where(table.user_id == user_id))
    await _leave_projects(session, user_id, tally)
    email_key = await session.scalar(select(User.email_key).where(User.id == user_id))
    if email_key is not None:
        await session.execute(delete(Invitation).where(Invitation.email_key == email_key))
    for named in _NAMING_THE_PERSON:
        await session.execute(update(named.class_).where(named == user_id).values({named.key: None}))
    await _forget_pseudonyms(session, user_id)


async def _leave_projects(session: AsyncSession, user_id: UUID, tally: Tally) -> None:
    owned = select(Membership.project_id).where(
        Membership.user_id == user_id, Membership.role == ProjectRole.OWNER
    )
    for project_id in (await session.scalars(owned)).all():
        await _hand_over(session, project_id, user_id)
    await _drop(session, Membership.user_id, user_id, "memberships", tally)


async def _hand_over(session: AsyncSession, project_id: UUID, user_id: UUID) -> None:
    """Where no other owner is left, the member who may do most, and of those the oldest, becomes one."""
    rank = case(
        (Membership.role == ProjectRole.OWNER, 0), (Membership.role == ProjectRole.EDITOR, 1), else_=2
    )
    next_owner = await session.scalar(
        select(Membership)
        .where(Membership.project_id == project_id, Membership.user_id != user_id)
        .order_by(rank, Membership.created_at, Membership.user_id)
        .limit(1)
    )
    if next_owner is not None:
        next_owner.role = ProjectRole.OWNER


async def _forget_pseudonyms(session: AsyncSession, user_id: UUID) -> None:
    """The trail keeps what was done, and nobody can tell any more who did it."""
    theirs = or_(
        AuditPerson.user_id == user_id,
        AuditPerson.kind.in_(("user", "member")) & (AuditPerson.value == str(user_id)),
    )
    await session.execute(delete(AuditPerson).where(theirs))


async def _drop_keys(session: AsyncSession, which: ColumnElement[bool]) -> int:
    """Delete keys, and what their pseudonyms in the trail stand for; how many."""
    gone = (await session.scalars(delete(ApiKey).where(which).returning(ApiKey.id))).all()
    values = [str(key_id) for key_id in gone]
    await session.execute(delete(AuditPerson).where(AuditPerson.kind == "key", AuditPerson.value.in_(values)))
    return len(gone)


async def _drop(
    session: AsyncSession, column: InstrumentedAttribute[UUID], value: UUID, kind: str, tally: Tally
) -> None:
    table = column.class_
    count = await session.scalar(select(func.count()).select_from(table).where(column == value))
    if count:
        await session.execute(delete(table).where(column == value))
        await tally(session, kind, count)
