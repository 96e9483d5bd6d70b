"""The servers that an installation on many machines shares."""

from urllib.parse import urlsplit

from pydantic import Field, SecretStr, field_validator

from surtitle.config.group import Group


class DatabaseSettings(Group):
    """Connections to PostgreSQL. `database_url` says where it is; SQLite heeds none of these."""

    user: str | None = Field(None, description="Who signs in there, where `database_url` names nobody.")
    password: SecretStr | None = Field(
        None, description="Their password, where `database_url` holds none: it may be in a secret file."
    )
    connections: int = Field(
        10,
        ge=2,
        description="Most connections of one process. All processes together must stay below the server's "
        "`max_connections`.",
    )
    wait_seconds: float = Field(10.0, gt=0, description="How long work may wait for a free connection.")
    connect_seconds: float = Field(
        10.0,
        gt=0,
        description="How long a server that is away or starting is tried again before a request is refused.",
    )
    recycle_seconds: int = Field(1800, ge=1, description="A connection this old is replaced by a new one.")
    statement_seconds: float = Field(30.0, ge=0, description="Longest single statement; 0: any length.")
    lock_seconds: float = Field(
        10.0, ge=0, description="Longest wait for a row that another holds; 0: any length."
    )
    idle_transaction_seconds: float = Field(
        30.0,
        ge=0,
        description="A transaction that says nothing for so long is ended, so that a process that stands "
        "still holds up nobody; 0: never.",
    )
    silence_seconds: float = Field(
        20.0, ge=1, description="A connection whose network is silent for so long counts as broken."
    )


class HubSettings(Group):
    """Redis, which carries hints between processes (a job waits, something happened) and counts rates.

    Nothing is kept there: it may be away, or emptied, at any time.
    """

    url: SecretStr | None = Field(
        None,
        description="`redis://user:password@host:6379/0`, `rediss://…` for TLS or `unix:///path`. Default: "
        "none; processes on one machine find news in SQLite, on many they look in PostgreSQL every "
        "`jobs.poll_seconds`.",
    )
    prefix: str = Field(
        "surtitle",
        pattern=r"^[A-Za-z0-9._-]{1,64}$",
        description="Begins the name of every channel and key there; installations that share a server need "
        "different ones.",
    )

    @field_validator("url")
    @classmethod
    def _of_redis(cls, url: SecretStr | None) -> SecretStr | None:
        """The value itself is told nowhere: it may hold a password."""
        if url is None or not url.get_secret_value():
            return None
        try:
            parts = urlsplit(url.get_secret_value())
            there = parts.path if parts.scheme == "unix" else parts.hostname
            # Reading it is what finds out that it is no number.
            known = parts.scheme in {"redis", "rediss", "unix"} and parts.port != 0
        except ValueError:
            known, there = False, None
        if not (known and there):
            raise ValueError("write redis://host:6379/0, rediss://host:6379/0 or unix:///path")
        return url
