"""Every setting as it stands: its value, never a secret one, and where it was found."""

import json
from collections.abc import Iterator
from dataclasses import dataclass
from enum import Enum
from pathlib import Path
from typing import Any

from pydantic import SecretStr
from pydantic_settings import InitSettingsSource
from pydantic_settings.sources import DotEnvSettingsSource

from surtitle.config.addresses import HIDDEN, without_password
from surtitle.config.names import as_written, leaves, variable
from surtitle.config.settings import Settings
from surtitle.config.sources import LayerSource, layers

DEFAULT = "default"


@dataclass(frozen=True, slots=True)
class Stated:
    """One setting. `value` is fit to be shown."""

    name: str
    value: str
    origin: str


def all_stated(settings: Settings) -> Iterator[Stated]:
    """Every setting in the order of the reference. Asks Vault again where it keeps some."""
    found_in = layers(Settings, InitSettingsSource(Settings, {}), DotEnvSettingsSource(Settings))
    for path, _field in leaves(Settings):
        value: Any = settings
        for name in path:
            value = getattr(value, name)
        yield Stated(as_written(variable(path)), shown(value), _origin(path, found_in))


def shown(value: object) -> str:
    """A value without what is secret in it: a password within a URL, too."""
    match value:
        case SecretStr():
            # Of an address only the password is secret, and the rest is what one looks for.
            secret = value.get_secret_value()
            return without_password(secret) if "://" in secret else HIDDEN
        case Enum():
            return str(value.value)
        case None | bool():
            return "" if value is None else str(value).lower()
        case str() | Path():
            return without_password(str(value))
        case list() | tuple() | dict():
            return without_password(json.dumps(value))
        case _:
            return str(value)


def _origin(path: tuple[str, ...], found_in: tuple[LayerSource, ...]) -> str:
    return next((origin for layer in found_in if (origin := layer.holds(path))), DEFAULT)
