"""Variables of the systems that Surtitle replaces, read as its own.

They are translated in the environment, before settings are read, so that child processes see the
new names too. A variable of Surtitle's own always wins.
"""

from collections.abc import Callable, Mapping, MutableMapping
from importlib.metadata import entry_points
from pathlib import Path

from surtitle.domain.languages import language_code

ENGINE = "SURTITLE_ENGINES__TRANSCRIBER"
PLUGIN = "SURTITLE_ENGINES__PLUGIN"
MODEL = "SURTITLE_ENGINES__MODEL"
COMPUTE_TYPE = "SURTITLE_ENGINES__COMPUTE_TYPE"
DATABASE = "SURTITLE_DATABASE_URL"
HUB = "SURTITLE_HUB__URL"
DATABASE_PASSWORD = "SURTITLE_DATABASE__PASSWORD"  # noqa: S105 - the name of a variable
SECRET_KEY = "SURTITLE_ACCOUNTS__SECRET_KEY"  # noqa: S105 - the name of a variable
BOOTSTRAP_KEY = "SURTITLE_ACCOUNTS__BOOTSTRAP_KEY"
BOOTSTRAP_PROJECT = "SURTITLE_ACCOUNTS__BOOTSTRAP_PROJECT"
MODELS_FOLDER = "SURTITLE_MODELS__FOLDER"
DEVICE = "SURTITLE_ENGINES__DEVICE"
LANGUAGE = "SURTITLE_JOBS__DEFAULT_LANGUAGE"
VAD = "SURTITLE_JOBS__DEFAULT_VAD"
SLOTS = "SURTITLE_JOBS__SLOTS"
LOG_FORMAT = "SURTITLE_LOG__FORMAT"
LOG_LEVEL = "SURTITLE_LOG__LEVEL"
FAL_KEY = "SURTITLE_FAL__API_KEY"
SENDGRID_KEY = "SURTITLE_MAIL__SENDGRID_API_KEY"
STORAGE_PROTOCOL = "SURTITLE_STORAGE__PROTOCOL"
STORAGE_URL = "SURTITLE_STORAGE__URL"
STORAGE_BUCKET = "SURTITLE_STORAGE__BUCKET"
STORAGE_ENDPOINT = "SURTITLE_STORAGE__ENDPOINT"
STORAGE_ACCESS_KEY = "SURTITLE_STORAGE__ACCESS_KEY"
STORAGE_SECRET_KEY = "SURTITLE_STORAGE__SECRET_KEY"  # noqa: S105 - the name of a variable
TRANSCRIPTION_MODEL = "TRANSCRIPTION_MODEL"

_ENGINES = "surtitle.engines"
_DOTENV = Path(".env")
_SECRET = frozenset(
    {
        BOOTSTRAP_KEY, SECRET_KEY, DATABASE, DATABASE_PASSWORD, FAL_KEY, HUB, SENDGRID_KEY,
        STORAGE_ACCESS_KEY, STORAGE_SECRET_KEY,
    }
)  # fmt: skip
# As `config.AccountSettings` has it; a shorter one would keep the server from starting.
_SHORTEST_KEY = 32
_LONGEST_NAME = 120
_MOST_SLOTS = 64
_RULED_BY = {STORAGE_BUCKET: STORAGE_URL}
"""Variables that are not looked at where another one is set."""
_HOLDS_IN_PARTS = frozenset({"FLASK_ENV"})
"""Of what they mean, one part is of use without the other; elsewhere a half would be something else."""
_STORES = {
    "file": "local", "local": "local", "s3": "s3", "s3a": "s3", "gs": "gcs", "gcs": "gcs", "az": "azure",
    "abfs": "azure", "memory": "memory",
}  # fmt: skip
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


def meaning(old: str, value: str) -> Meaning:
    """What the older variable `old` means with this value."""
    return _MEANINGS[old](value)


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
    if scheme.partition("+")[0] in {"postgres", "postgresql"}:
        return {DATABASE: f"postgresql://{path}"}
    return "it is neither PostgreSQL nor SQLite; the database is SQLite in the data directory"


def _redis(value: str) -> Meaning:
    scheme, _, place = value.partition("://")
    if scheme in {"redis", "rediss", "unix"} and place:
        return {HUB: value}
    return "it is no address of Redis, as redis://redis:6379/0; processes find news in the database"


def _storage_protocol(value: str) -> Meaning:
    """By the names that fsspec has for them."""
    protocol = _STORES.get(value.lower())
    if protocol is None:
        return f"it is none of {', '.join(_STORES)}; files are kept where `storage` says"
    return {STORAGE_PROTOCOL: protocol}


def _s3_endpoint(value: str) -> Meaning:
    if "@" in value:
        return "keys do not belong into an address; set SURTITLE_STORAGE__ENDPOINT without them"
    return {STORAGE_PROTOCOL: "s3", STORAGE_ENDPOINT: value if "://" in value else f"http://{value}"}


def _database_password(value: str) -> Meaning:
    return {DATABASE_PASSWORD: value}


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


def _whisper_model(value: str) -> Meaning:
    """Vocalyx took a model's name, or the path of a folder with weights."""
    folder, slash, name = value.rstrip("/").rpartition("/")
    return {MODELS_FOLDER: folder or slash, MODEL: f"folder:{name}"} if slash else {MODEL: value}


