"""Where secrets are fetched from: HashiCorp Vault, or OpenBao, its open fork."""

from pathlib import Path
from typing import Self

from pydantic import Field, SecretStr, field_validator, model_validator

from surtitle.config.group import Group


class VaultSettings(Group):
    """A Vault that keeps settings, gives out accounts of the database, or both. Needs an `address`."""

    address: str | None = Field(None, description="The server (`https://vault.example.org:8200`).")
    namespace: str | None = Field(None, description="Where a server is shared: the namespace that is ours.")
    ca_file: Path | None = Field(
        None, description="Certificates that the server's must be signed by; default: those of the system."
    )
    token: SecretStr | None = Field(None, description="Signs in as this token. Or set the two below.")
    role_id: str | None = Field(None, description="Signs in as this AppRole, with `secret_id`.")
    secret_id: SecretStr | None = Field(None, description="The AppRole's secret.")
    approle_mount: str = Field("approle", min_length=1, description="Where AppRole is mounted.")
    kv_mount: str = Field("secret", min_length=1, description="Where KV, version 2, is mounted.")
    kv_path: str | None = Field(
        None,
        description="The secret whose keys are settings, named as secret files are "
        "(`accounts__secret_key`). Unset: none is read.",
    )
    database_mount: str = Field("database", min_length=1, description="Where the database engine is mounted.")
    database_role: str | None = Field(
        None,
        description="The role that gives user and password for `database_url`, renewed and changed while "
        "we run. Unset: those in `database_url` are used.",
    )
    timeout_seconds: float = Field(10.0, gt=0, description="How long an answer may take.")

    @field_validator("address")
    @classmethod
    def _has_a_scheme(cls, address: str | None) -> str | None:
        if address is not None and not address.startswith(("https://", "http://")):
            raise ValueError("write it with its scheme: https://vault.example.org:8200")
        return address.rstrip("/") if address else None

    @model_validator(mode="after")
    def _signs_in_one_way(self) -> Self:
        if self.address is None:
            return self
        if (self.role_id is None) != (self.secret_id is None):
            raise ValueError("`role_id` and `secret_id` go together")
        if (self.token is None) == (self.role_id is None):
            raise ValueError("an `address` needs either a `token`, or `role_id` with `secret_id`")
        return self
