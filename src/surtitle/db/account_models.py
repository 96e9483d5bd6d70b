"""The tables of people, projects, keys, usage and the audit trail.

Secrets are never stored as they are: passwords as Argon2 hashes, keys and tokens as SHA-256 of
random bytes, what has to be read again sealed by `accounts.secrets`.
"""

from datetime import datetime
from typing import Any
from uuid import UUID

from sqlalchemy import BigInteger, ForeignKey, Index, Integer, String, Text
from sqlalchemy.orm import Mapped, mapped_column

from surtitle.clock import utc_now
from surtitle.db.base import Base
from surtitle.ids import new_id

_USER = "users.id"
_PROJECT = "projects.id"


class User(Base):
    """A person. Once erased, there is no such row, and the id stands only in `erasures`."""

    __tablename__ = "users"

    id: Mapped[UUID] = mapped_column(primary_key=True, default=new_id)
    email: Mapped[str | None] = mapped_column(String(320))
    """As it was typed, for mails."""
    email_key: Mapped[str | None] = mapped_column(String(320), unique=True)
    """In canonical form, by which it is found; see `accounts.emails`."""
    password_hash: Mapped[str | None] = mapped_column(String(255))
    role: Mapped[str] = mapped_column(String(16), default="user")
    state: Mapped[str] = mapped_column(String(16), default="active")
    default_project_id: Mapped[UUID | None]
    sessions_from: Mapped[datetime] = mapped_column(default=utc_now)
    """Sessions and tokens from before are void: signing out everywhere sets it to now."""
    totp_sealed: Mapped[str | None] = mapped_column(String(255))
    totp_confirmed_at: Mapped[datetime | None]
    totp_last_step: Mapped[int] = mapped_column(BigInteger, default=0)
    """The time step of the last code that was accepted; RFC 6238 section 5.2: none counts twice."""
    created_at: Mapped[datetime] = mapped_column(default=utc_now)
    last_login_at: Mapped[datetime | None]


class Profile(Base):
    """One of a person's ways of working: who they are there, in which language, with which options."""

    __tablename__ = "profiles"

    id: Mapped[UUID] = mapped_column(primary_key=True, default=new_id)
    user_id: Mapped[UUID] = mapped_column(ForeignKey(_USER, ondelete="CASCADE"))
    name: Mapped[str] = mapped_column(String(120))
    language: Mapped[str] = mapped_column(String(16), default="en")
    time_zone: Mapped[str] = mapped_column(String(64), default="UTC")
    default_options: Mapped[dict[str, Any]] = mapped_column(default=dict)
    is_default: Mapped[bool] = mapped_column(default=False)
    created_at: Mapped[datetime] = mapped_column(default=utc_now)

    __table_args__ = (Index(None, "user_id"),)


class Identity(Base):
    """A person as an OpenID Connect provider knows them."""

    __tablename__ = "identities"

    issuer: Mapped[str] = mapped_column(String(255), primary_key=True)
    subject: Mapped[str] = mapped_column(String(255), primary_key=True)
    user_id: Mapped[UUID] = mapped_column(ForeignKey(_USER, ondelete="CASCADE"))
    created_at: Mapped[datetime] = mapped_column(default=utc_now)

    __table_args__ = (Index(None, "user_id"),)


class RecoveryCode(Base):
    """Stands in for a second factor that is lost, once."""

    __tablename__ = "recovery_codes"

    code_hash: Mapped[str] = mapped_column(String(64), primary_key=True)
    user_id: Mapped[UUID] = mapped_column(ForeignKey(_USER, ondelete="CASCADE"))
    used_at: Mapped[datetime | None]

    __table_args__ = (Index(None, "user_id"),)


class OneTimeToken(Base):
    """A link that works once: `purpose` is `reset`, `setup` or `sign-in` (a second factor is awaited)."""

    __tablename__ = "one_time_tokens"

    token_hash: Mapped[str] = mapped_column(String(64), primary_key=True)
    purpose: Mapped[str] = mapped_column(String(16))
    user_id: Mapped[UUID | None] = mapped_column(ForeignKey(_USER, ondelete="CASCADE"))
    data: Mapped[dict[str, Any]] = mapped_column(default=dict)
    expires_at: Mapped[datetime]
    used_at: Mapped[datetime | None]
    created_at: Mapped[datetime] = mapped_column(default=utc_now)

    __table_args__ = (Index(None, "user_id"), Index(None, "expires_at"))


