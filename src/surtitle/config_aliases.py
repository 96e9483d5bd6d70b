"""Variables of the systems that Surtitle replaces, read as its own.

They are translated in the environment, before settings are read, so that child processes see the
new names too. A variable of Surtitle's own always wins.
"""

from collections.abc import Callable, Mapping, MutableMapping
from importlib.metadata import entry_points
from pathlib import Path

ENGINE = "SURTITLE_ENGINES__TRANSCRIBER"
PLUGIN = "SURTITLE_ENGINES__PLUGIN"
MODEL = "SURTITLE_ENGINES__MODEL"
COMPUTE_TYPE = "SURTITLE_ENGINES__COMPUTE_TYPE"
DATABASE = "SURTITLE_DATABASE_URL"
SECRET_KEY = "SURTITLE_ACCOUNTS__SECRET_KEY"  # noqa: S105 - the name of a variable
BOOTSTRAP_KEY = "SURTITLE_ACCOUNTS__BOOTSTRAP_KEY"
BOOTSTRAP_PROJECT = "SURTITLE_ACCOUNTS__BOOTSTRAP_PROJECT"
TRANSCRIPTION_MODEL = "TRANSCRIPTION_MODEL"

_ENGINES = "surtitle.engines"
_DOTENV = Path(".env")
_SECRET = frozenset({BOOTSTRAP_KEY, SECRET_KEY})
# As `config.AccountSettings` has it; a shorter one would keep the server from starting.
_SHORTEST_KEY = 32
_LONGEST_NAME = 120
_QUANTIZATIONS = ("float32", "float16", "int8")

Meaning = Mapping[str, str] | str
"""Variables of our own with their values; or why an older one cannot be heeded."""


def apply_aliases(environment: MutableMapping[str, str]) -> list[str]:
    """Add to `environment` what older variables in it, or in `.env`, say. One sentence for each.

    No sentence holds the value of a variable that may be secret.
    """
    known = {**_dotenv(), **environment}
    told: list[str] = []
    for old, meaning_of in _MEANINGS.items():
        if value := known.get(old, "").strip():
            told += _applied(old, meaning_of(value), known, environment)
    return told


def _engine_or_model(value: str) -> Meaning:
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


def _quantization(value: str) -> Meaning:
    if value.lower() in _QUANTIZATIONS:
        return {COMPUTE_TYPE: value.lower()}
    return f"its value is none of {', '.join(_QUANTIZATIONS)}; the best format for this machine is taken"


def _database(value: str) -> Meaning:
    scheme, _, path = value.partition("://")
    if scheme.partition("+")[0] == "sqlite":
        return {DATABASE: f"sqlite+aiosqlite://{path}"}
    return "PostgreSQL comes with a later version; the database is SQLite in the data directory"


def _internal_key(value: str) -> Meaning:
    if len(value) < _SHORTEST_KEY:
        return (
            f"it is shorter than {_SHORTEST_KEY} characters and could be guessed; make a key with "
            "`surtitle keys create`, or a longer one with `openssl rand -hex 32`"
        )
    return {BOOTSTRAP_KEY: value}


def _admin_project(value: str) -> Meaning:
    if len(value) > _LONGEST_NAME or not value.isprintable():
        return f"a project's name has at most {_LONGEST_NAME} characters, and no control characters"
    return {BOOTSTRAP_PROJECT: value}


def _secret_key(value: str) -> Meaning:
    if len(value) < _SHORTEST_KEY:
        return f"it is shorter than {_SHORTEST_KEY} characters; the data directory has a secret of its own"
    return {SECRET_KEY: value}


def _not_heeded(why: str) -> Callable[[str], Meaning]:
    return lambda _value: why


_NO_OBJECT_STORE = _not_heeded(
    "object stores come with a later version; recordings and transcripts are kept in the data directory"
)
_MEANINGS: dict[str, Callable[[str], Meaning]] = {
    # The Subtitle app
    TRANSCRIPTION_MODEL: _engine_or_model,
    # Vocalyx
    "INTERNAL_API_KEY": _internal_key,
    "ADMIN_PROJECT_NAME": _admin_project,
    # Grabadora
    "GRABADORA_TRANSCRIPTION_QUANTIZATION": _quantization,
    "GRABADORA_DATABASE_URL": _database,
    "GRABADORA_REDIS_URL": _not_heeded("jobs wait in the database and need no Redis"),
    "GRABADORA_S3_ENDPOINT_URL": _NO_OBJECT_STORE,
    "GRABADORA_S3_ACCESS_KEY": _NO_OBJECT_STORE,
    "GRABADORA_S3_SECRET_KEY": _NO_OBJECT_STORE,
    "GRABADORA_JWT_SECRET_KEY": _secret_key,
}


def _applied(
    old: str, meaning: Meaning, known: Mapping[str, str], environment: MutableMapping[str, str]
) -> list[str]:
    if isinstance(meaning, str):
        # Empty, so that child processes have nothing to tell again, nor a secret that they do not need.
        environment[old] = ""
        return [f"{old} is not heeded: {meaning}. Remove {old}."]
    own = {name.upper(): value for name, value in known.items()}
    if all(own.get(name) == value for name, value in meaning.items()):
        return []
    if taken := sorted(name for name in meaning if name in own):
        return [f"{old} is not heeded, because {' and '.join(taken)} is set; remove {old}."]
    environment.update(meaning)
    new = " and ".join(name if name in _SECRET else f"{name}={value}" for name, value in meaning.items())
    return [f"{old} is the name of an earlier system; it is read as {new}. Set that instead."]


def _dotenv() -> dict[str, str]:
    if not _DOTENV.is_file():
        return {}
    from dotenv import dotenv_values  # noqa: PLC0415 - only where there is such a file

    return {name: value for name, value in dotenv_values(_DOTENV).items() if value is not None}
