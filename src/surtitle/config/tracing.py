"""Where traces go."""

from urllib.parse import urlsplit

from pydantic import Field, SecretStr, field_validator

from surtitle.config.group import Group

_PATH = "/v1/traces"


class TracingSettings(Group):
    """Traces by OpenTelemetry."""

    endpoint: str | None = Field(
        None,
        description="Where traces are sent by OTLP over HTTP, such as `http://localhost:4318`. Left out, "
        "nothing is traced.",
    )
    headers: SecretStr | None = Field(
        None, description="Headers to send along, `name=value` with commas between them: for a key, say."
    )
    sample_ratio: float = Field(
        1.0, ge=0, le=1, description="The share of requests that are traced, with all that comes of them."
    )

    @field_validator("endpoint")
    @classmethod
    def _with_a_path(cls, url: str | None) -> str | None:
        if not url:
            return None
        parts = urlsplit(url)
        if parts.scheme not in {"http", "https"} or not parts.hostname or parts.username or parts.query:
            raise ValueError("write the collector's address as http://localhost:4318; keys go into `headers`")
        return url if parts.path.strip("/") else url.rstrip("/") + _PATH

    @field_validator("headers")
    @classmethod
    def _pairs(cls, headers: SecretStr | None) -> SecretStr | None:
        if headers is not None and not all(name and value for name, value in pairs(headers).items()):
            raise ValueError("write the headers as name=value,name=value")
        return headers


def pairs(headers: SecretStr | None) -> dict[str, str]:
    """`name=value,name=value` as a mapping; a name without a value is kept with an empty one."""
    if headers is None:
        return {}
    told = (pair.partition("=") for pair in headers.get_secret_value().split(",") if pair.strip())
    return {name.strip().lower(): value.strip() for name, _, value in told}
