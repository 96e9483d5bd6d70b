"""Invitations: a link that lets one person register, join a project, or both. It works once."""

from dataclasses import dataclass
from datetime import timedelta
from uuid import UUID

from sqlalchemy import ColumnElement, delete, func, select, update
from sqlalchemy.ext.asyncio import AsyncSession

from surtitle.accounts.access import Principal, ProjectRole, Role
from surtitle.accounts.audit import AuditTrail, Deed
from surtitle.accounts.authentication import Authenticator
from surtitle.accounts.emails import as_written, canonical
from surtitle.accounts.letter_limits import LetterLimits
from surtitle.accounts.letters import Letters
from surtitle.accounts.members import Members
from surtitle.accounts.post import Post, To
from surtitle.accounts.project_errors import (
    InvitationForAnother,
    InvitationNotFound,
    NothingToJoin,
    TooManyInvitations,
)
from surtitle.accounts.project_rows import locked_project, person
from surtitle.accounts.secrets import new_token, token_hash
from surtitle.clock import utc_now
from surtitle.db.account_models import Invitation, User
from surtitle.db.engine import Database
from surtitle.ids import new_id
from surtitle.paging import Page, decode_cursor, encode_cursor

MOST_OPEN = 100
"""How many invitations of one project, or of the installation, may be open."""
MOST_DAYS = 30
TOKEN_PREFIX = "in_"  # noqa: S105 - tells people what they hold


@dataclass(frozen=True, slots=True)
class InvitationWish:
    """Whom to invite to what. Without a project it lets a person register and no more.

    With an `email` it is sent there, and works for the account of that address alone.
    """

    project_id: UUID | None = None
    role: ProjectRole = ProjectRole.EDITOR
    email: str | None = None
    days: int = 7


@dataclass(frozen=True, slots=True)
class NewInvitation:
    """An invitation with its token, which nobody can be told again."""

    invitation: Invitation
    token: str