class Session(Base):
    """A sign-in, from login to logout: a family of refresh tokens, of which only the newest works."""

    __tablename__ = "sessions"

    id: Mapped[UUID] = mapped_column(primary_key=True, default=new_id)
    user_id: Mapped[UUID] = mapped_column(ForeignKey(_USER, ondelete="CASCADE"))
    kind: Mapped[str] = mapped_column(String(16))
    """`token` for programs, `browser` for cookies."""
    address: Mapped[str | None] = mapped_column(String(64))
    user_agent: Mapped[str | None] = mapped_column(String(200))
    expires_at: Mapped[datetime]
    ended_at: Mapped[datetime | None]
    ended_why: Mapped[str | None] = mapped_column(String(32))
    created_at: Mapped[datetime] = mapped_column(default=utc_now)
    last_used_at: Mapped[datetime] = mapped_column(default=utc_now)

    __table_args__ = (Index(None, "user_id"), Index(None, "expires_at"))


class RefreshToken(Base):
    """One refresh token of a session. A used one that comes again means that it was stolen."""

    __tablename__ = "refresh_tokens"

    token_hash: Mapped[str] = mapped_column(String(64), primary_key=True)
    session_id: Mapped[UUID] = mapped_column(ForeignKey("sessions.id", ondelete="CASCADE"))
    expires_at: Mapped[datetime]
    used_at: Mapped[datetime | None]
    created_at: Mapped[datetime] = mapped_column(default=utc_now)

    __table_args__ = (Index(None, "session_id"),)


class SigningKey(Base):
    """A key that signs access tokens. A retired one signs no more; its tokens live out their minutes."""

    __tablename__ = "signing_keys"

    kid: Mapped[str] = mapped_column(String(32), primary_key=True)
    sealed: Mapped[str] = mapped_column(Text)
    created_at: Mapped[datetime] = mapped_column(default=utc_now)
    retired_at: Mapped[datetime | None]


class Project(Base):
    """A tenant: whom recordings, jobs and transcripts belong to. A quota that is null has no limit."""

    __tablename__ = "projects"

    id: Mapped[UUID] = mapped_column(primary_key=True, default=new_id)
    name: Mapped[str] = mapped_column(String(120))
    created_by: Mapped[UUID | None] = mapped_column(ForeignKey(_USER, ondelete="SET NULL"))
    archived_at: Mapped[datetime | None]
    minutes_a_month: Mapped[float | None]
    storage_bytes: Mapped[int | None] = mapped_column(BigInteger)
    parallel_jobs: Mapped[int | None] = mapped_column(Integer)
    requests_a_minute: Mapped[int | None] = mapped_column(Integer)
    retention_days: Mapped[int | None] = mapped_column(Integer)
    default_options: Mapped[dict[str, Any]] = mapped_column(default=dict)
    """Options by recipe that a job has where it names none."""
    created_at: Mapped[datetime] = mapped_column(default=utc_now)


class Membership(Base):
    """A person's part in a project."""

    __tablename__ = "memberships"

    project_id: Mapped[UUID] = mapped_column(ForeignKey(_PROJECT, ondelete="CASCADE"), primary_key=True)
    user_id: Mapped[UUID] = mapped_column(ForeignKey(_USER, ondelete="CASCADE"), primary_key=True)
    role: Mapped[str] = mapped_column(String(16))
    created_at: Mapped[datetime] = mapped_column(default=utc_now)

    __table_args__ = (Index(None, "user_id"),)


class Invitation(Base):
    """Lets a person register, join a project, or both."""

    __tablename__ = "invitations"

    id: Mapped[UUID] = mapped_column(primary_key=True, default=new_id)
    token_hash: Mapped[str] = mapped_column(String(64), unique=True)
    email_key: Mapped[str | None] = mapped_column(String(320))
    """Whose it is; None: whoever has the link."""
    project_id: Mapped[UUID | None] = mapped_column(ForeignKey(_PROJECT, ondelete="CASCADE"))
    project_role: Mapped[str | None] = mapped_column(String(16))
    invited_by: Mapped[UUID | None] = mapped_column(ForeignKey(_USER, ondelete="SET NULL"))
    expires_at: Mapped[datetime]
    accepted_at: Mapped[datetime | None]
    created_at: Mapped[datetime] = mapped_column(default=utc_now)

    __table_args__ = (Index(None, "project_id"),)


class ApiKey(Base):
    """A project's key for programs. `prefix` is what people recognise it by."""

    __tablename__ = "api_keys"

    id: Mapped[UUID] = mapped_column(primary_key=True, default=new_id)
    project_id: Mapped[UUID] = mapped_column(ForeignKey(_PROJECT, ondelete="CASCADE"))
    name: Mapped[str] = mapped_column(String(120))
    prefix: Mapped[str] = mapped_column(String(16))
    key_hash: Mapped[str] = mapped_column(String(64), unique=True)
    scopes: Mapped[list[Any]]
    created_by: Mapped[UUID | None] = mapped_column(ForeignKey(_USER, ondelete="SET NULL"))
    expires_at: Mapped[datetime | None]
    last_used_at: Mapped[datetime | None]
    revoked_at: Mapped[datetime | None]
    created_at: Mapped[datetime] = mapped_column(default=utc_now)

    __table_args__ = (Index(None, "project_id"),)


