"""People: how they sign in and what they may use."""

from pathlib import Path
from typing import Annotated, Literal, Self

from pydantic import Field, SecretStr, field_validator, model_validator

from surtitle.config.group import Group
from surtitle.domain.time_zones import zone_named
from surtitle.domain.web_addresses import is_confidential


class AccountSettings(Group):
    """People, sessions and keys, where `server.auth` is `required`."""

    registration: Literal["open", "invitation", "closed"] = Field(
        "open", description="Who may register: anybody, those who were invited, or nobody."
    )
    secret_key: SecretStr | None = Field(
        None,
        min_length=32,
        description="Seals what is stored and signs links, the same in all processes. Default: "
        "`secret.key` in the data directory, made when it is missing.",
    )
    access_token_seconds: float = Field(900.0, gt=0, description="How long an access token works.")
    refresh_token_seconds: float = Field(86_400.0, gt=0, description="How long a sign-in lasts unused.")
    confirm_email: bool = Field(
        False,
        description="Whether who registers must follow a link in a mail before the account works. Without "
        "it, whoever registers an address and then tries to sign in learns whether it was taken.",
    )
    password_min_length: int = Field(
        8, ge=8, le=64, description="Fewest characters of a new password; 15 where no second factor is asked."
    )
    breached_passwords: Path | None = Field(
        None,
        description="A file of passwords that are known to have leaked, refused as new ones: lines of "
        "`SHA1:COUNT` in the order of the hash, as Have I Been Pwned's downloader writes them.",
    )
    password_passes: int = Field(3, ge=1, le=100, description="Argon2id's passes over its memory.")
    password_memory_kib: int = Field(
        65_536, ge=8, le=4 * 1024**2, description="Argon2id's memory for one password, in KiB."
    )
    audit_personal: bool = Field(
        False,
        description="Keep an audit trail of contents also where `server.auth` is `personal`: one person need "
        "not account for anything, and each entry is a write to the disk.",
    )
    most_projects: int = Field(
        20, ge=1, description="How many projects a person may own; administrators may own any number."
    )
    bootstrap_key: SecretStr | None = Field(
        None,
        min_length=32,
        description="A key that exists from the start, for programs that are set up with it, in the project "
        "`bootstrap_project`. Unset it, or give another, and it works no more after the next start.",
    )
    bootstrap_project: str = Field(
        "Administration",
        min_length=1,
        max_length=120,
        description="The project of `bootstrap_key`, made when it is missing. It is the administrators'.",
    )
    memory_seconds: float = Field(
        5.0,
        ge=0,
        le=5,
        description="How long a process may remember who a key or a session belongs to: a revocation is "
        "heeded that much later at most.",
    )
    time_zone: str = Field(
        "UTC", description="Where a quota's months and the days in figures begin (`Europe/Madrid`)."
    )

    @field_validator("time_zone")
    @classmethod
    def _exists(cls, name: str) -> str:
        zone_named(name)
        return name


class UsageSettings(Group):
    """Metering and credits, where `server.auth` is `required`."""

    credits: Literal["off", "on"] = Field(
        "off", description="`on`: work is accepted only if its project has the credits that it costs."
    )
    film_credits_a_minute: dict[str, Annotated[float, Field(ge=0)]] = Field(
        default={"storyboard": 1.0, "audiogram": 1.0, "diffusers": 20.0, "fal": 60.0, "other": 20.0},
        description="Credits for a minute of film, by engine (JSON); `other` for those not named. Sound "
        "recognised costs one a minute.",
    )
    speech_credits_a_minute: float = Field(
        1.0, ge=0, description="Credits for a minute of speech made; a minute is reckoned as 900 characters."
    )


class OpenIdSettings(Group):
    """Signing in through an OpenID Connect provider, where `server.auth` is `required`."""

    issuer: str | None = Field(
        None,
        description="The provider, as it writes itself in `iss` (`https://…`). Unset: people sign in with "
        "passwords alone.",
    )
    client_id: str | None = Field(None, description="What the provider knows this installation as.")
    client_secret: SecretStr | None = Field(None, description="Its password there; none for a public client.")
    name: str = Field("OpenID Connect", max_length=60, description="The provider's name on the button.")
    scopes: list[str] = Field(default=["openid", "email", "profile"], description="What is asked for.")
    algorithms: list[Literal["RS256", "PS256", "ES256", "ES384", "EdDSA", "Ed25519"]] = Field(
        default=["RS256", "PS256", "ES256", "ES384", "EdDSA", "Ed25519"],
        min_length=1,
        description="Signatures of the provider that are accepted.",
    )
    create_users: bool = Field(
        False,
        description="Whether new people get an account without an invitation where `accounts.registration` "
        "is `invitation`. Where it is `open` they do, where it is `closed` they never do.",
    )
    link_by_email: bool = Field(
        False,
        description="Whether whom the provider sends with a verified e-mail gets into the account that has "
        "it. Needs `accounts.confirm_email`, or registration that is not open.",
    )
    emails_are_verified: bool = Field(
        False, description="For a provider that vouches for its e-mails without saying so (`email_verified`)."
    )

    @field_validator("issuer")
    @classmethod
    def _is_safe(cls, issuer: str | None) -> str | None:
        if issuer is not None and not is_confidential(issuer):
            raise ValueError("the issuer is an https:// address; http:// works on loopback alone")
        return issuer

    @model_validator(mode="after")
    def _is_whole(self) -> Self:
        if self.issuer is not None and self.client_id is None:
            raise ValueError("an issuer needs a client_id too")
        if "openid" not in self.scopes:
            raise ValueError("scopes hold 'openid'")
        return self
