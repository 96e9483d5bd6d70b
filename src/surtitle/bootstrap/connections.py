"""Every server that the settings name, tried once: is it there, does it let us in, is it fit for us."""

import asyncio
from collections.abc import Awaitable
from dataclasses import dataclass

import aiosmtplib
from redis.asyncio import Redis
from redis.exceptions import RedisError
from sqlalchemy.exc import SQLAlchemyError

from surtitle.bootstrap.database import opened_database
from surtitle.config import Settings
from surtitle.config.vault import signed_in
from surtitle.db import migrate
from surtitle.errors import SurtitleError, Unavailable
from surtitle.hub.connecting import connection_pool
from surtitle.jobs.readiness import probe_key
from surtitle.storage import ObjectStore, open_storage, open_store

_PATIENCE_SECONDS = 30.0


@dataclass(frozen=True, slots=True)
class Tried:
    """What came of it. `mend` says what to do about one that does not `answer`."""

    name: str
    answers: bool
    detail: str
    mend: str | None = None


async def try_connections(settings: Settings) -> list[Tried]:
    """Each server, asked as our processes ask it. Makes no database, and leaves nothing in the store."""
    attempts = [_tried("database", _database(settings), "SURTITLE_DATABASE_URL"),
                _tried("store", _store(settings), "SURTITLE_STORAGE__URL and its keys")]  # fmt: skip
    if settings.hub.url is not None:
        attempts.append(_tried("hub", _hub(settings), "SURTITLE_HUB__URL"))
    if settings.vault.address is not None:
        attempts.append(_tried("Vault", asyncio.to_thread(_vault, settings), "SURTITLE_VAULT__…"))
    if settings.backup.store_url is not None:
        attempts.append(
            _tried("backup store", _backup_store(settings), "SURTITLE_BACKUP__STORE_URL and its keys")
        )
    if settings.mail.host is not None:
        attempts.append(_tried("mail server", _mail(settings), "SURTITLE_MAIL__…"))
    return list(await asyncio.gather(*attempts))


async def _tried(name: str, attempt: Awaitable[str], variables: str) -> Tried:
    mend = f"Check {variables}, and that the server runs and can be reached from here."
    try:
        async with asyncio.timeout(_PATIENCE_SECONDS):
            return Tried(name, answers=True, detail=await attempt)
    except SurtitleError as error:
        return Tried(name, answers=False, detail=error.message)
    except TimeoutError:
        return Tried(name, answers=False, detail=f"no answer in {_PATIENCE_SECONDS:g} s", mend=mend)
    except SQLAlchemyError as error:
        # The driver's own sentence; SQLAlchemy's adds the statement and a link.
        why = str(getattr(error, "orig", None) or error).splitlines()[0]
        return Tried(name, answers=False, detail=why, mend=mend)
    except (RedisError, aiosmtplib.SMTPException, OSError) as error:
        return Tried(name, answers=False, detail=str(error) or type(error).__name__, mend=mend)


async def _database(settings: Settings) -> str:
    if settings.effective_database_url.startswith("sqlite"):
        return "SQLite, which needs no server"
    async with opened_database(settings) as database:
        newer = await migrate.newer_version(database)
        differences = [] if newer else await migrate.drift(database)
    kind = "PostgreSQL"
    if newer is not None:
        return f"{kind} answers; its tables are of a newer version ({newer}) that still serves this one"
    if differences:
        return f"{kind} answers; its tables are not yet those of this version, and the next start brings them"
    return f"{kind} answers, and is up to date"


async def _store(settings: Settings) -> str:
    return await _usable(open_store(settings))


async def _usable(store: ObjectStore) -> str:
    key, content = probe_key(), b"written to be read"
    await store.put_bytes(key, content)
    try:
        if await store.read(key) != content:
            raise Unavailable("The store gives back other bytes than it was given. Use another one.")
    finally:
        await store.delete(key)
    return "can be written, read and cleared"


async def _backup_store(settings: Settings) -> str:
    assert settings.backup.store_url is not None
    storage = settings.backup.storage(settings.backup.store_url, settings.effective_storage)
    return await _usable(open_storage(storage, settings.data_dir / "backups"))


async def _hub(settings: Settings) -> str:
    client = Redis(connection_pool=connection_pool(settings.hub))
    try:
        await client.echo("is somebody there")
    finally:
        await client.connection_pool.aclose()
    return "Redis answers"


def _vault(settings: Settings) -> str:
    told = ["lets us in"]
    with signed_in(settings.vault) as vault:
        vault.renew_token()
        if settings.vault.kv_path is not None:
            told.append(f"keeps {len(vault.settings_kept())} settings")
        if settings.vault.database_role is not None:
            lease = vault.borrow_database_account()
            told.append(f"lends accounts of the database for {lease.lasts_seconds:g} s")
    return ", ".join(told)


async def _mail(settings: Settings) -> str:
    mail = settings.mail
    assert mail.host is not None
    client = aiosmtplib.SMTP(
        hostname=mail.host,
        port=mail.port,
        use_tls=mail.security == "tls",
        start_tls=mail.security == "starttls",
        timeout=_PATIENCE_SECONDS,
    )
    async with client:
        if mail.username is not None and mail.password is not None:
            await client.login(mail.username, mail.password.get_secret_value())
    return f"{mail.host} answers" + (" and lets us in" if mail.username else "")
