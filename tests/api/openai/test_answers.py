from dataclasses import replace

import pytest
from tests.api.installation import TRANSCRIPT, spoken

from surtitle.api.openai.answers import language_name, logprobs_of, token_usage, verbose_answer
from surtitle.api.openai.form import TranscriptionForm
from surtitle.domain.languages import LANGUAGES
from surtitle.domain.transcript import Segment, Word

VERBOSE = TranscriptionForm(model="whisper-1", response_format="verbose_json", temperature=0.3)


def test_languages_have_the_names_that_whisper_gives_them() -> None:
    assert [language_name(code) for code in ("en", "my", "yue")] == ["english", "myanmar", "cantonese"]
    assert all(language_name(code).islower() for code in LANGUAGES)


def test_a_recording_without_speech_has_an_answer_too() -> None:
    nothing = replace(TRANSCRIPT, segments=(), language=None)
    told = verbose_answer(nothing, VERBOSE)
    assert (told.text, told.language, told.segments, told.words) == ("", "unknown", [], None)
    assert token_usage(nothing).output_tokens == 0


def test_tokens_joined_are_the_text_also_without_spaces_between_words() -> None:
    words = (Word("w1", "今日", 0.0, 0.5, 0.9), Word("w2", "は", 0.5, 1.0, 0.5, glued=True))
    first = Segment("s1", 0.0, 1.0, words)
    second = Segment("s2", 1.0, 2.0, (Word("w3", "晴れ", 1.0, 2.0, None, glued=True),))
    transcript = replace(TRANSCRIPT, segments=(first, second), language="ja")
    told = logprobs_of(transcript)
    assert "".join(one.token for one in told) == transcript.text == "今日は晴れ"
    assert [one.logprob for one in told] == pytest.approx([-0.105, -0.693, None], abs=0.001)
    assert bytes(told[0].bytes).decode() == "今日"


def test_a_segment_is_measured_as_whisper_measures_it() -> None:
    (loop,) = verbose_answer(spoken("no " * 200), VERBOSE).segments or []
    assert loop.compression_ratio > 20
    assert loop.temperature == 0.3
    assert loop.avg_logprob == pytest.approx(-0.105, abs=0.001)
