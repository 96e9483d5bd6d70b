"""What an OpenID Connect provider says, and when it is not believed."""

import asyncio
import base64
import gzip
import json
import time
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from typing import Any

import pytest
from joserfc import jwt
from joserfc.jwk import ECKey, KeySet, OctKey, RSAKey
from pydantic import SecretStr, ValidationError

from surtitle.accounts.openid_errors import ProviderAway, SignInRefused
from surtitle.accounts.openid_provider import DISCOVERY_PATH, OpenIdProvider
from surtitle.accounts.openid_tokens import Expected, Person, UnknownKey, verified_claims
from surtitle.config import AccountSettings, OpenIdSettings, Settings
from surtitle.domain.web_addresses import is_local_path

KEY = ECKey.generate_key("P-256", {"kid": "k1"})
KEYS = KeySet([KEY])
EXPECTED = Expected("https://id.example", "us", "nonce", ["ES256", "RS256"])
_ABSENT = object()


def claims(**changes: Any) -> dict[str, Any]:
    now = int(time.time())
    told = {
        "iss": "https://id.example",
        "sub": "ada",
        "aud": "us",
        "nonce": "nonce",
        "iat": now,
        "exp": now + 60,
    }
    return {name: value for name, value in (told | changes).items() if value is not _ABSENT}


def signed(told: dict[str, Any], key: Any = KEY, algorithm: str = "ES256", kid: str = "k1") -> str:
    return jwt.encode({"alg": algorithm, "kid": kid}, told, key, algorithms=[algorithm])


def test_a_token_of_the_provider_for_us_is_believed() -> None:
    assert verified_claims(signed(claims()), KEYS, EXPECTED)["sub"] == "ada"
    several = claims(aud=["us", "them"], azp="us")
    assert verified_claims(signed(several), KEYS, EXPECTED)["sub"] == "ada"


@pytest.mark.parametrize(
    "changes",
    [
        {"iss": "https://evil.example"}, {"iss": _ABSENT},
        {"aud": "them"}, {"aud": ["them"]}, {"aud": _ABSENT}, {"aud": ["us", "them"]},
        {"azp": "them"}, {"aud": ["us", "them"], "azp": "them"},
        {"exp": 1}, {"exp": _ABSENT}, {"exp": "soon"}, {"exp": float("nan")}, {"iat": 4_000_000_000},
        {"nonce": "another"}, {"nonce": _ABSENT}, {"nonce": ["nonce"]}, {"nonce": 7},
        {"sub": ""}, {"sub": _ABSENT}, {"sub": 7}, {"sub": "a" * 256},
    ],
)  # fmt: skip
def test_a_token_that_says_anything_else_is_not(changes: dict[str, Any]) -> None:
    with pytest.raises(SignInRefused):
        verified_claims(signed(claims(**changes)), KEYS, EXPECTED)


def unsigned(told: dict[str, Any]) -> str:
    parts = (json.dumps({"alg": "none", "kid": "k1"}), json.dumps(told), "")
    return ".".join(base64.urlsafe_b64encode(part.encode()).decode().rstrip("=") for part in parts)


def test_only_the_algorithms_that_are_set_count() -> None:
    secret = OctKey.import_key("the client's secret, which is long enough", {"kid": "k1"})
    forged = [unsigned(claims()), signed(claims(), secret, "HS256")]
    for token in [*forged, "", "a.b.c", "a.b", "\x00", "é.é.é"]:
        # A provider that publishes a secret among its keys would not make it count.
        for keys in (KEYS, KeySet([secret])):
            with pytest.raises(SignInRefused):
                verified_claims(token, keys, EXPECTED)


def test_another_key_of_the_same_name_or_kind_does_not_count() -> None:
    for key in (ECKey.generate_key("P-256"), RSAKey.generate_key(2048)):
        algorithm = "ES256" if isinstance(key, ECKey) else "RS256"
        with pytest.raises(SignInRefused):
            verified_claims(signed(claims(), key, algorithm), KEYS, EXPECTED)
    with pytest.raises(UnknownKey):
        verified_claims(signed(claims(), kid="k2"), KEYS, EXPECTED)


@pytest.mark.parametrize(
    ("told", "verified"),
    [(True, True), ("true", True), (False, False), ("yes", False), (1, False), (None, False)],
)
def test_an_email_is_verified_when_the_provider_says_so(told: object, verified: bool) -> None:
    assert Person.of(claims(email_verified=told)).email_verified is verified


@pytest.mark.parametrize("told", [7, "", " ", ["a@b.example"], {"a": 1}])
def test_an_email_that_is_no_text_is_none(told: object) -> None:
    assert Person.of(claims(email=told)).email is None


@pytest.mark.parametrize(
    "issuer", ["http://id.example", "id.example", "https://a@b.example", "ftp://id.example", "https://", "\n"]
)
def test_secrets_are_sent_to_nobody_in_the_clear(issuer: str) -> None:
    with pytest.raises(ValidationError, match="https"):
        OpenIdSettings(issuer=issuer, client_id="us")