def _one_of(variable: str, *known: str) -> Callable[[str], Meaning]:
    def read(value: str) -> Meaning:
        if value.lower() in known:
            return {variable: value.lower()}
        return f"its value is none of {', '.join(known)}"

    return read


def _language(value: str) -> Meaning:
    try:
        return {LANGUAGE: language_code(value)} if value.lower() != "auto" else {}
    except ValueError:
        return "its value is no language that we know; write a code of two letters, as fr"


def _slots(value: str) -> Meaning:
    if value.isdecimal() and 1 <= int(value) <= _MOST_SLOTS:
        return {SLOTS: value}
    return f"its value is no number from 1 to {_MOST_SLOTS}"


def _vad(value: str) -> Meaning:
    switch = {"true": "true", "1": "true", "yes": "true", "on": "true",
              "false": "false", "0": "false", "no": "false", "off": "false"}.get(value.lower())  # fmt: skip
    return {VAD: switch} if switch else "its value is neither true nor false"


def _flask(value: str) -> Meaning:
    """The Video generator's environments differed in what their logs said, and to whom."""
    if value.lower() == "development":
        return {LOG_FORMAT: "console", LOG_LEVEL: "debug"}
    if value.lower() in {"production", "qa"}:
        return {LOG_FORMAT: "json", LOG_LEVEL: "info"}
    return "its value is none of development, production, qa"


def _not_heeded(why: str) -> Callable[[str], Meaning]:
    return lambda _value: why


_MEANINGS: dict[str, Callable[[str], Meaning]] = {
    # The Subtitle app
    TRANSCRIPTION_MODEL: _engine_or_model,
    # Vocalyx
    "INTERNAL_API_KEY": _internal_key,
    "ADMIN_PROJECT_NAME": _admin_project,
    "WHISPER_MODEL": _whisper_model,
    "WHISPER_DEVICE": _one_of(DEVICE, "auto", "cpu", "cuda"),
    "WHISPER_LANGUAGE": _language,
    "MAX_WORKERS": _slots,
    "VAD_ENABLED": _vad,
    "POSTGRES_PASSWORD": _database_password,
    # The Video generator
    "DATABASE_URL": _database,
    "REDIS_URL": _redis,
    "FLASK_ENV": _flask,
    "FAL_API_KEY": lambda value: {FAL_KEY: value},
    "SUPABASE_BUCKET": lambda value: {STORAGE_BUCKET: value},
    "SENDGRID_API_KEY": lambda value: {SENDGRID_KEY: value},
    # The Meeting scribe
    "STORAGE_PROTOCOL": _storage_protocol,
    # Grabadora
    "GRABADORA_TRANSCRIPTION_QUANTIZATION": _quantization,
    "GRABADORA_DATABASE_URL": _database,
    "GRABADORA_REDIS_URL": _redis,
    "GRABADORA_S3_ENDPOINT_URL": _s3_endpoint,
    "GRABADORA_S3_ACCESS_KEY": lambda value: {STORAGE_ACCESS_KEY: value},
    "GRABADORA_S3_SECRET_KEY": lambda value: {STORAGE_SECRET_KEY: value},
    "GRABADORA_JWT_SECRET_KEY": _secret_key,
}


def _applied(
    old: str, meaning: Meaning, known: Mapping[str, str], environment: MutableMapping[str, str]
) -> list[str]:
    if isinstance(meaning, str):
        # Empty, so that child processes have nothing to tell again, nor a secret that they do not need.
        environment[old] = ""
        return [f"{old} is not heeded: {meaning}. Remove {old}."]
    own = {_without_file(name.upper()): value for name, value in known.items()}
    if taken := _taken(old, meaning, own):
        return [f"{old} is not heeded, because {' and '.join(taken)} is set; remove {old}."]
    fresh = {name: value for name, value in meaning.items() if name not in own}
    if not fresh:
        return []
    environment.update(fresh)
    new = " and ".join(name if name in _SECRET else f"{name}={value}" for name, value in fresh.items())
    return [f"{old} is the name of an earlier system; it is read as {new}. Set that instead."]


def _taken(old: str, meaning: Mapping[str, str], own: Mapping[str, str]) -> list[str]:
    """Variables of our own that keep the older one from being heeded: those that say something else, or
    that are read in place of what it means.
    """
    if ruling := sorted({_RULED_BY[name] for name in meaning if own.get(_RULED_BY.get(name, ""))}):
        return ruling
    others = sorted(name for name, value in meaning.items() if own.get(name, value) != value)
    return [] if old in _HOLDS_IN_PARTS and len(others) < len(meaning) else others


def _without_file(name: str) -> str:
    """`SURTITLE_X_FILE` sets `SURTITLE_X`."""
    return name.removesuffix("_FILE") if name.startswith("SURTITLE_") else name


def _dotenv() -> dict[str, str]:
    if not _DOTENV.is_file():
        return {}
    from dotenv import dotenv_values  # noqa: PLC0415 - only where there is such a file

    return {name: value for name, value in dotenv_values(_DOTENV).items() if value is not None}
