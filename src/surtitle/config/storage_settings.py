"""Where files are kept, and how the store there is spoken to."""

from dataclasses import dataclass
from enum import StrEnum
from pathlib import Path
from typing import Self
from urllib.parse import unquote, urlsplit

from pydantic import Field, SecretStr, field_validator, model_validator

from surtitle.config.group import Group


class StorageProtocol(StrEnum):
    """What kind of store the files are in."""

    LOCAL = "local"
    S3 = "s3"
    GCS = "gcs"
    AZURE = "azure"
    MEMORY = "memory"


_SCHEMES = {
    "file": StorageProtocol.LOCAL,
    "local": StorageProtocol.LOCAL,
    "s3": StorageProtocol.S3,
    "s3a": StorageProtocol.S3,
    "gs": StorageProtocol.GCS,
    "gcs": StorageProtocol.GCS,
    "az": StorageProtocol.AZURE,
    "azure": StorageProtocol.AZURE,
    "memory": StorageProtocol.MEMORY,
}
_MOST_LINK_SECONDS = 7 * 24 * 3600


@dataclass(frozen=True, slots=True)
class StoragePlace:
    """A store's place: a `folder` of this machine, or a `prefix` (without slashes around it) in a bucket."""

    protocol: StorageProtocol
    bucket: str = ""
    prefix: str = ""
    folder: Path | None = None


class StorageSettings(Group):
    """The object store. Without any of these, files are in a folder of the data directory."""

    url: str | None = Field(
        None,
        description="All in one: `file:///folder`, `s3://bucket/prefix`, `gs://bucket/prefix`, "
        "`az://container/prefix` or `memory://` (for tests: gone with the process).",
    )
    protocol: StorageProtocol | None = Field(
        None, description="`local`, `s3`, `gcs`, `azure` or `memory`, in place of `url`."
    )
    bucket: str = Field(
        "surtitle", min_length=1, description="The bucket (of Azure: the container), where `url` names none."
    )
    prefix: str = Field("", description="Folder in the bucket below which all keys are.")
    endpoint: str | None = Field(
        None, description="Where an S3 server other than Amazon's is: `https://s3.example.org`."
    )
    public_endpoint: str | None = Field(
        None, description="Where clients reach the same server, for signed addresses; default: `endpoint`."
    )
    region: str | None = Field(
        None,
        description="Of the bucket; default: as `AWS_REGION` says, else `us-east-1`, which most others want.",
    )
    access_key: SecretStr | None = Field(
        None,
        description="Of S3: the access key; of Azure: the account's name. Default: what the cloud's own "
        "variables or the machine's role give.",
    )
    secret_key: SecretStr | None = Field(None, description="The secret that belongs to `access_key`.")
    ca_file: Path | None = Field(
        None, description="Certificate (PEM) of a private authority that vouches for `endpoint`."
    )
    direct_uploads: bool = Field(
        default=False,
        description="Clients may send large files straight to the bucket, in parts, at signed addresses. S3 "
        "with `access_key` and `secret_key` only.",
    )
    redirect_downloads: bool = Field(
        default=False,
        description="Downloads are answered with a signed address in the bucket. S3 with keys only.",
    )
    signed_url_seconds: int = Field(
        3600, ge=60, le=_MOST_LINK_SECONDS, description="How long a signed address in the bucket works."
    )
    connect_seconds: float = Field(
        5.0, gt=0, description="How long the store may take to accept a connection."
    )
    request_seconds: float = Field(60.0, gt=0, description="How long one request (8 MiB at most) may take.")
    retry_seconds: float = Field(
        20.0,
        ge=0,
        description="How long a request that fails (5xx, broken connection) is tried again; 0: not.",
    )

    @field_validator("protocol", mode="before")
    @classmethod
    def _by_any_name(cls, protocol: object) -> object:
        return _SCHEMES.get(protocol.lower(), protocol) if isinstance(protocol, str) else protocol

    @field_validator("url")
    @classmethod
    def _known_place(cls, url: str | None) -> str | None:
        if url is None:
            return None
        parts = urlsplit(url)
        if parts.scheme not in _SCHEMES or "://" not in url:
            raise ValueError("begin it with file://, s3://, gs://, az:// or memory://")
        if "@" in parts.netloc or parts.query:
            raise ValueError("keys do not belong into it: set `storage.access_key` and `storage.secret_key`")
        if _SCHEMES[parts.scheme] not in {StorageProtocol.LOCAL, StorageProtocol.MEMORY} and not parts.netloc:
            raise ValueError("name the bucket: s3://bucket")
        return url

    @field_validator("endpoint", "public_endpoint")
    @classmethod
    def _web_address(cls, endpoint: str | None) -> str | None:
        # Compose can only pass an empty variable, not leave it out.
        if not endpoint:
            return None
        parts = urlsplit(endpoint)
        if parts.scheme not in {"http", "https"} or not parts.netloc or "@" in parts.netloc:
            raise ValueError("write it as https://s3.example.org")
        return endpoint.rstrip("/")

    @model_validator(mode="after")
    def _agrees_with_itself(self) -> Self:
        if self.url and self.protocol and self.place(Path()).protocol is not self.protocol:
            raise ValueError("`storage.url` and `storage.protocol` name different stores; set one of them")
        if (self.access_key is None) != (self.secret_key is None):
            raise ValueError("set `storage.access_key` and `storage.secret_key` together")
        return self

    @property
    def can_sign(self) -> bool:
        """Whether addresses in the bucket can be signed with what is set."""
        return self.place(Path()).protocol is StorageProtocol.S3 and self.access_key is not None

    def place(self, default_folder: Path) -> StoragePlace:
        """Where the files are; `default_folder` unless something else is set."""
        if self.url is None:
            protocol = self.protocol or StorageProtocol.LOCAL
            bucket, prefix, folder = self.bucket, self.prefix, default_folder
        else:
            parts = urlsplit(self.url)
            protocol, bucket = _SCHEMES[parts.scheme], parts.netloc
            prefix = "/".join(filter(None, [parts.path.strip("/"), self.prefix.strip("/")]))
            folder = Path(unquote(self.url.partition("://")[2]))
        if protocol is StorageProtocol.LOCAL:
            return StoragePlace(protocol, folder=folder)
        if protocol is StorageProtocol.MEMORY:
            return StoragePlace(protocol)
        return StoragePlace(protocol, bucket, prefix.strip("/"))
