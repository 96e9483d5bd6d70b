import stat
from pathlib import Path

import pytest

from surtitle.cli.old_configuration import read_in
from surtitle.config import MIB, Settings
from surtitle.errors import Invalid

SECRET = "s3cret" * 8
OLD = f"""
[WHISPER]
model = small
compute_type = int8_float16
cpu_threads = 6
language = fr
[PERFORMANCE]
max_workers = 2
beam_size = 5
[LIMITS]
max_file_size_mb = 100
[PATHS]
database_path = sqlite:///./transcriptions.db
[LOGGING]
level = CRITICAL
[SECURITY]
internal_api_key = {SECRET}'%
[ELSEWHERE]
hf_token =
colour = blue
"""


@pytest.fixture
def old(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.chdir(tmp_path)
    (tmp_path / "config.ini").write_text(OLD)
    return tmp_path / "config.ini"


def test_an_old_file_is_read_and_what_is_set_stays(old: Path) -> None:
    env = Path(".env")
    env.write_text("SURTITLE_ENGINES__MODEL=base")
    told = read_in(old, env)
    sentences = "\n".join(told.sentences)
    settings = Settings()

    assert told.written == 7
    assert SECRET not in sentences
    assert "[WHISPER] model is SURTITLE_ENGINES__MODEL, which is set in .env already." in sentences
    assert "[PATHS] database_path is not heeded: that database has other tables" in sentences
    assert "[ELSEWHERE] colour is not heeded: nothing here corresponds to it" in sentences
    assert (settings.engines.model, settings.engines.compute_type) == ("base", "int8")
    assert (settings.engines.threads, settings.jobs.slots, settings.jobs.default_language) == (6, 2, "fr")
    assert (settings.limits.upload_bytes, settings.log.level) == (100 * MIB, "error")
    assert settings.accounts.bootstrap_key is not None
    assert settings.accounts.bootstrap_key.get_secret_value() == f"{SECRET}'%"
    assert stat.S_IMODE(env.stat().st_mode) == 0o600


def test_a_second_reading_changes_nothing(old: Path) -> None:
    env = Path(".env")
    read_in(old, env)
    written = env.read_bytes()

    assert read_in(old, env).written == 0
    assert env.read_bytes() == written


def test_our_own_groups_may_stand_in_such_a_file(old: Path) -> None:
    old.write_text("[server]\nport = 8123\n[vad]\nthreshold = 0.5\n")
    told = read_in(old, Path(".env"))

    assert Settings().server.port == 8123
    assert "default options" in told.sentences[1]


@pytest.mark.parametrize("content", [b"no section = here\n", b"\xff\xfe"])
def test_a_file_of_another_kind_is_refused(old: Path, content: bytes) -> None:
    old.write_bytes(content)
    with pytest.raises(Invalid, match="is no config"):
        read_in(old, Path(".env"))
    assert not Path(".env").exists()


def test_a_file_that_is_not_there_is_a_fault_of_usage(old: Path) -> None:
    old.unlink()
    with pytest.raises(Invalid, match="cannot be read: No such file"):
        read_in(old, Path(".env"))
