"""The key that the settings name: it exists from the start, and goes when they name it no more."""

import logging
from uuid import UUID

from sqlalchemy import select
from sqlalchemy.exc import IntegrityError
from sqlalchemy.ext.asyncio import AsyncSession

from surtitle.accounts.access import KEY_SCOPES
from surtitle.accounts.audit import AuditTrail, Deed
from surtitle.accounts.names import checked_name
from surtitle.accounts.secrets import token_hash
from surtitle.clock import utc_now
from surtitle.config import AccountSettings
from surtitle.db.account_models import ApiKey, Project
from surtitle.db.engine import Database

# Known ids: another name or key in the settings changes these two rows and leaves none behind.
BOOTSTRAP_PROJECT = UUID("01900000-0000-7000-8000-000000000002")
BOOTSTRAP_KEY = UUID("01900000-0000-7000-8000-000000000003")

_NAME = "accounts.bootstrap_key"

log = logging.getLogger(__name__)


async def settle_bootstrap_key(database: Database, audit: AuditTrail, settings: AccountSettings) -> None:
    """Make the project and the key what the settings say. Called at the start of a server."""
    try:
        await _settled(database, audit, settings)
    except IntegrityError:
        # Another server started at the same moment and was quicker; now its rows are found.
        await _settled(database, audit, settings)


async def _settled(database: Database, audit: AuditTrail, settings: AccountSettings) -> None:
    async with database.writing() as session:
        row = await session.get(ApiKey, BOOTSTRAP_KEY, with_for_update=True)
        if settings.bootstrap_key is None:
            if row is not None and row.revoked_at is None:
                row.revoked_at = utc_now()
                await _tell(session, audit, "key.revoked")
            return
        hashed = token_hash(settings.bootstrap_key.get_secret_value())
        if await _is_anothers(session, hashed):
            log.warning(
                "The key in SURTITLE_ACCOUNTS__BOOTSTRAP_KEY is that of another project, and stays so."
            )
            return
        await _settle_project(session, audit, checked_name(settings.bootstrap_project))
        if row is None:
            session.add(_row(hashed))
            await _tell(session, audit, "key.created")
        elif row.key_hash != hashed:
            row.key_hash, row.revoked_at, row.expires_at = hashed, None, None
            await _tell(session, audit, "key.rotated")
        elif row.revoked_at is not None:
            log.warning(
                "The key in SURTITLE_ACCOUNTS__BOOTSTRAP_KEY was revoked and opens nothing. Set another one."
            )


async def _is_anothers(session: AsyncSession, hashed: str) -> bool:
    same = select(ApiKey.id).where(ApiKey.key_hash == hashed, ApiKey.id != BOOTSTRAP_KEY)
    return await session.scalar(same) is not None


async def _settle_project(session: AsyncSession, audit: AuditTrail, name: str) -> None:
    project = await session.get(Project, BOOTSTRAP_PROJECT)
    if project is None:
        session.add(Project(id=BOOTSTRAP_PROJECT, name=name, default_options={}))
        await session.flush()
        deed = Deed(
            "project.created", None, None, "project", BOOTSTRAP_PROJECT, BOOTSTRAP_PROJECT, system=True
        )
        await audit.add(session, deed)
    else:
        project.name = name


def _row(hashed: str) -> ApiKey:
    return ApiKey(
        id=BOOTSTRAP_KEY,
        project_id=BOOTSTRAP_PROJECT,
        name=_NAME,
        # Nothing of a key that people chose is shown: it may be easier to guess than one of ours.
        prefix="",
        key_hash=hashed,
        scopes=sorted(KEY_SCOPES),
    )


async def _tell(session: AsyncSession, audit: AuditTrail, action: str) -> None:
    await audit.add(session, Deed(action, None, None, "key", BOOTSTRAP_KEY, BOOTSTRAP_PROJECT, system=True))
