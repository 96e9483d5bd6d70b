"""Variables of the systems that Surtitle replaces, read as its own.

They are translated in the environment, before settings are read, so that child processes see the
new names too. A variable of Surtitle's own always wins.
"""

from collections.abc import Mapping, MutableMapping
from importlib.metadata import entry_points
from pathlib import Path

ENGINE = "SURTITLE_ENGINES__TRANSCRIBER"
PLUGIN = "SURTITLE_ENGINES__PLUGIN"
MODEL = "SURTITLE_ENGINES__MODEL"
TRANSCRIPTION_MODEL = "TRANSCRIPTION_MODEL"

_ENGINES = "surtitle.engines"
_DOTENV = Path(".env")


def apply_aliases(environment: MutableMapping[str, str]) -> list[str]:
    """Add to `environment` what older variables in it, or in `.env`, say. One sentence for each."""
    known = {**_dotenv(), **environment}
    value = known.get(TRANSCRIPTION_MODEL, "").strip()
    if not value:
        return []
    return _translated(TRANSCRIPTION_MODEL, _meaning(value), known, environment)


def _meaning(value: str) -> dict[str, str]:
    """What the Subtitle app's `TRANSCRIPTION_MODEL` chose: an engine, a plugin class or a Whisper model."""
    if value in {point.name for point in entry_points(group=_ENGINES)}:
        return {ENGINE: value}
    if _is_class_path(value):
        return {PLUGIN: value, ENGINE: "plugin"}
    return {MODEL: value}


def _is_class_path(value: str) -> bool:
    # "tiny.en" is a model: only a class begins with a capital.
    module, _, name = value.partition(":") if ":" in value else value.rpartition(".")
    named = all(part.isidentifier() for part in (*module.split("."), name))
    return named and (":" in value or name[:1].isupper())


def _translated(
    old: str, meaning: Mapping[str, str], known: Mapping[str, str], environment: MutableMapping[str, str]
) -> list[str]:
    own = {name.upper(): value for name, value in known.items()}
    if all(own.get(name) == value for name, value in meaning.items()):
        return []
    if taken := sorted(name for name in meaning if name in own):
        return [f"{old} is not heeded, because {' and '.join(taken)} is set; remove {old}."]
    environment.update(meaning)
    new = " and ".join(f"{name}={value}" for name, value in meaning.items())
    return [f"{old} is the name of an earlier system; it is read as {new}. Set that instead."]


def _dotenv() -> dict[str, str]:
    if not _DOTENV.is_file():
        return {}
    from dotenv import dotenv_values  # noqa: PLC0415 - only where there is such a file

    return {name: value for name, value in dotenv_values(_DOTENV).items() if value is not None}
