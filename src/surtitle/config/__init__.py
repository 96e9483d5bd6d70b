"""What an installation can set; `Settings` holds all of it."""

from surtitle.config.accounts import AccountSettings, OpenIdSettings, UsageSettings
from surtitle.config.analytics import AnalyticsSettings
from surtitle.config.cluster import DatabaseSettings, HubSettings
from surtitle.config.films import FilmSettings
from surtitle.config.group import GIB, KIB, MIB, Group
from surtitle.config.keeping import BackupSettings, RetentionSettings
from surtitle.config.mail import ChannelSettings, MailSettings
from surtitle.config.metrics import MetricsSettings
from surtitle.config.outgoing import FetchSettings, OutgoingSettings
from surtitle.config.search import SearchSettings
from surtitle.config.server import ANY_ORIGIN, LimitSettings, ServerSettings
from surtitle.config.settings import LogSettings, Settings
from surtitle.config.speech import SpeechSettings
from surtitle.config.storage_settings import StoragePlace, StorageProtocol, StorageSettings
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

__all__ = [
    "ANY_ORIGIN",
    "GIB",
    "KIB",
    "MIB",
    "AccountSettings",
    "AnalyticsSettings",
    "BackupSettings",
    "ChannelSettings",
    "DatabaseSettings",
    "DiffusersSettings",
    "EmbeddingSettings",
    "EngineSettings",
    "FalSettings",
    "FetchSettings",
    "FilmSettings",
    "Group",
    "HubSettings",
    "JobSettings",
    "LimitSettings",
    "LogSettings",
    "MailSettings",
    "MetricsSettings",
    "ModelSettings",
    "OpenIdSettings",
    "OutgoingSettings",
    "RenderingSettings",
    "RetentionSettings",
    "SearchSettings",
    "ServerSettings",
    "Settings",
    "SpeechSettings",
    "StoragePlace",
    "StorageProtocol",
    "StorageSettings",
    "TracingSettings",
    "UsageSettings",
    "VaultSettings",
    "VoiceSettings",
    "WebhookSettings",
    "WritingSettings",
]
