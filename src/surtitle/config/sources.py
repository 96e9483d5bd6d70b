"""Where settings come from, the first that names one wins: variables, `.env`, secret files, Vault.

Each source is a layer: values by the names of variables. `SURTITLE_NAME_FILE` stands for a variable whose
value is in a file, in the environment as in `.env`.
"""

import os
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any, NamedTuple

from pydantic import BaseModel, ValidationError
from pydantic_settings import BaseSettings, EnvSettingsSource, PydanticBaseSettingsSource
from pydantic_settings.sources import DotEnvSettingsSource

from surtitle.config import vault
from surtitle.config.names import BETWEEN, PREFIX, as_written, leaves, variable
from surtitle.config.names import Path as SettingPath
from surtitle.config.vault_settings import VaultSettings
from surtitle.errors import Invalid

DEFAULT_SECRETS_DIR = Path("/run/secrets")
"""Where Docker, Podman and Kubernetes' usual charts put them."""

_IN_A_FILE = "_file"
_SECRETS_DIR = variable(("secrets_dir",))
_MOST_BYTES = 1024**2


class Found(NamedTuple):
    """A value as it was written, and where."""

    value: str
    origin: str


Layer = Mapping[str, Found]


class LayerSource(EnvSettingsSource):
    """A layer, read by the rules for variables."""

    def __init__(self, settings_cls: type[BaseSettings], layer: Layer) -> None:
        self.layer = layer
        super().__init__(settings_cls)

    def _load_env_vars(self) -> Mapping[str, str | None]:
        return {name: found.value for name, found in self.layer.items()}

    def holds(self, path: SettingPath) -> str | None:
        """Where the setting was found, None if it is not here."""
        inner: Any = self()
        for name in path:
            if not isinstance(inner, dict) or name not in inner:
                return None
            inner = inner[name]
        wanted = variable(path)
        # It may have been set alone, with its whole group, or piece by piece.
        return next(found.origin for name, found in self.layer.items() if _concerns(name, wanted))


def layers(
    settings_cls: type[BaseSettings], given: PydanticBaseSettingsSource, dotenv: PydanticBaseSettingsSource
) -> tuple[LayerSource, ...]:
    """All layers, the first the strongest. `given` is what the program says itself.

    Raises `Invalid` for a file that cannot be read, `Unavailable` when Vault is needed and cannot be had.
    """
    known = {variable(path) for path, _field in leaves(settings_cls)}
    stacked: list[Layer] = [
        _with_files({name.lower(): value for name, value in os.environ.items()}, "variable {}", known),
        _with_files(_written(dotenv), "{} in .env", known),
    ]
    directory = _value_of(_SECRETS_DIR, stacked)
    stacked.append(secret_files(Path(directory) if directory else None))
    kept_by = _vault_settings(settings_cls, given, stacked)
    place = f"Vault, {kept_by.kv_mount}/{kept_by.kv_path}"
    stacked.append({name: Found(value, place) for name, value in vault.settings_in(kept_by).items()})
    return tuple(LayerSource(settings_cls, layer) for layer in stacked)


def secret_files(directory: Path | None) -> Layer:
    """The files `surtitle_…` in `directory`. The usual directory need not exist; one that was set must."""
    folder = directory or DEFAULT_SECRETS_DIR
    try:
        files = sorted(path for path in folder.iterdir() if path.name.lower().startswith(PREFIX))
    except OSError as error:
        if directory is None:
            return {}
        raise Invalid(
            f"SURTITLE_SECRETS_DIR names {folder}, which cannot be read: {error.strerror}."
        ) from error
    return {path.name.lower(): Found(_content(path, "The secret"), f"file {path}") for path in files}


def _with_files(values: Mapping[str, str | None], origin: str, known: set[str]) -> Layer:
    plain: dict[str, Found] = {}
    in_files: dict[str, Found] = {}
    for name, value in values.items():
        if not name.startswith(PREFIX) or value is None:
            continue
        base = name.removesuffix(_IN_A_FILE)
        if name in known or base not in known:
            plain[name] = Found(value, origin.format(as_written(name)))
        elif value:
            content = _content(Path(value), f"{as_written(name)} names")
            in_files[base] = Found(content, f"file {value} ({as_written(name)})")
    return in_files | plain


def _content(path: Path, what: str) -> str:
    try:
        with path.open(encoding="utf-8") as file:
            content = file.read(_MOST_BYTES + 1)
    except (OSError, UnicodeDecodeError) as error:
        why = error.strerror if isinstance(error, OSError) else "it is no text"
        raise Invalid(f"{what} {path}, which cannot be read: {why}. Correct or remove it.") from error
    if len(content) > _MOST_BYTES:
        raise Invalid(f"{what} {path}, which is larger than a secret is. Correct or remove it.")
    # Editors and `echo` end a file with a line break, which no password has.
    return content.strip()


def _written(dotenv: PydanticBaseSettingsSource) -> Mapping[str, str | None]:
    assert isinstance(dotenv, DotEnvSettingsSource)
    return dotenv.env_vars


def _value_of(name: str, stacked: Sequence[Layer]) -> str | None:
    return next((layer[name].value for layer in stacked if layer.get(name)), None)


def _vault_settings(
    settings_cls: type[BaseSettings], given: PydanticBaseSettingsSource, stacked: Sequence[Layer]
) -> VaultSettings:
    told = given().get("vault")
    if isinstance(told, BaseModel):
        return VaultSettings.model_validate(told.model_dump())
    merged: dict[str, Any] = {}
    for layer in reversed(stacked):
        merged |= LayerSource(settings_cls, layer)().get("vault", {})
    try:
        return VaultSettings.model_validate(merged)
    except ValidationError:
        # `Settings` tells it, with the name of the variable.
        return VaultSettings()


def _concerns(name: str, wanted: str) -> bool:
    return name == wanted or name.startswith(wanted + BETWEEN) or wanted.startswith(name + BETWEEN)
