from pathlib import Path

import pytest

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
    ],
)
def test_grabadoras_variables_are_read_where_there_is_something_behind_them(
    older: dict[str, str], ours: dict[str, str]
) -> None:
    environment = dict(older)
    [told] = apply_aliases(environment)

    assert environment == older | ours
    assert all(name in told for name in older | ours)


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
    "GRABADORA_DATABASE_URL": f"postgresql://grabadora:{SECRET}@db/grabadora",
    "GRABADORA_REDIS_URL": f"redis://:{SECRET}@redis/0",
    "GRABADORA_S3_ENDPOINT_URL": "minio:9000",
    "GRABADORA_S3_ACCESS_KEY": SECRET,
    "GRABADORA_S3_SECRET_KEY": SECRET,
    "GRABADORA_JWT_SECRET_KEY": SECRET,
    "GRABADORA_TRANSCRIPTION_QUANTIZATION": "int4",
}


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
    Path(".env").write_text("GRABADORA_REDIS_URL=redis://redis/0\n")
    environment: dict[str, str] = {}

    assert len(apply_aliases(environment)) == 1
    assert apply_aliases(environment) == []
