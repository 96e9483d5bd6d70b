"""All settings, in one place. `SURTITLE_` variables, `__` between group and name; where they may stand
beside the environment is told in `config.sources`.

`SURTITLE_SERVER__PORT=9000` sets `Settings.server.port`.
"""

from pathlib import Path
from typing import Literal, Self

import platformdirs
from pydantic import Field, SecretStr, model_validator
from pydantic_settings import BaseSettings, PydanticBaseSettingsSource, SettingsConfigDict

from surtitle.config.accounts import AccountSettings, OpenIdSettings, UsageSettings
from surtitle.config.analytics import AnalyticsSettings
from surtitle.config.cluster import DatabaseSettings, HubSettings
from surtitle.config.films import FilmSettings
from surtitle.config.group import Group
from surtitle.config.keeping import BackupSettings, RetentionSettings
from surtitle.config.mail import ChannelSettings, MailSettings
from surtitle.config.metrics import MetricsSettings
from surtitle.config.outgoing import FetchSettings, OutgoingSettings
from surtitle.config.search import SearchSettings
from surtitle.config.server import LimitSettings, ServerSettings
from surtitle.config.sources import DEFAULT_SECRETS_DIR, layers
from surtitle.config.speech import SpeechSettings
from surtitle.config.storage_settings import StorageSettings
from surtitle.config.tracing import TracingSettings
from surtitle.config.vault_settings import VaultSettings
from surtitle.config.video_engines import DiffusersSettings, FalSettings
from surtitle.config.voices import VoiceSettings
from surtitle.config.webhooks import WebhookSettings
from surtitle.config.work import (
    EmbeddingSettings,
    EngineSettings,
    JobSettings,
    ModelSettings,
    RenderingSettings,
)
from surtitle.config.writing import WritingSettings


class LogSettings(Group):
    format: Literal["console", "json"] = Field("console", description="For people or for machines.")
    level: Literal["debug", "info", "warning", "error"] = Field("info", description="The least that is told.")
    may_hold_content: bool = Field(
        False,
        description="Also log what engines print and the words of errors that nobody foresaw. They may "
        "repeat what people said: for looking for a fault, not for every day. Secrets stay hidden.",
    )


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
    database_url: SecretStr | None = Field(
        None,
        description="`postgresql://USER@HOST/DATABASE`, as libpq reads it. Default: SQLite in the "
        "data directory.",
    )
    storage_url: str | None = Field(None, description="The same as `storage.url`.")
    database: DatabaseSettings = DatabaseSettings()
    storage: StorageSettings = StorageSettings()
    hub: HubSettings = HubSettings()
    server: ServerSettings = ServerSettings()
    limits: LimitSettings = LimitSettings()
    accounts: AccountSettings = AccountSettings()
    openid: OpenIdSettings = OpenIdSettings()
    usage: UsageSettings = UsageSettings()
    analytics: AnalyticsSettings = AnalyticsSettings()
    mail: MailSettings = MailSettings()
    channels: ChannelSettings = ChannelSettings()
    jobs: JobSettings = JobSettings()
    engines: EngineSettings = EngineSettings()
    embeddings: EmbeddingSettings = EmbeddingSettings()
    models: ModelSettings = ModelSettings()
    rendering: RenderingSettings = RenderingSettings()
    diffusers: DiffusersSettings = DiffusersSettings()
    fal: FalSettings = FalSettings()
    speech: SpeechSettings = SpeechSettings()
    voices: VoiceSettings = VoiceSettings()
    search: SearchSettings = SearchSettings()
    writing: WritingSettings = WritingSettings()
    films: FilmSettings = FilmSettings()
    outgoing: OutgoingSettings = OutgoingSettings()
    fetch: FetchSettings = FetchSettings()
    webhooks: WebhookSettings = WebhookSettings()
    retention: RetentionSettings = RetentionSettings()
    backup: BackupSettings = BackupSettings()
    log: LogSettings = LogSettings()
    tracing: TracingSettings = TracingSettings()
    metrics: MetricsSettings = MetricsSettings()
    vault: VaultSettings = VaultSettings()
    secrets_dir: Path = Field(
        DEFAULT_SECRETS_DIR,
        description="A folder of files, each named after a setting (`surtitle_database_url`) and holding its "
        "value. What variables and `.env` say wins over it, and it wins over Vault.",
    )

    @classmethod
    def settings_customise_sources(
        cls,
        settings_cls: type[BaseSettings],
        init_settings: PydanticBaseSettingsSource,
        env_settings: PydanticBaseSettingsSource,  # noqa: ARG003 - the library gives it by name
        dotenv_settings: PydanticBaseSettingsSource,
        file_secret_settings: PydanticBaseSettingsSource,  # noqa: ARG003 - as above
    ) -> tuple[PydanticBaseSettingsSource, ...]:
        return init_settings, *layers(settings_cls, init_settings, dotenv_settings)

    @model_validator(mode="after")
    def _nobody_waits_in_anothers_account(self) -> Self:
        """Else one could register with another's e-mail, and share the account when the other comes."""
        unproven = self.accounts.registration == "open" and not self.accounts.confirm_email
        if self.openid.link_by_email and unproven:
            raise ValueError(
                "openid.link_by_email needs accounts.confirm_email, or accounts.registration by invitation"
            )
        return self

    @model_validator(mode="after")
    def _one_place_for_files(self) -> Self:
        if self.storage_url and self.storage.url not in {None, self.storage_url}:
            raise ValueError("storage_url and storage.url name different stores; set one of them")
        storage = self.effective_storage
        if (storage.direct_uploads or storage.redirect_downloads) and not storage.can_sign:
            raise ValueError(
                "storage.direct_uploads and storage.redirect_downloads need an S3 store, "
                "storage.access_key and storage.secret_key"
            )
        return self

    @property
    def effective_storage(self) -> StorageSettings:
        """How the store is reached, wherever its URL was set."""
        if self.storage_url is None:
            return self.storage
        told = self.storage.model_dump(exclude_unset=True)
        return StorageSettings.model_validate({**told, "url": self.storage_url})

    @property
    def effective_database_url(self) -> str:
        if self.database_url is not None:
            return self.database_url.get_secret_value()
        return f"sqlite+aiosqlite:///{self.data_dir / 'surtitle.db'}"

    @property
    def storage_directory(self) -> Path:
        return self.data_dir / "files"

    @property
    def models_directory(self) -> Path:
        return self.models.directory or self.data_dir / "models"

    @property
    def gpu_lock_directory(self) -> Path:
        return self.engines.gpu_lock_directory or self.data_dir / "locks"

    @property
    def scratch_directory(self) -> Path:
        """Files that can always be made again: decoded sound, renderings under way."""
        return self.data_dir / "scratch"
