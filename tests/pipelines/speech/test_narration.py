"""Narrations by the voices that are installed, in a real child process."""

import wave
from pathlib import Path

import numpy as np
import pytest

from surtitle.config import ModelSettings, Settings
from surtitle.domain.films import FilmScript, Scene, Template
from surtitle.engines.host import EngineHost
from surtitle.engines.models import ModelStore, probe_hardware
from surtitle.engines.registry import EngineRegistry
from surtitle.errors import Invalid
from surtitle.pipelines.film.timeline import narrated
from surtitle.pipelines.speech.narration import Narration, WordTiming
from surtitle.pipelines.speech.parts import SpeechParts, open_speech
from surtitle.pipelines.speech.speaking import Manner, NothingToSay

PASSAGES = ["Welcome! It costs $9.99.", "", "Good morning. [pause 1s] The end."]


def _samples(path: Path) -> np.ndarray:
    with wave.open(str(path)) as file:
        assert (file.getnchannels(), file.getsampwidth()) == (1, 2)
        return np.frombuffer(file.readframes(file.getnframes()), dtype="<i2")


async def _narrated(speech: SpeechParts, folder: Path, text: str, manner: Manner | None = None) -> Narration:
    return await speech.narrator.narrate(text, manner or Manner(), "en", folder / "voice.wav")


async def test_every_written_word_is_heard_in_its_place(speech: SpeechParts, tmp_path: Path) -> None:
    told: list[float] = []
    made = await speech.narrator.narrate(PASSAGES, Manner(), "en", tmp_path / "voice.wav", told.append)

    assert [word.text for word in made.words] == [
        "Welcome!",
        "It",
        "costs",
        "$9.99.",
        "Good",
        "morning.",
        "The",
        "end.",
    ]
    times = [moment for word in made.words for moment in (word.start_seconds, word.end_seconds)]
    assert times == sorted(times)
    assert (made.engine, made.voice, made.timing, made.warnings) == ("hibari", "heart", WordTiming.ENGINE, ())
    assert told == sorted(told)
    assert told[-1] == 1.0

    samples = _samples(made.sound)
    assert made.duration_seconds == pytest.approx(len(samples) / 24_000)
    first, nothing, last = made.passages
    assert nothing.seconds == 0.0
    assert first.start_seconds == 0.0
    assert first.end_seconds + 0.5 < last.start_seconds < made.words[4].start_seconds + 0.1
    # "$9.99." is said in five words, which take their time; the pause that was asked for is silent.
    assert made.words[3].end_seconds - made.words[3].start_seconds > 1.0
    the = made.words[6]
    assert the.start_seconds - made.words[5].end_seconds > 1.0
    pause = samples[int((the.start_seconds - 0.9) * 24_000) : int((the.start_seconds - 0.2) * 24_000)]
    assert not pause.any()


async def test_a_passage_has_the_pauses_that_were_asked_for_around_it(
    speech: SpeechParts, tmp_path: Path
) -> None:
    texts = ["One.", "[pause 3s] Two. [pause 2s]", "Three."]
    made = await speech.narrator.narrate(texts, Manner(), "en", tmp_path / "voice.wav")

    scenes = tuple(Scene(Template.STATEMENT, text, narration=text) for text in texts)
    timeline = narrated(FilmScript("", "en", scenes), made, None, tmp_path / "film.wav")
    one, two, three = timeline.words
    assert two.start_seconds - one.end_seconds >= 3.0
    assert three.start_seconds - two.end_seconds >= 2.0
    with wave.open(str(tmp_path / "film.wav")) as file:
        assert file.getnframes() / file.getframerate() == pytest.approx(timeline.duration_seconds, abs=0.01)


async def test_the_same_text_and_manner_give_the_same_narration(speech: SpeechParts, tmp_path: Path) -> None:
    one, two = [await _narrated(speech, tmp_path / name, "Good morning to you.") for name in "ab"]
    slow = await _narrated(speech, tmp_path / "c", "Good morning to you.", Manner(speed=0.5))

    assert one.sound.read_bytes() == two.sound.read_bytes()
    assert one.words == two.words
    assert slow.duration_seconds > 1.5 * one.duration_seconds


async def test_an_engine_that_tells_no_times_gets_proportional_ones_and_says_so(
    speech: SpeechParts, tmp_path: Path
) -> None:
    made = await speech.narrator.narrate("Guten Tag. Es kostet 5 €.", Manner(), "de", tmp_path / "v.wav")

    assert (made.engine, made.timing) == ("espeak", WordTiming.PROPORTIONAL)
    assert [word.text for word in made.words] == ["Guten", "Tag.", "Es", "kostet", "5", "€."]
    assert any("whisper-base" in warning for warning in made.warnings)
    assert made.words[2].start_seconds > made.words[1].end_seconds + 0.2


@pytest.mark.parametrize("text", ["", " \n ", "😀😀", "…", "[pause 2s]"])
async def test_a_text_without_words_is_refused_and_leaves_no_file(
    speech: SpeechParts, tmp_path: Path, text: str
) -> None:
    with pytest.raises(NothingToSay):
        await _narrated(speech, tmp_path, text)
    assert list(tmp_path.glob("*.wav*")) == []


async def test_a_voice_of_another_language_is_refused_before_anything_is_said(
    speech: SpeechParts, tmp_path: Path
) -> None:
    with pytest.raises(Invalid, match="speaks French, not English"):
        await _narrated(speech, tmp_path, "Hello", Manner("ff_siwis", engine="kokoro"))


@pytest.mark.models
async def test_with_a_model_that_listens_words_are_placed_where_they_are_heard(tmp_path: Path) -> None:
    directory = ModelStore(Settings()).pull("whisper-base").parent
    settings = Settings(data_dir=tmp_path, models=ModelSettings(directory=directory), _env_file=None)
    registry = EngineRegistry()
    host = EngineHost(settings.engines, registry)
    speech = open_speech(settings, registry, ModelStore(settings), probe_hardware(0), host)
    text = "Der Hafen öffnet morgen. [pause 1s] Viele Besucher kommen."
    try:
        made = await speech.narrator.narrate(text, Manner(engine="espeak"), "de", tmp_path / "v.wav")
    finally:
        await host.close()

    assert (made.timing, made.warnings) == (WordTiming.ALIGNED, ())
    assert [word.text for word in made.words] == [
        "Der",
        "Hafen",
        "öffnet",
        "morgen.",
        "Viele",
        "Besucher",
        "kommen.",
    ]
    assert made.words[4].start_seconds - made.words[3].end_seconds > 0.8
    moments = [moment for word in made.words for moment in (word.start_seconds, word.end_seconds)]
    assert moments == sorted(moments)
