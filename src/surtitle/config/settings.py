"""All settings, in one place. `SURTITLE_` variables, `__` between group and name, or a `.env` file.

`SURTITLE_SERVER__PORT=9000` sets `Settings.server.port`.
"""

from pathlib import Path
from typing import Literal, Self

import platformdirs
from pydantic import Field, model_validator
from pydantic_settings import BaseSettings, SettingsConfigDict

from surtitle.config.accounts import AccountSettings, MailSettings, OpenIdSettings, UsageSettings
from surtitle.config.group import Group
from surtitle.config.server import LimitSettings, ServerSettings
from surtitle.config.work import EngineSettings, JobSettings, ModelSettings, RenderingSettings


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
