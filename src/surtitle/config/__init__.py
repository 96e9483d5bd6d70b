"""What an installation can set; `Settings` holds all of it."""

from surtitle.config.accounts import AccountSettings, MailSettings, OpenIdSettings, UsageSettings
from surtitle.config.cluster import DatabaseSettings, HubSettings
from surtitle.config.group import GIB, KIB, MIB, Group
from surtitle.config.server import ANY_ORIGIN, LimitSettings, ServerSettings
from surtitle.config.settings import LogSettings, Settings
from surtitle.config.storage_settings import StoragePlace, StorageProtocol, StorageSettings
from surtitle.config.vault_settings import VaultSettings
from surtitle.config.work import EngineSettings, JobSettings, ModelSettings, RenderingSettings

__all__ = [
    "ANY_ORIGIN",
    "GIB",
    "KIB",
    "MIB",
    "AccountSettings",
    "DatabaseSettings",
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
    "ServerSettings",
    "Settings",
    "StoragePlace",
    "StorageProtocol",
    "StorageSettings",
    "UsageSettings",
    "VaultSettings",
]
