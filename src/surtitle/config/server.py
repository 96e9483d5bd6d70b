"""How the server is reached, and what one request may bring."""

from ipaddress import ip_network
from typing import Literal, Self

from pydantic import Field, SecretStr, field_validator, model_validator

from surtitle.config.group import GIB, KIB, MIB, Group
from surtitle.domain.web_addresses import origin_of

ANY_ORIGIN = "*"


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
    free_disk_bytes: int = Field(
        256 * MIB, ge=0, description="With less free disk, uploads are refused and workers take no job."
    )
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
        None,
        description="Where rates and failed logins are counted, such as `async+redis://…`. Default: in the "
        "Redis of `hub.url`; without one, in each process for itself.",
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