class UsageEntry(Base):
    """Something used: reserved when work is accepted, settled with what it was, or released.

    `kind` is one of `usage.kinds.UsageKind`; `amount` in its unit.
    """

    __tablename__ = "usage"

    id: Mapped[UUID] = mapped_column(primary_key=True, default=new_id)
    project_id: Mapped[UUID]
    user_id: Mapped[UUID | None]
    job_id: Mapped[UUID | None]
    kind: Mapped[str] = mapped_column(String(32))
    amount: Mapped[float]
    state: Mapped[str] = mapped_column(String(16))
    created_at: Mapped[datetime] = mapped_column(default=utc_now)

    __table_args__ = (
        Index(None, "project_id", "kind", "created_at"),
        Index(None, "kind", "created_at"),
        Index(None, "user_id", "created_at"),
        Index(None, "job_id"),
    )


class CreditEntry(Base):
    """A movement of a project's credits: granted above 0, used below. The sum is the balance."""

    __tablename__ = "credit_entries"

    id: Mapped[UUID] = mapped_column(primary_key=True, default=new_id)
    project_id: Mapped[UUID]
    job_id: Mapped[UUID | None]
    granted_by: Mapped[UUID | None]
    amount: Mapped[float]
    reason: Mapped[str] = mapped_column(String(200))
    created_at: Mapped[datetime] = mapped_column(default=utc_now)

    __table_args__ = (
        Index(None, "project_id", "created_at"),
        Index(None, "created_at"),
        Index(None, "job_id"),
    )


class AuditEvent(Base):
    """Who did what to which object. Rows are only ever added; each carries the hash of the one before.

    `actor` and `origin` are pseudonyms (`AuditPerson`), so that erasing a person changes no row.
    """

    __tablename__ = "audit_events"

    number: Mapped[int] = mapped_column(
        BigInteger().with_variant(Integer, "sqlite"), primary_key=True, autoincrement=False
    )
    at: Mapped[datetime]
    actor: Mapped[str] = mapped_column(String(40))
    origin: Mapped[str | None] = mapped_column(String(40))
    action: Mapped[str] = mapped_column(String(64))
    object_kind: Mapped[str | None] = mapped_column(String(32))
    object_id: Mapped[str | None] = mapped_column(String(64))
    project_id: Mapped[UUID | None]
    outcome: Mapped[str] = mapped_column(String(16))
    detail: Mapped[dict[str, Any]] = mapped_column(default=dict)
    previous_hash: Mapped[str] = mapped_column(String(64))
    hash: Mapped[str] = mapped_column(String(64))

    __table_args__ = (
        Index(None, "project_id", "number"),
        Index(None, "actor", "number"),
        Index(None, "object_id", "number"),
        Index(None, "action", "number"),
        Index(None, "at"),
    )


class AuditPerson(Base):
    """Whom a pseudonym of the trail stands for. Erasing a person deletes these rows and no others.

    `kind` is `user`, `key` or `address`; `value` the id or the address; `user_id` whose it is.
    """

    __tablename__ = "audit_people"

    pseudonym: Mapped[str] = mapped_column(String(40), primary_key=True)
    kind: Mapped[str] = mapped_column(String(16))
    value: Mapped[str] = mapped_column(String(320))
    user_id: Mapped[UUID | None]
    created_at: Mapped[datetime] = mapped_column(default=utc_now)

    __table_args__ = (Index(None, "kind", "value"), Index(None, "user_id"))


class AuditHead(Base):
    """The end of the chain, one row: a trail that was cut short does not lead there."""

    __tablename__ = "audit_head"

    id: Mapped[int] = mapped_column(primary_key=True)
    number: Mapped[int] = mapped_column(BigInteger)
    hash: Mapped[str] = mapped_column(String(64))
    seal: Mapped[str] = mapped_column(String(64))


class Erasure(Base):
    """What was erased, for the report and to be done again after a restore. Holds no personal data."""

    __tablename__ = "erasures"

    id: Mapped[UUID] = mapped_column(primary_key=True, default=new_id)
    user_id: Mapped[UUID]
    mode: Mapped[str] = mapped_column(String(16))
    report: Mapped[dict[str, Any]] = mapped_column(default=dict)
    created_at: Mapped[datetime] = mapped_column(default=utc_now)
    finished_at: Mapped[datetime | None]

    __table_args__ = (Index(None, "user_id"),)