def test_accounts_are_found_by_email_only_where_emails_are_proved() -> None:
    openid = OpenIdSettings(link_by_email=True)
    with pytest.raises(ValidationError, match="confirm_email"):
        Settings(openid=openid, _env_file=None)
    Settings(openid=openid, accounts=AccountSettings(confirm_email=True), _env_file=None)


Answers = dict[str, bytes]


@asynccontextmanager
async def answering(make: Callable[[str], Answers]) -> AsyncIterator[tuple[str, list[str]]]:
    """A server on loopback that answers as told: its address, and the paths that it was asked for."""
    asked: list[str] = []

    async def answer(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        path = (await reader.readuntil(b"\r\n\r\n")).split(b" ")[1].decode()
        asked.append(path)
        writer.write(b"HTTP/1.1 " + make(url).get(path, b"404 No\r\n\r\n"))
        writer.close()

    server = await asyncio.start_server(answer, "127.0.0.1", 0)
    url = f"http://127.0.0.1:{server.sockets[0].getsockname()[1]}"
    async with server:
        yield url, asked


def ok(document: object, *headers: str) -> bytes:
    body = document if isinstance(document, bytes) else json.dumps(document).encode()
    lines = ["200 OK", "Connection: close", f"Content-Length: {len(body)}", *headers, "", ""]
    return "\r\n".join(lines).encode() + body


def packed(document: object) -> bytes:
    return gzip.compress(json.dumps(document).encode())


def description(url: str, **changes: Any) -> dict[str, Any]:
    return {
        "issuer": url, "authorization_endpoint": f"{url}/authorize", "token_endpoint": f"{url}/token",
        "jwks_uri": f"{url}/keys", "userinfo_endpoint": f"{url}/userinfo", **changes,
    }  # fmt: skip


def provider(url: str) -> OpenIdProvider:
    return OpenIdProvider(OpenIdSettings(issuer=url, client_id="us", client_secret=SecretStr("secret")))


@pytest.mark.parametrize(
    "make",
    [
        lambda _url: {},
        lambda url: {DISCOVERY_PATH: b"302 Found\r\nLocation: /x\r\n\r\n", "/x": ok(description(url))},
        lambda _url: {DISCOVERY_PATH: ok(description("https://id.example"))},
        lambda url: {DISCOVERY_PATH: ok(description(url, token_endpoint="http://id.example/token"))},
        lambda url: {DISCOVERY_PATH: ok(description(url, authorization_endpoint="javascript:alert(1)"))},
        lambda _url: {DISCOVERY_PATH: ok(["no", "object"])},
        lambda _url: {DISCOVERY_PATH: ok(b"[" * 100_000)},
        lambda url: {DISCOVERY_PATH: ok(description(url, more="x" * 600_000))},
        lambda url: {DISCOVERY_PATH: ok(packed(description(url)), "Content-Encoding: gzip")},
        lambda _url: {DISCOVERY_PATH: b"nonsense"},
    ],
)
async def test_a_provider_that_does_not_answer_as_one_is_away(make: Callable[[str], Answers]) -> None:
    async with answering(make) as (url, _):
        with pytest.raises(ProviderAway):
            await provider(url).authorization_url("http://localhost/back", "state", "nonce", "verifier")


async def test_new_keys_are_looked_for_once_in_a_while_and_claims_are_completed() -> None:
    def make(url: str) -> Answers:
        token = {"id_token": signed(claims(iss=url)), "access_token": "t", "token_type": "Bearer"}
        told = {
            "sub": "ada",
            "email": "ada@example.org",
            "email_verified": True,
            "iss": "https://evil.example",
        }
        return {
            DISCOVERY_PATH: ok(description(url)),
            "/keys": ok(KEYS.as_dict()),
            "/token": ok(token),
            "/userinfo": ok(told),
        }

    async with answering(make) as (url, asked):
        known = provider(url)
        for _ in range(2):
            person = await known.person("code", "http://localhost/back", "nonce", "verifier")
            assert (person.issuer, person.subject, person.email) == (url, "ada", "ada@example.org")
    assert asked == [DISCOVERY_PATH, "/token", "/keys", "/userinfo", "/token", "/userinfo"]


async def test_userinfo_about_somebody_else_is_refused() -> None:
    def make(url: str) -> Answers:
        token = {"id_token": signed(claims(iss=url)), "access_token": "t", "token_type": "Bearer"}
        return {
            DISCOVERY_PATH: ok(description(url)),
            "/keys": ok(KEYS.as_dict()),
            "/token": ok(token),
            "/userinfo": ok({"sub": "eve", "email": "eve@example.org", "email_verified": True}),
        }

    async with answering(make) as (url, _):
        with pytest.raises(SignInRefused, match="somebody else"):
            await provider(url).person("code", "http://localhost/back", "nonce", "verifier")


@pytest.mark.parametrize(
    "path", ["/", "/jobs?state=queued#top", "/jobs?from=https://a.example", "/é", "/a%20b"]
)
def test_a_path_of_this_server_is_one(path: str) -> None:
    assert is_local_path(path)
