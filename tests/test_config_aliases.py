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
