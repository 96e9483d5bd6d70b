"""What an OpenID Connect provider says of a person, and when it is believed."""

import hmac
import warnings
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from joserfc import jwt
from joserfc.errors import InvalidKeyIdError, JoseError, SecurityWarning
from joserfc.jwk import KeySet
from joserfc.jws import JWSRegistry

from surtitle.accounts.openid_errors import SignInRefused

_LEEWAY_SECONDS = 60
_SUBJECT_CHARACTERS = 255  # OpenID Connect Core 1.0, section 2


class UnknownKey(Exception):
    """The token is signed with a key that is not among those that were fetched."""


@dataclass(frozen=True, slots=True)
class Expected:
    """Whose id_token is awaited, for whom, and how it may be signed."""

    issuer: str
    client_id: str
    nonce: str
    algorithms: Sequence[str]


@dataclass(frozen=True, slots=True)
class Person:
    """A person as the provider knows them: `subject` for ever, the rest as of now."""

    issuer: str
    subject: str
    email: str | None = None
    email_verified: bool = False
    name: str | None = None
    language: str | None = None
    time_zone: str | None = None

    @classmethod
    def of(cls, claims: dict[str, Any]) -> "Person":
        return cls(
            issuer=claims["iss"],
            subject=claims["sub"],
            email=_text(claims.get("email")),
            # Some providers write the word; nothing else is a yes.
            email_verified=claims.get("email_verified") is True or claims.get("email_verified") == "true",
            name=_text(claims.get("name")),
            language=_text(claims.get("locale")),
            time_zone=_text(claims.get("zoneinfo")),
        )


def verified_claims(id_token: str, keys: KeySet, expected: Expected) -> dict[str, Any]:
    """The claims of an id_token that passes OpenID Connect Core 1.0 section 3.1.3.7.

    Raises `UnknownKey` for a key that may have been published since, else `SignInRefused`.
    """
    registry = JWSRegistry(algorithms=expected.algorithms, strict_check_header=False)
    try:
        with warnings.catch_warnings():
            # RFC 9864 renames EdDSA; providers go on writing the old name.
            warnings.simplefilter("ignore", SecurityWarning)
            token = jwt.decode(id_token, keys, registry=registry)
        _claims_of(expected).validate(token.claims)
    except InvalidKeyIdError:
        raise UnknownKey from None
    except (JoseError, ValueError, TypeError, RecursionError) as error:
        raise SignInRefused(f"its id_token is not accepted ({type(error).__name__})") from None
    _require_for_us(token.claims, expected)
    return token.claims


def _claims_of(expected: Expected) -> jwt.JWTClaimsRegistry:
    return jwt.JWTClaimsRegistry(
        leeway=_LEEWAY_SECONDS,
        iss={"essential": True, "value": expected.issuer},
        aud={"essential": True, "value": expected.client_id},
        sub={"essential": True},
        exp={"essential": True},
        iat={"essential": True},
        nonce={"essential": True},
    )


def _require_for_us(claims: dict[str, Any], expected: Expected) -> None:
    nonce, party = claims["nonce"], claims.get("azp", expected.client_id)
    if not isinstance(nonce, str) or not hmac.compare_digest(nonce.encode(), expected.nonce.encode()):
        raise SignInRefused("its id_token is of another sign-in")
    audience = claims["aud"]
    several = isinstance(audience, list) and len(audience) > 1
    if party != expected.client_id or (several and "azp" not in claims):
        raise SignInRefused("its id_token was made for another client")
    if len(claims["sub"]) > _SUBJECT_CHARACTERS:
        raise SignInRefused("its id_token names a person with more than 255 characters")


def _text(claim: object) -> str | None:
    return claim if isinstance(claim, str) and claim.strip() else None
