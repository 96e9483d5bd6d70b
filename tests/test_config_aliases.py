from pathlib import Path

import pytest

from surtitle.config import Settings, StoragePlace, StorageProtocol
from surtitle.config_aliases import apply_aliases


@pytest.fixture(autouse=True)
def own_folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)


@pytest.mark.parametrize(
    ("value", "expected"),
    [
        ("dummy", {"SURTITLE_ENGINES__TRANSCRIBER": "dummy"}),
        (
            "company.speech:Recognizer",
            {
                "SURTITLE_ENGINES__PLUGIN": "company.speech:Recognizer",
                "SURTITLE_ENGINES__TRANSCRIBER": "plugin",
            },
        ),
        (
            "company.speech.Recognizer",
            {
                "SURTITLE_ENGINES__PLUGIN": "company.speech.Recognizer",
                "SURTITLE_ENGINES__TRANSCRIBER": "plugin",
            },
        ),
        ("base", {"SURTITLE_ENGINES__MODEL": "base"}),
        ("tiny.en", {"SURTITLE_ENGINES__MODEL": "tiny.en"}),
    ],
)
def test_the_subtitle_apps_variable_chooses_an_engine_a_class_or_a_model(
    value: str, expected: dict[str, str]
) -> None:
    environment = {"TRANSCRIPTION_MODEL": value}
    told = apply_aliases(environment)

    assert environment == {"TRANSCRIPTION_MODEL": value, **expected}
    assert len(told) == 1
    assert all(name in told[0] for name in expected)


def test_a_setting_of_our_own_wins() -> None:
    environment = {"TRANSCRIPTION_MODEL": "base", "SURTITLE_ENGINES__MODEL": "small"}

    assert "not heeded" in apply_aliases(environment)[0]
    assert environment["SURTITLE_ENGINES__MODEL"] == "small"


def heeded(environment: dict[str, str]) -> tuple[dict[str, str], str]:
    """What an older variable adds, and the sentence that tells of it; nothing is told a second time."""
    before = dict(environment)
    [told] = apply_aliases(environment)
    assert apply_aliases(environment) == []
    return {name: value for name, value in environment.items() if before.get(name) != value}, told


@pytest.mark.parametrize(
    ("own", "older", "added"),
    [
        ({"SURTITLE_LOG__FORMAT": "json"}, {"FLASK_ENV": "production"}, {"SURTITLE_LOG__LEVEL": "info"}),
        (
            {"SURTITLE_STORAGE__PROTOCOL": "s3"},
            {"GRABADORA_S3_ENDPOINT_URL": "minio:9000"},
            {"SURTITLE_STORAGE__ENDPOINT": "http://minio:9000"},
        ),
        (
            {"SURTITLE_MODELS__FOLDER": "/models"},
            {"WHISPER_MODEL": "/models/small"},
            {"SURTITLE_ENGINES__MODEL": "folder:small"},
        ),
    ],
)
def test_a_variable_that_agrees_with_what_is_set_adds_what_is_not(
    own: dict[str, str], older: dict[str, str], added: dict[str, str]
) -> None:
    new, told = heeded(own | older)

    assert new == added
    assert told.startswith(f"{next(iter(older))} is the name of an earlier system")
    assert not any(name in told for name in own)


def test_half_of_what_an_environment_of_flask_meant_is_better_than_nothing() -> None:
    new, _told = heeded({"SURTITLE_LOG__FORMAT": "json", "FLASK_ENV": "development"})

    assert new == {"SURTITLE_LOG__LEVEL": "debug"}


def test_half_of_a_models_path_is_another_model_and_is_not_heeded() -> None:
    environment = {"SURTITLE_MODELS__FOLDER": "/others", "WHISPER_MODEL": "/models/small"}
    [told] = apply_aliases(environment)

    assert told.startswith("WHISPER_MODEL is not heeded, because SURTITLE_MODELS__FOLDER is set")
    assert "SURTITLE_ENGINES__MODEL" not in environment


