"""Who speaks which language, by what is installed."""

import os
from pathlib import Path

import pytest
from pydantic import SecretStr

from surtitle.config import Settings, SpeechSettings
from surtitle.engines.models import ModelStore, probe_hardware
from surtitle.engines.registry import EngineRegistry
from surtitle.errors import Invalid, Unavailable
from surtitle.pipelines.speech.choosing import NoVoice, SpeakerChooser


def chooser(settings: Settings) -> SpeakerChooser:
    return SpeakerChooser(settings, EngineRegistry(), ModelStore(settings), probe_hardware(0))


@pytest.fixture
def with_kokoro(settings: Settings) -> Settings:
    """As if its model were installed: a file of its size, stamped as checked."""
    from surtitle.engines.models.checking import remember  # noqa: PLC0415
    from surtitle.engines.models.manifest import packaged_manifest  # noqa: PLC0415

    spec = packaged_manifest().find("kokoro-82m")
    assert spec is not None
    folder = settings.models_directory / spec.name
    folder.mkdir(parents=True)
    with (folder / spec.files[0].name).open("wb") as file:
        file.truncate(spec.files[0].size_bytes)
    remember(folder, spec)
    return settings


@pytest.mark.parametrize(
    ("language", "engine", "voice"),
    [("en", "hibari", "heart"), ("fr", "espeak", "fr"), ("ru", "espeak", "ru")],
)
def test_without_models_english_has_a_natural_voice_and_others_a_robotic_one(
    settings: Settings, language: str, engine: str, voice: str
) -> None:
    chosen = chooser(settings).setup_for(language)
    assert (chosen.setup.engine, chosen.voice) == (engine, voice)


@pytest.mark.parametrize(
    ("language", "voice"), [("fr", "ff_siwis"), ("es", "ef_dora"), ("it", "if_sara"), ("de", "df_sara")]
)
def test_with_kokoro_its_voices_come_before_espeak(with_kokoro: Settings, language: str, voice: str) -> None:
    chosen = chooser(with_kokoro).setup_for(language)
    assert (chosen.setup.engine, chosen.voice) == ("kokoro", voice)
    assert chosen.setup.model_directory is not None


def test_a_voice_that_is_named_decides_the_engine(with_kokoro: Settings) -> None:
    assert chooser(with_kokoro).setup_for("en", voice="bf_emma").setup.engine == "kokoro"


def test_a_language_that_nobody_speaks_is_refused_with_a_way_out(settings: Settings) -> None:
    with pytest.raises(NoVoice, match="openai-speech"):
        chooser(settings).setup_for("bo")


@pytest.mark.parametrize(
    ("language", "engine", "voice", "message"),
    [
        ("fr", "hibari", None, "does not speak French; it speaks: en"),
        ("fr", "kokoro", "ef_dora", "speaks Spanish, not French"),
        ("fr", "kokoro", "nobody", "for French it has: ff_siwis"),
        ("en", None, "nobody", "There is no voice 'nobody'"),
        ("en", "nothing", None, "choose one of: espeak, hibari, kokoro, openai-speech"),
    ],
)
def test_what_does_not_go_together_is_refused_by_name(
    settings: Settings, language: str, engine: str | None, voice: str | None, message: str
) -> None:
    with pytest.raises(Invalid, match=message):
        chooser(settings).check(language, engine, voice)


def test_a_server_is_asked_only_where_it_is_named_and_its_key_shows_nowhere(settings: Settings) -> None:
    with pytest.raises(Unavailable, match="SURTITLE_SPEECH__URL"):
        chooser(settings).setup_for("bo", "openai-speech")

    settings.speech = SpeechSettings(
        url="http://127.0.0.1:9/v1", api_key=SecretStr("sk-secret"), voice="nova"
    )
    chosen = chooser(settings).setup_for("bo", "openai-speech")
    assert (chosen.setup.engine, chosen.voice) == ("openai-speech", "nova")
    assert "secret" not in repr(chosen)


def test_without_espeak_it_is_named_as_what_is_missing(
    settings: Settings, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    import importlib.util  # noqa: PLC0415

    monkeypatch.setenv("PATH", os.fspath(tmp_path))
    if importlib.util.find_spec("espeakng_loader") is not None:
        # Its library stands in for the program.
        assert chooser(settings).setup_for("fr").setup.engine == "espeak"
        return
    with pytest.raises(NoVoice, match="apt install espeak-ng"):
        chooser(settings).setup_for("fr")


def test_voices_are_listed_with_what_is_missing(settings: Settings) -> None:
    listed = {(voice.engine, voice.name): voice.is_here for voice in chooser(settings).voices()}
    assert listed["hibari", "heart"]
    assert not listed["kokoro", "ff_siwis"]
    assert not listed["openai-speech", "alloy"]
