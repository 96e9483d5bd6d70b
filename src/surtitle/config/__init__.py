"""What an installation can set; `Settings` holds all of it."""

from surtitle.config.accounts import AccountSettings, MailSettings, OpenIdSettings, UsageSettings
from surtitle.config.cluster import DatabaseSettings, HubSettings
from surtitle.config.group import GIB, KIB, MIB, Group
from surtitle.config.search import SearchSettings
from surtitle.config.server import ANY_ORIGIN, LimitSettings, ServerSettings
from surtitle.config.settings import LogSettings, Settings
from surtitle.config.storage_settings import StoragePlace, StorageProtocol, StorageSettings
from surtitle.config.vault_settings import VaultSettings
from surtitle.config.voices import VoiceSettings
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
    "DatabaseSettings",
    "EmbeddingSettings",
    "EngineSettings",
    "Group",
    "HubSettings",
    "JobSettings",
    "LimitSettings",
    "LogSettings",
    "MailSettings",
    "ModelSettings",
    "OpenIdSettings",
    "RenderingSettings",
    "SearchSettings",
    "ServerSettings",
    "Settings",
    "StoragePlace",
    "StorageProtocol",
    "StorageSettings",
    "UsageSettings",
    "VaultSettings",
    "VoiceSettings",
    "WritingSettings",
]
