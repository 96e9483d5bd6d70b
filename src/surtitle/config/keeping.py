"""How long things are kept, and where backups of them go."""

import re
from pathlib import Path
from typing import Self

from pydantic import Field, SecretStr, field_validator, model_validator

from surtitle.config.group import Group
from surtitle.config.storage_settings import StorageProtocol, StorageSettings

_MOST_DAYS = 36_500
_KEY = re.compile(r"^(surtitle-backup-)?[A-Za-z0-9_-]{43}=?$")


class RetentionSettings(Group):
    """After how many days things go by themselves, in projects that say nothing else. Unset: never."""

    days: int | None = Field(
        None, ge=1, le=_MOST_DAYS, description="Everything: jobs, recordings and transcripts."
    )
    recording_days: int | None = Field(
        None, ge=1, le=_MOST_DAYS, description="Recordings, when no job that is newer uses them."
    )
    captioned_video_days: int | None = Field(None, ge=1, le=_MOST_DAYS, description="Videos with captions.")
    film_days: int | None = Field(None, ge=1, le=_MOST_DAYS, description="Films, with script and pictures.")
    subtitles_days: int | None = Field(None, ge=1, le=_MOST_DAYS, description="Subtitle files.")
    transcript_days: int | None = Field(
        None, ge=1, le=_MOST_DAYS, description="Transcripts, from the last edit; a job's texts and minutes."
    )
    working_file_days: int | None = Field(
        None, ge=1, le=_MOST_DAYS, description="What failed jobs would go on from if they were tried again."
    )
    address_days: int = Field(
        90,
        ge=1,
        le=_MOST_DAYS,
        description="How long the audit trail knows from which addresses strangers came.",
    )


class BackupSettings(Group):
    """Backups of the database and the files. Without `store_url` none are made by themselves."""

    store_url: str | None = Field(
        None,
        description="Where backups go: `file:///folder`, `s3://bucket/prefix`, `gs://…` or `az://…`. Never "
        "inside the store that is backed up.",
    )
    key: SecretStr | None = Field(
        None,
        description="What they are encrypted with, as `surtitle backup key` makes it. Keep it elsewhere too: "
        "without it no backup can be read.",
    )
    old_keys: tuple[SecretStr, ...] = Field(
        (), description="Keys from before, with which older backups can still be read."
    )
    unencrypted: bool = Field(False, description="Make backups without a key; whoever reads them has it all.")
    keep_days: int = Field(
        30, ge=1, le=_MOST_DAYS, description="Older backups go, but never the last good one."
    )
    daily: bool = Field(True, description="Make one a day by itself, where `store_url` is set.")
    endpoint: str | None = Field(
        None, description="Of an S3 server other than Amazon's; default: that of `storage`."
    )
    region: str | None = Field(None, description="Of the bucket; default: that of `storage`.")
    access_key: SecretStr | None = Field(
        None, description="Of the store; default: that of `storage`. Better one that is for this alone."
    )
    secret_key: SecretStr | None = Field(None, description="The secret that belongs to `access_key`.")
    ca_file: Path | None = Field(None, description="Of the server; default: that of `storage`.")

    @field_validator("key")
    @classmethod
    def _is_a_key(cls, key: SecretStr | None) -> SecretStr | None:
        """The value itself is told nowhere."""
        if key is None or not key.get_secret_value().strip():
            return None
        if not _KEY.match(key.get_secret_value().strip()):
            raise ValueError("make one with `surtitle backup key`")
        return key

    @field_validator("old_keys")
    @classmethod
    def _are_keys(cls, keys: tuple[SecretStr, ...]) -> tuple[SecretStr, ...]:
        if not all(_KEY.match(key.get_secret_value().strip()) for key in keys):
            raise ValueError("each must be one that `surtitle backup key` made")
        return keys

    @model_validator(mode="after")
    def _agrees_with_itself(self) -> Self:
        if (self.access_key is None) != (self.secret_key is None):
            raise ValueError("set `backup.access_key` and `backup.secret_key` together")
        return self

    def storage(self, store_url: str, beside: StorageSettings) -> StorageSettings:
        """How the store of the backups is reached; `beside` is that of the installation's files."""
        told: dict[str, object] = {
            "url": store_url, "connect_seconds": beside.connect_seconds,
            "request_seconds": beside.request_seconds, "retry_seconds": beside.retry_seconds,
        }  # fmt: skip
        for name in ("endpoint", "region", "ca_file"):
            told[name] = getattr(self, name) or getattr(beside, name)
        own = self if self.access_key is not None else beside
        told |= {"access_key": own.access_key, "secret_key": own.secret_key}
        return StorageSettings.model_validate(told)


def lies_within(inner: StorageSettings, outer: StorageSettings, default_folder: Path) -> bool:
    """Whether what is written to one store would lie in the other, or the other in it."""
    one, other = inner.place(default_folder), outer.place(default_folder)
    if one.protocol is not other.protocol or one.protocol is StorageProtocol.MEMORY:
        return False
    if one.folder is not None and other.folder is not None:
        mine, theirs = one.folder.resolve(), other.folder.resolve()
        return mine.is_relative_to(theirs) or theirs.is_relative_to(mine)
    if (one.bucket, inner.endpoint) != (other.bucket, outer.endpoint):
        return False
    prefixes = [f"{place.prefix}/".lstrip("/") for place in (one, other)]
    return prefixes[0].startswith(prefixes[1]) or prefixes[1].startswith(prefixes[0])
