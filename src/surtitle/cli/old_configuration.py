"""An older system's `config.ini`, as variables of ours in a `.env` file.

Vocalyx kept its settings in such a file: https://docs.python.org/3/library/configparser.html reads it.
"""

import configparser
import os
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from secrets import token_hex

from dotenv import dotenv_values

from surtitle.config import MIB, Settings
from surtitle.config.names import as_written, leaves, variable
from surtitle.config_aliases import Meaning, meaning
from surtitle.errors import Invalid

_LEVELS = {"debug": "debug", "info": "info", "warning": "warning", "error": "error", "critical": "error"}


@dataclass(frozen=True, slots=True)
class Told:
    """What was done with the file, one sentence for each of its options; values are in none."""

    written: int
    sentences: tuple[str, ...]


def read_in(file: Path, into: Path) -> Told:
    """Add to `into` what `file` says. What stands there stays; so a second time nothing is written.

    Raises `Invalid` for a file that is no such one.
    """
    kept = {name.upper(): value for name, value in (dotenv_values(into) if into.is_file() else {}).items()}
    new: dict[str, str] = {}
    sentences: list[str] = []
    for section, option, value in _options(file):
        told = _meaning(section, option, value)
        if isinstance(told, str):
            sentences.append(f"[{section}] {option} is not heeded: {told}.")
            continue
        fresh = {name: text for name, text in told.items() if name not in kept}
        new |= fresh
        names = " and ".join(told) or "how it is anyway"
        ends = "" if fresh or not told else f", which is set in {into} already"
        sentences.append(f"[{section}] {option} is {names}{ends}.")
    _append(into, new)
    return Told(len(new), tuple(sentences))


def _options(file: Path) -> Iterator[tuple[str, str, str]]:
    parser = configparser.ConfigParser(interpolation=None, strict=False)
    try:
        with file.open(encoding="utf-8") as lines:
            parser.read_file(lines)
    except (configparser.Error, UnicodeDecodeError) as error:
        raise Invalid(f"{file} is no config.ini: it has no sections with options in them.") from error
    except OSError as error:
        raise Invalid(f"{file} cannot be read: {error.strerror}.") from error
    for section in parser.sections():
        for option, value in parser.items(section):
            if value.strip():
                yield section, option, value.strip()


def _meaning(section: str, option: str, value: str) -> Meaning:
    place = (section.lower(), option.lower())
    if place in _OLDER_VARIABLES:
        return meaning(_OLDER_VARIABLES[place], value)
    if place in _CONVERTED:
        return _CONVERTED[place](value)
    if why := _NOT_HEEDED.get(place) or _NOT_HEEDED.get((place[0], "")):
        return why
    ours = variable(place)
    if ours in {variable(path) for path, _field in leaves(Settings)}:
        return {as_written(ours): value}
    return "nothing here corresponds to it"


def _quantization(value: str) -> Meaning:
    return meaning("GRABADORA_TRANSCRIPTION_QUANTIZATION", value.lower().removesuffix("_float16"))


def _threads(value: str) -> Meaning:
    return {"SURTITLE_ENGINES__THREADS": value} if value.isdecimal() else "it is no number of threads"


def _upload_bytes(value: str) -> Meaning:
    if value.isdecimal() and int(value):
        return {"SURTITLE_LIMITS__UPLOAD_BYTES": str(int(value) * MIB)}
    return "it is no number of megabytes"


def _level(value: str) -> Meaning:
    level = _LEVELS.get(value.lower())
    return {"SURTITLE_LOG__LEVEL": level} if level else f"it is none of {', '.join(_LEVELS)}"


_Place = tuple[str, str]
_OLDER_VARIABLES: Mapping[_Place, str] = {
    ("whisper", "model"): "WHISPER_MODEL",
    ("whisper", "device"): "WHISPER_DEVICE",
    ("whisper", "language"): "WHISPER_LANGUAGE",
    ("performance", "max_workers"): "MAX_WORKERS",
    ("performance", "vad_enabled"): "VAD_ENABLED",
    ("security", "internal_api_key"): "INTERNAL_API_KEY",
    ("security", "admin_project_name"): "ADMIN_PROJECT_NAME",
}
_CONVERTED: Mapping[_Place, Callable[[str], Meaning]] = {
    ("whisper", "compute_type"): _quantization,
    ("whisper", "cpu_threads"): _threads,
    ("limits", "max_file_size_mb"): _upload_bytes,
    ("logging", "level"): _level,
}
_OF_A_PROJECT = "set it in a project's default options (PATCH /api/projects/{id})"
_OWN_LOG = "the log goes to standard error; who starts Surtitle sends it to a file"
_OTHER_RATES = "rates are SURTITLE_LIMITS__…_REQUESTS_A_MINUTE, and count all requests"
_NO_BROKER = "jobs wait in the database; a Redis that carries hints is SURTITLE_HUB__URL"
_NOT_HEEDED: Mapping[_Place, str] = {
    ("performance", "beam_size"): _OF_A_PROJECT,
    ("performance", "temperature"): _OF_A_PROJECT,
    ("vad", ""): _OF_A_PROJECT,
    ("logging", ""): _OWN_LOG,
    ("celery", ""): _NO_BROKER,
    ("redis_transcription", ""): _NO_BROKER,
    ("core", ""): "workers name themselves",
    ("api", ""): "workers find their work in the database, and ask no API",
    ("paths", "database_path"): "that database has other tables; Surtitle makes one of its own",
    ("paths", ""): "files are in the store; SURTITLE_DATA_DIR or SURTITLE_STORAGE__URL says where",
    ("limits", "allowed_extensions"): "whatever FFmpeg can decode is taken",
    ("limits", "rate_limit_per_minute"): _OTHER_RATES,
}


def _append(into: Path, new: Mapping[str, str]) -> None:
    """All lines or none, in a file that its owner alone can read."""
    if not new:
        return
    before = into.read_text(encoding="utf-8") if into.exists() else ""
    if before and not before.endswith("\n"):
        before += "\n"
    lines = "".join(f"{name}={_quoted(value)}\n" for name, value in new.items())
    fresh = into.with_name(f"{into.name}.{token_hex(8)}")
    descriptor = os.open(fresh, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
    with os.fdopen(descriptor, "w", encoding="utf-8") as file:
        file.write(before + lines)
        file.flush()
        os.fsync(file.fileno())
    fresh.replace(into)


def _quoted(value: str) -> str:
    escaped = value.replace("\\", "\\\\").replace("'", "\\'")
    return f"'{escaped}'"