def test_a_bucket_that_the_stores_address_names_wins_over_the_older_one() -> None:
    environment = {"SURTITLE_STORAGE__URL": "s3://surtitle", "SUPABASE_BUCKET": "jobs"}
    [told] = apply_aliases(environment)

    assert told.startswith("SUPABASE_BUCKET is not heeded, because SURTITLE_STORAGE__URL is set")
    assert "SURTITLE_STORAGE__BUCKET" not in environment


def test_a_setting_in_the_dotenv_file_wins_too() -> None:
    Path(".env").write_text("SURTITLE_ENGINES__MODEL=small\n")
    environment = {"TRANSCRIPTION_MODEL": "base"}
    apply_aliases(environment)

    assert "SURTITLE_ENGINES__MODEL" not in environment


def test_the_older_variable_may_stand_in_the_dotenv_file() -> None:
    Path(".env").write_text("TRANSCRIPTION_MODEL=dummy\n")
    environment: dict[str, str] = {}
    apply_aliases(environment)

    assert environment == {"SURTITLE_ENGINES__TRANSCRIBER": "dummy"}


def test_a_child_process_hears_nothing_of_it_again() -> None:
    environment = {"TRANSCRIPTION_MODEL": "dummy"}
    apply_aliases(environment)

    assert apply_aliases(environment) == []


@pytest.mark.parametrize(
    ("older", "ours"),
    [
        ({"GRABADORA_TRANSCRIPTION_QUANTIZATION": "INT8"}, {"SURTITLE_ENGINES__COMPUTE_TYPE": "int8"}),
        (
            {"GRABADORA_DATABASE_URL": "sqlite+pysqlite:////srv/notes.db"},
            {"SURTITLE_DATABASE_URL": "sqlite+aiosqlite:////srv/notes.db"},
        ),
        (
            {"GRABADORA_DATABASE_URL": "postgresql+psycopg2://grabadora:s3cret@db/notes"},
            {"SURTITLE_DATABASE_URL": "postgresql://grabadora:s3cret@db/notes"},
        ),
        (
            {"DATABASE_URL": "postgres://films:s3cret@db:5432/films"},
            {"SURTITLE_DATABASE_URL": "postgresql://films:s3cret@db:5432/films"},
        ),
        ({"POSTGRES_PASSWORD": "s3cret"}, {"SURTITLE_DATABASE__PASSWORD": "s3cret"}),
    ],
)
def test_variables_are_read_where_there_is_something_behind_them(
    older: dict[str, str], ours: dict[str, str]
) -> None:
    environment = dict(older)
    [told] = apply_aliases(environment)

    assert environment == older | ours
    assert all(name in told for name in older | ours)
    assert SECRET not in told


LONG_KEY = "internal-" + "k" * 32


def test_vocalyx_variables_are_the_key_and_the_project_that_exist_from_the_start() -> None:
    environment = {"INTERNAL_API_KEY": LONG_KEY, "ADMIN_PROJECT_NAME": "ISICOMTECH"}
    told = apply_aliases(environment)

    assert environment["SURTITLE_ACCOUNTS__BOOTSTRAP_KEY"] == LONG_KEY
    assert environment["SURTITLE_ACCOUNTS__BOOTSTRAP_PROJECT"] == "ISICOMTECH"
    assert "SURTITLE_ACCOUNTS__BOOTSTRAP_KEY" in told[0]
    assert "SURTITLE_ACCOUNTS__BOOTSTRAP_PROJECT=ISICOMTECH" in told[1]
    assert LONG_KEY not in "".join(told)
    assert apply_aliases(environment) == []


@pytest.mark.parametrize(
    "older",
    [{"INTERNAL_API_KEY": "k" * 31}, {"ADMIN_PROJECT_NAME": "x" * 121}, {"ADMIN_PROJECT_NAME": "a\nb"}],
)
def test_a_key_that_could_be_guessed_or_a_name_that_no_list_could_show_is_not_heeded(
    older: dict[str, str],
) -> None:
    [(name, value)] = older.items()
    [told] = apply_aliases(older)

    assert told.startswith(f"{name} is not heeded")
    assert value not in told
    assert older == {name: ""}


