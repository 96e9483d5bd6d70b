"""Access tokens, and those that others would like to pass for one."""

import base64
import json
import time
from typing import Any

import jwt
import pytest
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey
from cryptography.hazmat.primitives.serialization import Encoding, PublicFormat

from surtitle.accounts.errors import BadToken
from surtitle.accounts.secrets import Secrets, new_token
from surtitle.accounts.tokens import ALGORITHM, AUDIENCE, ISSUER, TYPE, AccessTokens
from surtitle.db.engine import Database
from surtitle.errors import Unavailable
from surtitle.ids import new_id

SECRETS = Secrets(b"x" * 32)


@pytest.fixture
def tokens(database: Database) -> AccessTokens:
    return AccessTokens(database, SECRETS, 900)


def parts(token: str) -> tuple[dict[str, Any], dict[str, Any]]:
    header, claims, _ = token.split(".")
    return _decoded(header), _decoded(claims)


def _decoded(part: str) -> dict[str, Any]:
    decoded: dict[str, Any] = json.loads(base64.urlsafe_b64decode(part + "=" * (-len(part) % 4)))
    return decoded


def encoded(part: dict[str, Any]) -> str:
    return base64.urlsafe_b64encode(json.dumps(part).encode()).rstrip(b"=").decode()


async def refused(tokens: AccessTokens, token: str) -> str:
    with pytest.raises(BadToken) as refusal:
        await tokens.read(token)
    return refusal.value.message


async def test_a_token_says_who_it_is_for_and_nothing_about_them(tokens: AccessTokens) -> None:
    user_id, session_id = new_id(), new_id()
    token = await tokens.issue(user_id, session_id)
    said = await tokens.read(token)
    assert (said.user_id, said.session_id) == (user_id, session_id)
    header, claims = parts(token)
    assert set(header) == {"alg", "kid", "typ"}
    assert set(claims) == {"iss", "aud", "sub", "sid", "iat", "exp"}
    assert claims["exp"] - claims["iat"] == 900


async def test_an_unsigned_token_is_refused(tokens: AccessTokens) -> None:
    header, claims = parts(await tokens.issue(new_id(), new_id()))
    for none in ("none", "None", "NONE"):
        unsigned = f"{encoded({**header, 'alg': none})}.{encoded(claims)}."
        assert "no access token of this server" in await refused(tokens, unsigned)


async def test_a_token_of_another_key_is_refused(tokens: AccessTokens) -> None:
    header, claims = parts(await tokens.issue(new_id(), new_id()))
    stranger = Ed25519PrivateKey.generate()
    forged = jwt.encode(claims, stranger, ALGORITHM, headers={"kid": header["kid"], "typ": TYPE})
    assert "no access token of this server" in await refused(tokens, forged)
    unknown = jwt.encode(claims, stranger, ALGORITHM, headers={"kid": new_id().hex, "typ": TYPE})
    assert "a key that this server does not know" in await refused(tokens, unknown)


async def test_the_public_key_is_no_secret_to_sign_with(tokens: AccessTokens) -> None:
    """The confusion of RS256 with HS256, as it would look here."""
    header, claims = parts(await tokens.issue(new_id(), new_id()))
    public = (
        tokens._keys[header["kid"]] if header["kid"] in tokens._keys else await tokens._key(header["kid"])
    )
    secret = public.public_key().public_bytes(Encoding.Raw, PublicFormat.Raw)
    forged = jwt.encode(claims, secret, "HS256", headers={"kid": header["kid"], "typ": TYPE})
    assert "no access token of this server" in await refused(tokens, forged)


@pytest.mark.parametrize(
    ("change", "why"),
    [
        ({"exp": time.time() - 60}, "out of date"),
        ({"aud": "another-api"}, "no access token of this server"),
        ({"aud": None}, "no access token of this server"),
        ({"iss": "another-server"}, "no access token of this server"),
        ({"sub": "admin"}, "no access token of this server"),
        ({"sid": None}, "no access token of this server"),
        ({"iat": time.time() + 3600}, "no access token of this server"),
    ],
)
async def test_a_token_that_says_something_else_is_refused(
    tokens: AccessTokens, change: dict[str, Any], why: str
) -> None:
    header, claims = parts(await tokens.issue(new_id(), new_id()))
    key = await tokens._key(header["kid"])
    said = {name: value for name, value in {**claims, **change}.items() if value is not None}
    assert why in await refused(tokens, jwt.encode(said, key, ALGORITHM, headers=header))


async def test_another_kind_of_token_of_ours_is_refused(tokens: AccessTokens) -> None:
    header, claims = parts(await tokens.issue(new_id(), new_id()))
    key = await tokens._key(header["kid"])
    other = jwt.encode(claims, key, ALGORITHM, headers={**header, "typ": "JWT"})
    assert "no access token of this server" in await refused(tokens, other)
    nested = base64.urlsafe_b64encode(b'{"alg":' + b"[" * 15_000).decode().rstrip("=") + ".e30.e30"
    for text in ("", "a.b.c", "\x00", "é", new_token("rt_"), "." * 1000, "\ud800", nested):
        await refused(tokens, text)
    assert (claims["iss"], claims["aud"]) == (ISSUER, AUDIENCE)


async def test_after_a_rotation_older_tokens_live_out_their_minutes(
    database: Database, tokens: AccessTokens
) -> None:
    before = await tokens.issue(new_id(), new_id())
    kid = await tokens.rotate()
    after = await tokens.issue(new_id(), new_id())
    assert parts(after)[0]["kid"] == kid != parts(before)[0]["kid"]
    another_process = AccessTokens(database, SECRETS, 900)
    for token in (before, after):
        await tokens.read(token)
        await another_process.read(token)


async def test_the_first_key_is_made_within_a_transaction_and_goes_with_it(
    database: Database, tokens: AccessTokens
) -> None:
    """SQLite has one writer: asking for a second would wait for ever."""

    async def given_up() -> str:
        async with database.writing() as session:
            await tokens.issue(new_id(), new_id(), within=session)
            raise LookupError

    with pytest.raises(LookupError):
        await given_up()
    async with database.writing() as session:
        token = await tokens.issue(new_id(), new_id(), within=session)
    await tokens.read(token)
    await AccessTokens(database, SECRETS, 900).read(token)


async def test_a_new_key_is_the_way_out_for_who_has_lost_the_secret(
    database: Database, tokens: AccessTokens
) -> None:
    before = await tokens.issue(new_id(), new_id())
    bereft = AccessTokens(database, Secrets(b"y" * 32), 900)
    with pytest.raises(Unavailable, match="another secret"):
        await bereft.issue(new_id(), new_id())
    await bereft.rotate()
    await bereft.read(await bereft.issue(new_id(), new_id()))
    assert "a key that this server does not know" in await refused(bereft, before)
