"""Talks with an OpenID Connect provider: where things are, its keys, a person for a code."""

import asyncio
import logging
import ssl
import time
from collections.abc import AsyncIterator
from typing import Any

import httpx2
from authlib.integrations.base_client import OAuthError
from authlib.integrations.httpx_client import AsyncOAuth2Client
from joserfc.errors import JoseError
from joserfc.jwk import KeySet
from pydantic import BaseModel, ConfigDict, ValidationError, field_validator

from surtitle.accounts.openid_errors import OpenIdOff, ProviderAway, SignInRefused
from surtitle.accounts.openid_tokens import Expected, Person, UnknownKey, verified_claims
from surtitle.config import OpenIdSettings
from surtitle.domain.web_addresses import is_confidential

log = logging.getLogger(__name__)

DISCOVERY_PATH = "/.well-known/openid-configuration"

_WAIT_SECONDS = 10.0
_MOST_BYTES = 512 * 1024
_KEPT_SECONDS = 3600.0
# A token with a key that is not known makes us look for new keys, but not at anybody's pace.
_LOOK_AGAIN_SECONDS = 10.0
# The last for JSON that is nested without end.
_NO_ANSWER = (httpx2.HTTPError, ValueError, TimeoutError, RecursionError)


class Metadata(BaseModel):
    """What we use of the provider's description of itself (OpenID Connect Discovery 1.0, section 3)."""

    model_config = ConfigDict(extra="ignore", frozen=True)

    issuer: str
    authorization_endpoint: str
    token_endpoint: str
    jwks_uri: str
    userinfo_endpoint: str | None = None
    token_endpoint_auth_methods_supported: list[str] = ["client_secret_basic"]

    @field_validator("authorization_endpoint", "token_endpoint", "jwks_uri", "userinfo_endpoint")
    @classmethod
    def _is_confidential(cls, url: str | None) -> str | None:
        if url is not None and not is_confidential(url):
            raise ValueError("not an https:// address")
        return url