class Invitations:
    """Invitations of all projects, and those of administrators, which have none."""

    def __init__(
        self,
        database: Database,
        audit: AuditTrail,
        authenticator: Authenticator,
        *,
        members: Members,
        post: Post,
        letters: Letters,
        letter_limits: LetterLimits,
    ) -> None:
        self._database = database
        self._audit = audit
        self._authenticator = authenticator
        self._members = members
        self._post = post
        self._letters = letters
        self._letter_limits = letter_limits

    async def invite(self, by: Principal, wish: InvitationWish, address: str | None) -> NewInvitation:
        """Raises `TooManyInvitations`, `TooManyLetters`, and `Invalid` for what is no e-mail address."""
        token = new_token(TOKEN_PREFIX)
        invitation = Invitation(
            id=new_id(),
            token_hash=token_hash(token),
            email_key=canonical(wish.email) if wish.email else None,
            project_id=wish.project_id,
            project_role=wish.role if wish.project_id else None,
            invited_by=person(by),
            expires_at=utc_now() + timedelta(days=wish.days),
        )
        if invitation.email_key is not None:
            await self._letter_limits.spend(person(by), invitation.email_key)
        async with self._database.writing() as session:
            project = await locked_project(session, wish.project_id) if wish.project_id else None
            await _require_room(session, wish.project_id)
            session.add(invitation)
            await self._tell(session, "invitation.created", by, invitation, address)
            if wish.email is not None:
                letter = self._letters.invitation(token, invitation, project.name if project else None)
                to = To(as_written(wish.email), language_of=person(by))
                await self._post.put(session, letter, to)
        return NewInvitation(invitation, token)

    async def page(self, project_id: UUID | None, cursor: str | None, limit: int) -> Page[Invitation]:
        """Those that are open or were accepted, the newest first; without a project the installation's."""
        query = select(Invitation).where(_of(project_id))
        if cursor:
            query = query.where(Invitation.id < decode_cursor(cursor))
        async with self._database.reading() as session:
            found = (await session.scalars(query.order_by(Invitation.id.desc()).limit(limit + 1))).all()
        shown = found[:limit]
        return Page(shown, encode_cursor(shown[-1].id) if len(found) > limit else None)

    async def revoke(
        self, by: Principal, project_id: UUID | None, invitation_id: UUID, address: str | None
    ) -> None:
        """Nobody can accept it any more, and a letter that waits is not sent. Raises `InvitationNotFound`,
        also when it was accepted before.
        """
        async with self._database.writing() as session:
            invitation = await session.scalar(
                select(Invitation).where(
                    Invitation.id == invitation_id, _of(project_id), Invitation.accepted_at.is_(None)
                )
            )
            if invitation is None:
                raise InvitationNotFound
            await self._tell(session, "invitation.revoked", by, invitation, address)
            await session.execute(delete(Invitation).where(Invitation.id == invitation_id))

    async def accept(
        self, session: AsyncSession, token: str, user: User, address: str | None = None
    ) -> Invitation:
        """Use it up for `user` and let them in, in the caller's transaction: of two at once, one may.

        Raises `InvitationNotFound`, `InvitationForAnother`; then the transaction must not be committed.
        """
        used = await session.execute(
            update(Invitation)
            .where(
                Invitation.token_hash == token_hash(token),
                Invitation.accepted_at.is_(None),
                Invitation.expires_at > utc_now(),
            )
            .values(accepted_at=utc_now())
            .returning(Invitation.id)
            .execution_options(synchronize_session=False)
        )
        invitation_id = used.scalar_one_or_none()
        if invitation_id is None:
            raise InvitationNotFound
        invitation = await session.get_one(Invitation, invitation_id, populate_existing=True)
        if invitation.email_key is not None and invitation.email_key != user.email_key:
            raise InvitationForAnother
        by = Principal(role=Role(user.role), user_id=user.id)
        await self._tell(session, "invitation.accepted", by, invitation, address)
        if invitation.project_id is not None:
            role = ProjectRole(invitation.project_role or ProjectRole.VIEWER)
            await self._members.join(session, by, invitation.project_id, role, address)
        return invitation

    async def require_open(self, session: AsyncSession, token: str, email_key: str) -> None:
        """Raises as `accept` would for the person with this address. Uses nothing up."""
        invitation = await session.scalar(
            select(Invitation).where(
                Invitation.token_hash == token_hash(token),
                Invitation.accepted_at.is_(None),
                Invitation.expires_at > utc_now(),
            )
        )
        if invitation is None:
            raise InvitationNotFound
        if invitation.email_key is not None and invitation.email_key != email_key:
            raise InvitationForAnother

    async def accept_signed_in(self, by: Principal, token: str, address: str | None) -> UUID:
        """The project that the caller is now a member of. Raises as `accept`, and `NothingToJoin`."""
        async with self._database.writing() as session:
            user = await session.get_one(User, person(by))
            invitation = await self.accept(session, token, user, address)
            if invitation.project_id is None:
                raise NothingToJoin
        self._authenticator.forget_everybody()
        return invitation.project_id

    async def _tell(
        self,
        session: AsyncSession,
        action: str,
        by: Principal,
        invitation: Invitation,
        address: str | None,
    ) -> None:
        detail = {"role": str(invitation.project_role)} if invitation.project_role else {}
        deed = Deed(action, by, address, "invitation", invitation.id, invitation.project_id, detail=detail)
        await self._audit.add(session, deed)


def _of(project_id: UUID | None) -> ColumnElement[bool]:
    return Invitation.project_id.is_(None) if project_id is None else Invitation.project_id == project_id


async def _require_room(session: AsyncSession, project_id: UUID | None) -> None:
    still_open = await session.scalar(
        select(func.count())
        .select_from(Invitation)
        .where(_of(project_id), Invitation.accepted_at.is_(None), Invitation.expires_at > utc_now())
    )
    if (still_open or 0) >= MOST_OPEN:
        raise TooManyInvitations(MOST_OPEN)
