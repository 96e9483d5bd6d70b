import json

from tests.cli.conftest import Cli


def _checks(text: str) -> dict[str, dict[str, str]]:
    return {check["name"]: check for check in json.loads(text)["checks"]}


def test_what_is_missing_is_told_with_what_mends_it(cli: Cli) -> None:
    empty = str(cli.folder / "models")
    done = cli(
        "doctor", "--json", SURTITLE_MODELS__DIRECTORY=empty, SURTITLE_RENDERING__FFMPEG="/nowhere/ffmpeg"
    )

    assert done.returncode == 1
    checks = _checks(done.stdout)
    assert checks["models"]["state"] == "missing"
    assert "surtitle models pull whisper-base" in checks["models"]["mend"]
    assert "SURTITLE_RENDERING__FFMPEG" in checks["ffmpeg"]["mend"]
    assert checks["database"]["state"] == "ok"
    assert not (cli.folder.parent / "data").exists()


def test_the_table_names_the_remedy_too(cli: Cli) -> None:
    done = cli("doctor", SURTITLE_ENGINES__TRANSCRIBER="nonsense")

    assert done.returncode == 1
    assert "→ Set SURTITLE_ENGINES__TRANSCRIBER to one of: dummy, whisper." in done.stdout


def test_the_database_is_brought_up_to_date_and_checked(cli: Cli) -> None:
    assert cli("db", "check").returncode == 1
    assert cli("db", "upgrade").returncode == 0
    assert cli("db", "check").returncode == 0
