# ruff: noqa: RUF001 - phonetic letters
"""Kokoro's side that needs no weights, and its voices where the model is installed."""

import numpy as np
import pytest

from surtitle.config import Settings
from surtitle.engines.builtin.espeak_phonemes import phonemes_of
from surtitle.engines.builtin.kokoro import STYLES, KokoroSynthesizer, cut
from surtitle.engines.builtin.kokoro_alphabet import TOKENS
from surtitle.engines.builtin.voice_lists import KOKORO_VOICES
from surtitle.engines.models import ModelStore
from surtitle.engines.protocols import EngineSetup
from surtitle.errors import Invalid


def test_phonemes_keep_the_marks_of_the_text() -> None:
    assert phonemes_of("¿Qué tal? Bien, gracias.", "es") == "kˈe tˈal? bjˈen, ɡɾˈaθjas."
    assert phonemes_of("Le chat (noir) mange.", "fr") == "lə ʃˈa (nwˈaʁ) mˈɑ̃ʒ."


@pytest.mark.parametrize(
    ("accent", "text", "letter"),
    [("it", "Ciao, dieci pizze!", "ʧ"), ("de", "Zwei Häuser \u2013 schön.", "ʦ"), ("pt-br", "Bom dia!", "ʤ")],
)
def test_what_espeak_ties_is_a_letter_of_the_models_alphabet(accent: str, text: str, letter: str) -> None:
    spelled = phonemes_of(text, accent)
    assert letter in spelled
    assert set(spelled) <= set(TOKENS)


def test_words_of_another_language_leave_no_flags() -> None:
    assert not set("()^") & set(phonemes_of("Ich mag das Meeting und the weather", "de"))


def test_phonemes_are_cut_where_it_is_heard_least() -> None:
    text = "one two, three four. five six"
    assert list(cut(text, 40)) == [text]
    assert list(cut(text, 21)) == ["one two, three four.", "five six"]
    assert list(cut(text, 12)) == ["one two,", "three four.", "five six"]
    assert list(cut("abcdefgh", 3)) == ["abc", "def", "gh"]


def test_every_voice_has_its_style_in_the_package() -> None:
    for voice in KOKORO_VOICES:
        values = np.fromfile(STYLES / f"{voice.style}.bin", dtype="<f4")
        assert values.size == 510 * 256
        assert np.isfinite(values).all()


@pytest.mark.models
def test_the_model_speaks_and_tells_when() -> None:
    folder = ModelStore(Settings()).pull("kokoro-82m")
    kokoro = KokoroSynthesizer(EngineSetup("kokoro", "kokoro-82m", folder, "cpu", "float32", 2))

    speech = kokoro.synthesize("Buenos días a todos.", voice="ef_dora", speed=1.0, seed=0)
    again = kokoro.synthesize("Buenos días a todos.", voice="ef_dora", speed=1.0, seed=7)

    assert np.array_equal(speech.samples, again.samples)
    assert speech.sample_rate_hz == 24_000
    assert speech.word_times is not None
    assert len(speech.word_times) == 4
    moments = [moment for word in speech.word_times for moment in word]
    assert moments == sorted(moments)
    assert 0 < moments[0] < moments[-1] <= speech.samples.size / 24_000
    with pytest.raises(Invalid, match="has no voice"):
        kokoro.synthesize("Hola", voice="../../etc", speed=1.0, seed=0)