def test_grabadoras_secret_seals_what_is_stored_and_is_not_told() -> None:
    environment = {"GRABADORA_JWT_SECRET_KEY": LONG_KEY}
    [told] = apply_aliases(environment)

    assert environment["SURTITLE_ACCOUNTS__SECRET_KEY"] == LONG_KEY
    assert "SURTITLE_ACCOUNTS__SECRET_KEY" in told
    assert LONG_KEY not in told


SECRET = "s3cret"
UNHEEDED = {
    "GRABADORA_DATABASE_URL": f"mysql://grabadora:{SECRET}@db/grabadora",
    "GRABADORA_REDIS_URL": f"amqp://:{SECRET}@rabbit/0",
    "REDIS_URL": SECRET,
    "GRABADORA_S3_ENDPOINT_URL": f"http://grabadora:{SECRET}@minio:9000",
    "STORAGE_PROTOCOL": "ftp",
    "GRABADORA_JWT_SECRET_KEY": SECRET,
    "GRABADORA_TRANSCRIPTION_QUANTIZATION": "int4",
}


@pytest.mark.parametrize("older", ["REDIS_URL", "GRABADORA_REDIS_URL"])
def test_the_address_of_redis_is_the_hubs_and_is_not_told(
    older: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    environment = {older: f"redis://:{SECRET}@redis:6379/0"}
    [told] = apply_aliases(environment)

    assert environment["SURTITLE_HUB__URL"] == environment[older]
    assert "SURTITLE_HUB__URL" in told
    assert SECRET not in told
    monkeypatch.setenv("SURTITLE_HUB__URL", environment[older])
    assert Settings().hub.url is not None


def test_what_cannot_be_heeded_is_told_once_with_the_reason_and_without_the_secret() -> None:
    environment = dict(UNHEEDED)
    told = apply_aliases(environment)

    assert len(told) == len(UNHEEDED)
    assert all("not heeded" in sentence for sentence in told)
    assert sorted(sentence.split()[0] for sentence in told) == sorted(UNHEEDED)
    assert SECRET not in "".join(told)
    assert not [name for name in environment if name.startswith("SURTITLE_")]
    assert apply_aliases(environment) == []


def test_what_a_dotenv_file_says_in_vain_is_told_once_too() -> None:
    Path(".env").write_text("STORAGE_PROTOCOL=ftp\n")
    environment: dict[str, str] = {}

    assert len(apply_aliases(environment)) == 1
    assert apply_aliases(environment) == []


@pytest.mark.parametrize(
    ("older", "ours"),
    [
        ({"WHISPER_MODEL": "small"}, {"SURTITLE_ENGINES__MODEL": "small"}),
        (
            {"WHISPER_MODEL": "./models/openai-whisper-small/"},
            {
                "SURTITLE_MODELS__FOLDER": "./models",
                "SURTITLE_ENGINES__MODEL": "folder:openai-whisper-small",
            },
        ),
        ({"WHISPER_DEVICE": "CUDA"}, {"SURTITLE_ENGINES__DEVICE": "cuda"}),
        ({"WHISPER_LANGUAGE": "french"}, {"SURTITLE_JOBS__DEFAULT_LANGUAGE": "fr"}),
        ({"WHISPER_LANGUAGE": "auto"}, {}),
        ({"MAX_WORKERS": "2"}, {"SURTITLE_JOBS__SLOTS": "2"}),
        ({"VAD_ENABLED": "False"}, {"SURTITLE_JOBS__DEFAULT_VAD": "false"}),
        ({"SENDGRID_API_KEY": "SG.x"}, {"SURTITLE_MAIL__SENDGRID_API_KEY": "SG.x"}),
        ({"FLASK_ENV": "production"}, {"SURTITLE_LOG__FORMAT": "json", "SURTITLE_LOG__LEVEL": "info"}),
        ({"FLASK_ENV": "development"}, {"SURTITLE_LOG__FORMAT": "console", "SURTITLE_LOG__LEVEL": "debug"}),
    ],
)
def test_vocalyx_and_the_video_generators_variables_are_settings_of_ours(
    older: dict[str, str], ours: dict[str, str], monkeypatch: pytest.MonkeyPatch
) -> None:
    environment = dict(older)
    apply_aliases(environment)
    for name, value in ours.items():
        monkeypatch.setenv(name, value)

    assert environment == older | ours
    Settings()


@pytest.mark.parametrize(
    "older",
    [
        {"WHISPER_DEVICE": "tpu"},
        {"WHISPER_LANGUAGE": "klingon"},
        {"MAX_WORKERS": "0"},
        {"MAX_WORKERS": "many"},
        {"VAD_ENABLED": "perhaps"},
        {"FLASK_ENV": "staging"},
    ],
)
def test_a_value_that_nothing_can_be_made_of_is_told_and_changes_nothing(older: dict[str, str]) -> None:
    [(name, value)] = older.items()
    [told] = apply_aliases(older)

    assert told.startswith(f"{name} is not heeded")
    assert older == {name: ""}
    assert value not in told


@pytest.mark.parametrize(
    ("older", "place"),
    [
        ({"STORAGE_PROTOCOL": "file"}, StoragePlace(StorageProtocol.LOCAL, folder=Path("files"))),
        ({"STORAGE_PROTOCOL": "S3"}, StoragePlace(StorageProtocol.S3, "surtitle")),
        ({"STORAGE_PROTOCOL": "gs", "SUPABASE_BUCKET": "jobs"}, StoragePlace(StorageProtocol.GCS, "jobs")),
        ({"GRABADORA_S3_ENDPOINT_URL": "minio:9000"}, StoragePlace(StorageProtocol.S3, "surtitle")),
    ],
)
def test_older_names_of_the_store_lead_to_it(
    older: dict[str, str], place: StoragePlace, monkeypatch: pytest.MonkeyPatch
) -> None:
    environment = dict(older)
    apply_aliases(environment)
    for name, value in environment.items():
        monkeypatch.setenv(name, value)

    assert Settings().effective_storage.place(Path("files")) == place


def test_grabadoras_keys_open_the_bucket_and_are_not_told(monkeypatch: pytest.MonkeyPatch) -> None:
    environment = {
        "GRABADORA_S3_ENDPOINT_URL": "minio:9000",
        "GRABADORA_S3_ACCESS_KEY": "grabadora",
        "GRABADORA_S3_SECRET_KEY": SECRET,
    }
    told = apply_aliases(environment)
    for name, value in environment.items():
        monkeypatch.setenv(name, value)

    storage = Settings().effective_storage
    assert storage.endpoint == "http://minio:9000"
    assert storage.secret_key is not None
    assert storage.secret_key.get_secret_value() == SECRET
    assert SECRET not in "".join(told)


def test_a_setting_that_is_kept_in_a_file_wins_too() -> None:
    environment = {"INTERNAL_API_KEY": LONG_KEY, "SURTITLE_ACCOUNTS__BOOTSTRAP_KEY_FILE": "/run/key"}

    assert "not heeded" in apply_aliases(environment)[0]
    assert "SURTITLE_ACCOUNTS__BOOTSTRAP_KEY" not in environment


def test_the_video_generators_key_of_sendgrid_is_not_told() -> None:
    environment = {"SENDGRID_API_KEY": SECRET}
    [told] = apply_aliases(environment)
    assert environment["SURTITLE_MAIL__SENDGRID_API_KEY"] == SECRET
    assert SECRET not in told


def test_the_video_generators_key_of_fal_switches_its_engine_on_and_is_not_told(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    environment = {"FAL_API_KEY": SECRET}
    told = apply_aliases(environment)
    monkeypatch.setenv("SURTITLE_FAL__API_KEY", environment["SURTITLE_FAL__API_KEY"])
    key = Settings().fal.api_key
    assert key is not None
    assert key.get_secret_value() == SECRET
    assert "SURTITLE_FAL__API_KEY" in told[0]
    assert SECRET not in told[0]
