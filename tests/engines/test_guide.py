"""The engine of docs/develop/engines.md, copied out of the page, installed and run."""

import re
import tomllib
from pathlib import Path

import numpy as np
import pytest

from surtitle.config import EngineSettings
from surtitle.domain.options import TranscriptionOptions
from surtitle.domain.recognition import WindowCursor
from surtitle.engines.host import EngineHost
from surtitle.engines.protocols import EngineSetup
from surtitle.engines.registry import EngineRegistry

from .conftest import InstallEngines, write_sound

PAGE = Path(__file__).resolve().parents[2] / "docs" / "develop" / "engines.md"


def block(language: str) -> str:
    found = re.search(rf"```{language}\n(.*?)```", PAGE.read_text(), re.DOTALL)
    assert found
    return found[1]


async def test_the_engine_of_the_guide_works_as_written(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, install_engines: InstallEngines
) -> None:
    (tmp_path / "loudness.py").write_text(block("python"))
    monkeypatch.syspath_prepend(str(tmp_path))
    install_engines(tomllib.loads(block("toml"))["project"]["entry-points"]["surtitle.engines"])
    assert "loudness" in {spec.name for spec in EngineRegistry().specs}
    tone = np.sin(np.arange(10 * 16_000, dtype=np.float32)) / 2
    sound = write_sound(tmp_path / "sound.wav", np.concatenate([tone, tone * 0, tone[:16_000]]))
    host = EngineHost(EngineSettings())
    setup = EngineSetup("loudness", "", None, "cpu", "float32", 1)
    try:
        windows = [
            window async for window in host.transcribe(setup, sound, TranscriptionOptions(), WindowCursor())
        ]
    finally:
        await host.close()
    assert [window.segments[0].words[0].text for window in windows] == [" loud", " quiet", " loud"]
    assert windows[-1].end_seconds == 21.0


def test_the_engine_of_the_guide_is_as_short_as_it_says() -> None:
    code = [line for line in block("python").splitlines() if line.strip()]
    assert len(code) <= 20


async def test_a_plugin_of_the_subtitle_app_works_by_its_name_in_the_settings(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    answer = re.search(r"^\{\"text\".*\}$", PAGE.read_text(), re.MULTILINE)
    assert answer
    (tmp_path / "company_speech.py").write_text(
        f"class Recognizer:\n    def transcribe(self, audio_path):\n        return {answer[0]}\n"
    )
    monkeypatch.syspath_prepend(str(tmp_path))
    sound = write_sound(tmp_path / "sound.wav", np.zeros(32_000, dtype=np.float32))
    host = EngineHost(EngineSettings(plugin="company_speech.Recognizer"))
    setup = EngineSetup("plugin", "company_speech.Recognizer", None, "cpu", "float32", 1)
    try:
        windows = [
            window async for window in host.transcribe(setup, sound, TranscriptionOptions(), WindowCursor())
        ]
    finally:
        await host.close()
    assert [word.text for word in windows[0].segments[0].words] == [" Hello", " you."]