class OpenIdProvider:
    """The provider that is set, described by itself; what it said is remembered for an hour."""

    def __init__(self, settings: OpenIdSettings) -> None:
        self._settings = settings
        self._asking = asyncio.Lock()
        self._metadata: tuple[float, Metadata] | None = None
        self._keys: tuple[float, KeySet] | None = None
        self._tls: ssl.SSLContext | None = None

    async def authorization_url(self, callback: str, state: str, nonce: str, verifier: str) -> str:
        """Where the browser goes to sign in. `callback` is where it comes back to, with a code."""
        metadata = await self._described()
        async with self._client(metadata, callback) as client:
            url, _ = client.create_authorization_url(
                metadata.authorization_endpoint, state=state, code_verifier=verifier, nonce=nonce
            )
        return str(url)

    async def person(self, code: str, callback: str, nonce: str, verifier: str) -> Person:
        """Whom `code` is of. Raises `SignInRefused` and `ProviderAway`."""
        metadata = await self._described()
        token = await self._token(metadata, code, callback, verifier)
        id_token = token.get("id_token")
        if not isinstance(id_token, str):
            raise SignInRefused("it sent no id_token")
        claims = await self._verified(metadata, id_token, nonce)
        if "email" not in claims and metadata.userinfo_endpoint and token.get("access_token"):
            claims = claims | await self._userinfo(metadata.userinfo_endpoint, token, claims["sub"])
        return Person.of(claims)

    async def _token(self, metadata: Metadata, code: str, callback: str, verifier: str) -> dict[str, Any]:
        try:
            async with asyncio.timeout(_WAIT_SECONDS), self._client(metadata, callback) as client:
                return dict(
                    await client.fetch_token(
                        metadata.token_endpoint,
                        grant_type="authorization_code",
                        code=code,
                        code_verifier=verifier,
                    )
                )
        except OAuthError as error:
            log.warning("the OpenID Connect provider refused a code: %.100r", error.error)
            raise SignInRefused("it does not accept the code that the browser brought") from None
        except _NO_ANSWER as error:
            raise _away("its token endpoint", error) from None

    async def _verified(self, metadata: Metadata, id_token: str, nonce: str) -> dict[str, Any]:
        assert self._settings.client_id is not None
        expected = Expected(metadata.issuer, self._settings.client_id, nonce, self._settings.algorithms)
        try:
            return verified_claims(id_token, await self._key_set(metadata, _KEPT_SECONDS), expected)
        except UnknownKey:
            fresh = await self._key_set(metadata, _LOOK_AGAIN_SECONDS)
        try:
            return verified_claims(id_token, fresh, expected)
        except UnknownKey:
            raise SignInRefused("its id_token is signed with a key that it does not publish") from None

    async def _userinfo(self, url: str, token: dict[str, Any], subject: str) -> dict[str, Any]:
        """More claims about the same person (OpenID Connect Core 1.0, section 5.3)."""
        told = await self._json(url, {"Authorization": f"Bearer {token['access_token']}"})
        if told.get("sub") != subject:
            raise SignInRefused("its userinfo is about somebody else")
        told.pop("iss", None)
        return told

    async def _described(self) -> Metadata:
        if self._settings.issuer is None:
            raise OpenIdOff
        async with self._asking:
            if self._metadata is None or _age(self._metadata[0]) > _KEPT_SECONDS:
                told = await self._json(self._settings.issuer.rstrip("/") + DISCOVERY_PATH)
                self._metadata = (time.monotonic(), self._own(told))
            return self._metadata[1]

    def _own(self, told: dict[str, Any]) -> Metadata:
        try:
            metadata = Metadata.model_validate(told)
        except ValidationError as error:
            raise _away("its description", error) from None
        if metadata.issuer != self._settings.issuer:
            log.error(
                "the OpenID Connect provider calls itself %.200r, which SURTITLE_OPENID__ISSUER must be",
                metadata.issuer,
            )
            raise ProviderAway("it calls itself by another name than is set here")
        return metadata

    async def _key_set(self, metadata: Metadata, not_older_than_seconds: float) -> KeySet:
        async with self._asking:
            if self._keys is None or _age(self._keys[0]) > not_older_than_seconds:
                told: Any = await self._json(metadata.jwks_uri)
                try:
                    self._keys = (time.monotonic(), KeySet.import_key_set(told))
                except (JoseError, ValueError, TypeError, KeyError, AttributeError) as error:
                    raise _away("its keys", error) from None
            return self._keys[1]

    async def _json(self, url: str, headers: dict[str, str] | None = None) -> dict[str, Any]:
        try:
            async with asyncio.timeout(_WAIT_SECONDS), self._client() as client:
                answer = await client.request("GET", url, headers=headers, withhold_token=True)
                answer.raise_for_status()
                told = answer.json()
        except _NO_ANSWER as error:
            raise _away(url, error) from None
        if not isinstance(told, dict):
            raise ProviderAway("it does not answer with a JSON object")
        return told

    def _client(self, metadata: Metadata | None = None, callback: str | None = None) -> AsyncOAuth2Client:
        if self._tls is None:
            self._tls = httpx2.create_ssl_context()
        secret = self._settings.client_secret
        return AsyncOAuth2Client(
            self._settings.client_id,
            secret.get_secret_value() if secret else None,
            token_endpoint_auth_method=_way_of_client(metadata) if secret else "none",
            scope=" ".join(self._settings.scopes),
            redirect_uri=callback,
            code_challenge_method="S256",
            verify=self._tls,
            timeout=_WAIT_SECONDS,
            # Redirects lead to where nobody sent us; none is followed.
            follow_redirects=False,
            headers={"Accept-Encoding": "identity"},
            event_hooks={"response": [_bounded]},
        )


class _Bounded(httpx2.AsyncByteStream):
    """A body that may not be larger than anything that a provider has to say."""

    def __init__(self, body: httpx2.AsyncByteStream) -> None:
        self._body = body

    async def __aiter__(self) -> AsyncIterator[bytes]:
        received = 0
        async for chunk in self._body:
            received += len(chunk)
            if received > _MOST_BYTES:
                raise ProviderAway(f"it answers with more than {_MOST_BYTES} bytes")
            yield chunk

    async def aclose(self) -> None:
        await self._body.aclose()


async def _bounded(answer: httpx2.Response) -> None:
    # A packed answer could unpack to any size; we asked for none.
    if answer.headers.get("content-encoding", "identity") != "identity":
        raise ProviderAway("it packs its answers, unasked")
    assert isinstance(answer.stream, httpx2.AsyncByteStream)
    answer.stream = _Bounded(answer.stream)


def _way_of_client(metadata: Metadata | None) -> str:
    """How the secret is sent: in a header, which every provider must take, unless it says otherwise."""
    known = metadata.token_endpoint_auth_methods_supported if metadata else ["client_secret_basic"]
    return "client_secret_post" if "client_secret_basic" not in known else "client_secret_basic"


def _away(what: str, error: Exception) -> ProviderAway:
    log.warning("the OpenID Connect provider: %s: %s: %.300r", what, type(error).__name__, str(error))
    return ProviderAway("it does not answer, or not as OpenID Connect says; the log has the details")


def _age(moment: float) -> float:
    return time.monotonic() - moment
