"""Access tokens: signed, short-lived, saying nothing about the person but an id (RFC 9068)."""

import asyncio
import math
import time
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

import jwt
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey
from cryptography.hazmat.primitives.serialization import (
    Encoding,
    NoEncryption,
    PrivateFormat,
    load_pem_private_key,
)
from sqlalchemy import select, update
from sqlalchemy.ext.asyncio import AsyncSession

from surtitle.accounts.errors import BadToken
from surtitle.accounts.secrets import Secrets
from surtitle.clock import utc_now
from surtitle.db.account_models import SigningKey
from surtitle.db.engine import Database
from surtitle.errors import Unavailable
from surtitle.ids import new_id

ALGORITHM = "EdDSA"
ISSUER = "surtitle"
AUDIENCE = "surtitle-api"
TYPE = "at+jwt"

_PURPOSE = "signing key"
_LOOK_AGAIN_SECONDS = 1.0
_LEEWAY_SECONDS = 5


@dataclass(frozen=True, slots=True)
class AccessToken:
    """What a token that was accepted says."""

    user_id: UUID
    session_id: UUID
    issued_at: float


class AccessTokens:
    """Issues and reads access tokens; their keys are in the database, sealed, the same for all processes."""

    def __init__(self, database: Database, secrets: Secrets, seconds: float) -> None:
        self._database = database
        self._secrets = secrets
        self._seconds = seconds
        self._keys: dict[str, Ed25519PrivateKey] = {}
        self._signing: str | None = None
        self._looked_at = 0.0
        self._looking = asyncio.Lock()

    @property
    def seconds(self) -> float:
        """How long a token works."""
        return self._seconds

    async def issue(self, user_id: UUID, session_id: UUID, *, within: AsyncSession | None = None) -> str:
        """A token. In a transaction name it with `within`: the very first key is then made in it."""
        kid, key = await self._signing_key(within)
        now = time.time()
        claims = {
            "iss": ISSUER, "aud": AUDIENCE, "sub": str(user_id), "sid": str(session_id),
            "iat": now, "exp": now + self._seconds,
        }  # fmt: skip
        headers = {"kid": kid, "typ": TYPE}
        return jwt.encode(claims, key, ALGORITHM, headers=headers)

    async def read(self, token: str) -> AccessToken:
        """Raises `BadToken` for anything but a token of ours that is still good."""
        try:
            header = jwt.get_unverified_header(token)
        except (jwt.InvalidTokenError, ValueError):
            raise BadToken("it is no token") from None
        # Not left to the library alone: neither "none" nor a public key used as an HMAC secret gets further.
        if header.get("alg") != ALGORITHM or header.get("typ") != TYPE:
            raise BadToken("it is no access token of this server")
        key = await self._key(str(header.get("kid", "")))
        try:
            claims = jwt.decode(
                token, key.public_key(), algorithms=[ALGORITHM], audience=AUDIENCE, issuer=ISSUER,
                leeway=_LEEWAY_SECONDS, options={"require": ["exp", "iat", "sub", "sid", "aud", "iss"]},
            )  # fmt: skip
            return AccessToken(UUID(claims["sub"]), UUID(claims["sid"]), float(claims["iat"]))
        except jwt.ExpiredSignatureError:
            raise BadToken("it is out of date") from None
        except (jwt.InvalidTokenError, ValueError, TypeError, AttributeError):
            raise BadToken("it is no access token of this server") from None

    async def rotate(self) -> str:
        """Sign with a new key from now on; tokens signed before stay good. Returns the new key's id."""
        async with self._database.writing() as session:
            await session.execute(
                update(SigningKey).where(SigningKey.retired_at.is_(None)).values(retired_at=utc_now())
            )
            key = _fresh(self._secrets)
            session.add(key)
        await self._look()
        return key.kid

    async def _signing_key(self, within: AsyncSession | None) -> tuple[str, Ed25519PrivateKey]:
        if self._signing is None or time.monotonic() - self._looked_at > self._seconds / 2:
            await self._look()
        if self._signing is None and within is not None:
            # Not remembered: if that transaction fails, there is no such key. Nor could another one be
            # begun here, where the database has a single writer.
            made = _fresh(self._secrets)
            within.add(made)
            self._looked_at = -math.inf
            return made.kid, self._unsealed(made)
        if self._signing is None:
            await self._make()
            await self._look()
        assert self._signing is not None
        return self._signing, self._keys[self._signing]

    async def _key(self, kid: str) -> Ed25519PrivateKey:
        if kid not in self._keys and time.monotonic() - self._looked_at > _LOOK_AGAIN_SECONDS:
            await self._look()
        if (key := self._keys.get(kid)) is None:
            raise BadToken("it was signed with a key that this server does not know")
        return key

    async def _look(self) -> None:
        async with self._looking:
            async with self._database.reading() as session:
                found = list(await session.scalars(select(SigningKey)))
            self._keys = dict(self._usable(found))
            signing = [key for key in found if key.retired_at is None]
            self._signing = max(signing, key=lambda key: key.created_at).kid if signing else None
            self._looked_at = time.monotonic()

    async def _make(self) -> None:
        async with self._database.writing() as session:
            # Another process may have been quicker; writers wait for each other.
            known = await session.scalar(select(SigningKey).where(SigningKey.retired_at.is_(None)).limit(1))
            if known is None:
                session.add(_fresh(self._secrets))

    def _usable(self, found: Iterable[SigningKey]) -> Iterator[tuple[str, Ed25519PrivateKey]]:
        for key in found:
            if self._spent(key.retired_at):
                continue
            try:
                yield key.kid, self._unsealed(key)
            except Unavailable:
                # A new key is the way out for who has lost the secret of the old one.
                if key.retired_at is None:
                    raise

    def _unsealed(self, key: SigningKey) -> Ed25519PrivateKey:
        loaded = load_pem_private_key(self._secrets.opened(_PURPOSE, key.sealed).encode(), None)
        assert isinstance(loaded, Ed25519PrivateKey)
        return loaded

    def _spent(self, retired_at: datetime | None) -> bool:
        """Whether every token that the key signed has run out."""
        return retired_at is not None and (utc_now() - retired_at).total_seconds() > 2 * self._seconds


def _fresh(secrets: Secrets) -> SigningKey:
    pem = Ed25519PrivateKey.generate().private_bytes(Encoding.PEM, PrivateFormat.PKCS8, NoEncryption())
    return SigningKey(kid=new_id().hex, sealed=secrets.seal(_PURPOSE, pem.decode()), created_at=utc_now())
