"""From what a caller brought (an access token, a key) to who it is. No password, so no slow hash."""

from datetime import datetime, timedelta
from uuid import UUID

from sqlalchemy import exists, select, update
from sqlalchemy.ext.asyncio import AsyncSession

from surtitle.accounts.access import KeyGrant, Permission, Principal, ProjectRole, Role
from surtitle.accounts.errors import BadKey, BadToken
from surtitle.accounts.secrets import token_hash
from surtitle.accounts.short_memory import ShortMemory
from surtitle.accounts.tokens import AccessToken, AccessTokens
from surtitle.clock import utc_now
from surtitle.db.account_models import ApiKey, Membership, Project, Session, User
from surtitle.db.engine import Database

KEY_PREFIX = "vk_"

_USE_NOTED_EVERY = timedelta(minutes=1)


class Authenticator:
    """Says who is calling. It remembers for `memory_seconds`: a revocation is heeded that much later."""

    def __init__(self, database: Database, tokens: AccessTokens, memory_seconds: float) -> None:
        self._database = database
        self._tokens = tokens
        self._sessions: ShortMemory[Principal] = ShortMemory(memory_seconds)
        self._keys: ShortMemory[tuple[Principal, datetime | None]] = ShortMemory(memory_seconds)

    async def by_token(self, token: str) -> Principal:
        """The person whose access token this is. Raises `BadToken`."""
        said = await self._tokens.read(token)
        known = self._sessions.recall(str(said.session_id))
        if known is None:
            known = await self._person(said)
            self._sessions.keep(str(said.session_id), known)
        if known.user_id != said.user_id:
            raise BadToken("it is no access token of this server")
        return known

    async def by_key(self, key: str) -> Principal:
        """The project's key. Raises `BadKey`."""
        hashed = token_hash(key)
        known = self._keys.recall(hashed)
        if known is None:
            known = await self._grant(hashed)
            self._keys.keep(hashed, known)
        principal, expires_at = known
        if expires_at is not None and expires_at <= utc_now():
            raise BadKey
        return principal

    def forget_session(self, session_id: UUID) -> None:
        """Heed in this process at once that a session ended or a person's rights changed."""
        self._sessions.forget(str(session_id))

    def forget_key(self, key_hash: str) -> None:
        """Heed in this process at once that a key was revoked."""
        self._keys.forget(key_hash)

    def forget_everybody(self) -> None:
        """Heed in this process at once whatever was changed."""
        self._sessions.clear()
        self._keys.clear()

    async def _person(self, said: AccessToken) -> Principal:
        async with self._database.reading() as database:
            found = (
                await database.execute(
                    select(Session, User)
                    .join(User, User.id == Session.user_id)
                    .where(Session.id == said.session_id)
                )
            ).one_or_none()
            memberships = (
                await database.execute(
                    select(Membership.project_id, Membership.role).where(Membership.user_id == said.user_id)
                )
            ).all()
            archived = await _archived(database, said.user_id)
        if found is None:
            raise BadToken("its session has ended")
        session, user = found
        gone = session.ended_at is not None or session.created_at < user.sessions_from
        if gone or user.state != "active":
            raise BadToken("its session has ended")
        roles = {project: ProjectRole(role) for project, role in memberships}
        return Principal(
            role=Role(user.role),
            user_id=user.id,
            session_id=session.id,
            memberships=roles,
            default_project=_first_of(user.default_project_id, roles),
            archived=archived,
        )

    async def _grant(self, hashed: str) -> tuple[Principal, datetime | None]:
        async with self._database.reading() as database:
            found = (
                await database.execute(
                    select(ApiKey, Project)
                    .join(Project, Project.id == ApiKey.project_id)
                    .where(ApiKey.key_hash == hashed)
                )
            ).one_or_none()
        if found is None or found[0].revoked_at is not None:
            raise BadKey
        key, project = found
        await self._note_use(key)
        scopes = frozenset(Permission(scope) for scope in key.scopes)
        grant = KeyGrant(key.id, key.project_id, scopes, project.requests_a_minute)
        archived = frozenset({project.id} if project.archived_at else ())
        return Principal(key=grant, default_project=key.project_id, archived=archived), key.expires_at

    async def _note_use(self, key: ApiKey) -> None:
        now = utc_now()
        if key.last_used_at is None or now - key.last_used_at > _USE_NOTED_EVERY:
            async with self._database.writing() as database:
                await database.execute(update(ApiKey).where(ApiKey.id == key.id).values(last_used_at=now))


async def _archived(database: AsyncSession, user_id: UUID) -> frozenset[UUID]:
    """The archived projects in which the person has rights: an administrator has them in all."""
    mine = select(Membership.project_id).where(Membership.user_id == user_id)
    administers = exists().where(User.id == user_id, User.role == Role.ADMIN)
    query = select(Project.id).where(Project.archived_at.is_not(None), Project.id.in_(mine) | administers)
    return frozenset(await database.scalars(query))


def _first_of(wanted: UUID | None, roles: dict[UUID, ProjectRole]) -> UUID | None:
    if wanted in roles:
        return wanted
    return min(roles) if roles else None
