"""PostgreSQL's address as Java reads it."""

from dataclasses import dataclass, field
from urllib.parse import parse_qsl, unquote, urlencode, urlsplit

from surtitle.db.postgresql import libpq_url
from surtitle.errors import Invalid

# libpq's names that the JDBC driver has too, by their names there.
_OPTIONS = {
    "sslmode": "sslmode",
    "sslrootcert": "sslrootcert",
    "sslcert": "sslcert",
    "sslkey": "sslkey",
    "application_name": "ApplicationName",
    "connect_timeout": "connectTimeout",
    "target_session_attrs": "targetServerType",
}
_SERVER_TYPES = {"any": "any", "read-write": "primary", "primary": "primary", "standby": "secondary"}


@dataclass(frozen=True, slots=True)
class JdbcAddress:
    """Where the database is, and who signs in: apart, so that no address that is told holds a password."""

    url: str
    account: dict[str, str] = field(repr=False)

    @classmethod
    def of(cls, url: str, user: str | None, password: str | None) -> "JdbcAddress":
        """From the address as libpq reads it; `user` and `password` win over what it says.

        Raises `Invalid` for one that only libpq can follow: a socket in the file system.
        """
        parts = urlsplit(libpq_url(url))
        told = dict(parse_qsl(parts.query))
        user = user or unquote(parts.username or "") or told.get("user")
        password = password or unquote(parts.password or "") or told.get("password")
        hosts = parts.netloc.rpartition("@")[2] or told.get("host", "")
        if not hosts or hosts.startswith("/") or "%2F" in hosts.upper():
            raise Invalid(
                "Spark's workers reach PostgreSQL by its name in the network: write it into "
                "SURTITLE_DATABASE_URL (postgresql://USER@HOST:5432/DATABASE)."
            )
        if "port" in told and ":" not in hosts:
            hosts = f"{hosts}:{told['port']}"
        name = unquote(parts.path.lstrip("/")) or told.get("dbname") or user or ""
        options = {_OPTIONS[key]: _value(key, value) for key, value in told.items() if key in _OPTIONS}
        query = f"?{urlencode(options)}" if options else ""
        account = {"user": user, "password": password}
        return cls(
            f"jdbc:postgresql://{hosts}/{name}{query}",
            {key: value for key, value in account.items() if value is not None},
        )


def _value(key: str, value: str) -> str:
    return _SERVER_TYPES.get(value, "any") if key == "target_session_attrs" else value
