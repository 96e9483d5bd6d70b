"""What an installation can set; `Settings` holds all of it."""

from surtitle.config.accounts import AccountSettings, MailSettings, OpenIdSettings, UsageSettings
from surtitle.config.cluster import DatabaseSettings, HubSettings
from surtitle.config.films import FilmSettings
from surtitle.config.group import GIB, KIB, MIB, Group
from surtitle.config.search import SearchSettings
from surtitle.config.server import ANY_ORIGIN, LimitSettings, ServerSettings
from surtitle.config.settings import LogSettings, Settings
from surtitle.config.speech import SpeechSettings
from surtitle.config.storage_settings import StoragePlace, StorageProtocol, StorageSettings
from surtitle.config.vault_settings import VaultSettings
from surtitle.config.video_engines import DiffusersSettings, FalSettings
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
    "DiffusersSettings",
    "EmbeddingSettings",
    "EngineSettings",
    "FalSettings",
    "FilmSettings",
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
    "SpeechSettings",
    "StoragePlace",
    "StorageProtocol",
    "StorageSettings",
    "UsageSettings",
    "VaultSettings",
    "VoiceSettings",
    "WritingSettings",
]
