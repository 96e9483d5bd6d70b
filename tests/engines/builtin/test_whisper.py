"""Whisper base itself, on narration of known text and, where they are, the shared recordings."""

import itertools
import json
import re
import threading
from collections.abc import Callable
from itertools import pairwise
from pathlib import Path
from typing import Any

import av
import jiwer
import numpy as np
import pytest

from surtitle.domain.options import Task, TranscriptionOptions
from surtitle.domain.recognition import RecognizedWindow, RecognizedWord, WindowCursor
from surtitle.engines.builtin.whisper import WhisperTranscriber
from surtitle.engines.builtin.whisper_decoder import Heard, Opened, WhisperDecoder
from surtitle.engines.protocols import EngineSetup
from surtitle.engines.sound import SoundFile
from surtitle.errors import Invalid, Unavailable
from surtitle.pipelines.transcription.outline import PartOutline, cut_sound, put_in_place

from ..conftest import write_sound  # noqa: TID252 - the conftest of the folder above
from .conftest import SENTENCES, Narrate

pytestmark = pytest.mark.models

SHARED_MEDIA = Path(__file__).resolve().parents[4] / "shared" / "media"


def setup_for(model: Path, *, compute_type: str = "int8", batch_size: int = 2) -> EngineSetup:
    return EngineSetup("whisper", "whisper-base", model, "cpu", compute_type, 2, batch_size)


@pytest.fixture(scope="module")
def whisper(whisper_base: Path) -> WhisperTranscriber:
    return WhisperTranscriber(setup_for(whisper_base))


@pytest.fixture(scope="module")
def narration(narrate: Narrate, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """About 75 s with a silence of 10 s in it."""
    samples = np.concatenate(
        [narrate(*SENTENCES), np.zeros(10 * 16_000, dtype=np.float32), narrate(*SENTENCES[::-1])]
    )
    return write_sound(tmp_path_factory.mktemp("whisper") / "narration.wav", samples)


def hear(
    whisper: WhisperTranscriber, path: Path, start: WindowCursor | None = None, **options: Any
) -> list[RecognizedWindow]:
    with SoundFile(path) as sound:
        chosen = TranscriptionOptions.model_validate(options)
        return list(whisper.transcribe(sound, chosen, start or WindowCursor()))


def words_of(windows: list[RecognizedWindow]) -> list[RecognizedWord]:
    return [word for window in windows for segment in window.segments for word in segment.words]


def text_of(windows: list[RecognizedWindow]) -> str:
    return "".join(word.text for word in words_of(windows))


def word_errors(reference: str, windows: list[RecognizedWindow]) -> float:
    return float(jiwer.wer(plain(reference), plain(text_of(windows))))


def plain(text: str) -> str:
    """Lower case, letters and apostrophes only."""
    return " ".join(re.findall(r"[a-z']+", text.lower()))


def decoded(path: Path, target: Path) -> Path:
    with av.open(str(path)) as container:
        resampler = av.AudioResampler("s16", "mono", 16_000)
        frames = [part for frame in container.decode(audio=0) for part in resampler.resample(frame)]
    samples = np.concatenate([frame.to_ndarray().reshape(-1) for frame in frames])
    return write_sound(target, (samples / 32768).astype(np.float32))


def test_known_text_comes_back_with_times_inside_the_sound(
    whisper: WhisperTranscriber, narration: Path
) -> None:
    windows = hear(whisper, narration)
    assert word_errors(" ".join(SENTENCES + SENTENCES[::-1]), windows) <= 0.05
    words = words_of(windows)
    assert words[0].start_seconds >= 0
    assert words[-1].end_seconds <= windows[-1].end_seconds
    assert all(word.start_seconds <= word.end_seconds for word in words)
    assert all(a.end_seconds <= b.start_seconds for a, b in pairwise(words))
    assert windows[-1].next.language == "en"
    assert all(word.probability is not None and 0 <= word.probability <= 1 for word in words)


def test_a_translation_has_english_words_whatever_is_spoken(
    whisper: WhisperTranscriber, narrate: Narrate, tmp_path: Path
) -> None:
    # English that the model takes for Japanese. It knows the long words by their pieces only.
    samples = narrate("The archaeologist photographed hieroglyphics in the mausoleum of the pharaoh.")
    words = words_of(
        hear(whisper, write_sound(tmp_path / "dig.wav", samples), language="ja", task=Task.TRANSLATE)
    )
    assert len(words) >= 8
    assert [word.text for word in words if not word.text.startswith(" ")] == []


@pytest.mark.parametrize("vad", [True, False])
def test_resuming_at_every_cursor_gives_what_an_undisturbed_run_gives(
    vad: bool, whisper: WhisperTranscriber, whisper_base: Path, narration: Path
) -> None:
    windows = hear(whisper, narration, vad=vad)
    assert len(windows) >= 3
    other = WhisperTranscriber(setup_for(whisper_base))
    for number, window in enumerate(windows):
        assert hear(other, narration, window.next, vad=vad) == windows[number + 1 :]


@pytest.mark.parametrize("vad", [True, False])
def test_silence_gives_no_words(vad: bool, whisper: WhisperTranscriber, tmp_path: Path) -> None:
    windows = hear(
        whisper, write_sound(tmp_path / "zeros.wav", np.zeros(90 * 16_000, dtype=np.float32)), vad=vad
    )
    assert words_of(windows) == []
    assert windows[-1].end_seconds == 90.0


def test_noise_without_speech_gives_no_words(whisper: WhisperTranscriber, tmp_path: Path) -> None:
    generator = np.random.default_rng(0)
    hiss = generator.normal(0, 0.01, 60 * 16_000)
    hum = 0.1 * np.sin(2 * np.pi * 50 * np.arange(60 * 16_000) / 16_000)
    path = write_sound(tmp_path / "noise.wav", (hiss + hum).astype(np.float32))
    assert words_of(hear(whisper, path)) == []


def test_no_words_are_invented_around_a_single_sentence(
    whisper: WhisperTranscriber, narrate: Narrate, tmp_path: Path
) -> None:
    silence = np.zeros(40 * 16_000, dtype=np.float32)
    path = write_sound(tmp_path / "lone.wav", np.concatenate([silence, narrate(SENTENCES[0]), silence]))
    windows = hear(whisper, path)
    assert word_errors(SENTENCES[0], windows) == 0
    assert words_of(windows)[0].start_seconds >= 39.5


@pytest.mark.parametrize("count", [0, 1, 200, 1600])
@pytest.mark.parametrize("vad", [True, False])
def test_the_shortest_sounds_are_no_trouble(
    count: int, vad: bool, whisper: WhisperTranscriber, tmp_path: Path
) -> None:
    noise = np.random.default_rng(0).normal(0, 0.1, count).astype(np.float32)
    windows = hear(whisper, write_sound(tmp_path / "short.wav", noise), vad=vad)
    assert [window.next.sample for window in windows] == [count] * bool(count)


def test_a_given_language_is_kept_and_not_guessed(
    whisper: WhisperTranscriber, narrate: Narrate, tmp_path: Path
) -> None:
    path = write_sound(tmp_path / "sentence.wav", narrate(SENTENCES[0]))
    (window,) = hear(whisper, path, language="French")
    assert (window.next.language, window.next.language_probability) == ("fr", None)
    assert {segment.language for segment in window.segments} <= {"fr"}


@pytest.mark.parametrize(
    "options",
    [
        {"hotwords": "Surtitle"},
        {"prompt": "Surtitle makes captions."},
        {"prompt": "Surtitle makes captions. " * 80, "hotwords": "Surtitle " * 220},
    ],
)
def test_hotwords_and_prompt_steer_the_spelling_however_long_they_are(
    options: dict[str, Any], whisper: WhisperTranscriber, narrate: Narrate, tmp_path: Path
) -> None:
    path = write_sound(tmp_path / "name.wav", narrate("The company surtitle makes captions for films."))
    assert "Surtitle" not in text_of(hear(whisper, path, language="en"))
    assert "Surtitle makes captions" in text_of(hear(whisper, path, language="en", **options))


def test_one_window_at_a_time_gives_the_same_words(
    whisper: WhisperTranscriber, whisper_base: Path, narration: Path
) -> None:
    alone = WhisperTranscriber(setup_for(whisper_base, batch_size=1))
    assert text_of(hear(alone, narration)) == text_of(hear(whisper, narration))


def test_float32_works_and_float16_needs_another_device(
    whisper_base: Path, narrate: Narrate, tmp_path: Path
) -> None:
    path = write_sound(tmp_path / "sentence.wav", narrate(SENTENCES[0]))
    exact = WhisperTranscriber(setup_for(whisper_base, compute_type="float32"))
    assert word_errors(SENTENCES[0], hear(exact, path)) == 0
    with pytest.raises(
        Invalid, match="CPU of this machine cannot compute in float16; choose one of: float32, int8"
    ):
        WhisperTranscriber(setup_for(whisper_base, compute_type="float16"))


def test_a_language_that_the_model_lacks_is_refused(whisper: WhisperTranscriber, narration: Path) -> None:
    with pytest.raises(Invalid, match="does not know the language 'yue'; choose a larger model"):
        hear(whisper, narration, language="yue")


def test_an_english_only_model_refuses_the_rest(whisper_tiny_en: Path, narration: Path) -> None:
    english = WhisperTranscriber(setup_for(whisper_tiny_en))
    for options in ({"language": "fr"}, {"task": Task.TRANSLATE}):
        with pytest.raises(Invalid, match="knows English only"):
            hear(english, narration, **options)
    assert word_errors(" ".join(SENTENCES + SENTENCES[::-1]), hear(english, narration)) <= 0.1


def test_an_incomplete_model_says_how_to_get_it(tmp_path: Path) -> None:
    (tmp_path / "config.json").write_text(json.dumps({}))
    with pytest.raises(Unavailable, match="surtitle models pull whisper-base"):
        WhisperTranscriber(setup_for(tmp_path))


@pytest.fixture
def shared(tmp_path: Path) -> Callable[[str], Path]:
    def sound(name: str) -> Path:
        if not (SHARED_MEDIA / name).is_file():
            pytest.skip("the shared recordings are not here")
        return decoded(SHARED_MEDIA / name, tmp_path / "shared.wav")

    return sound


def test_every_word_of_the_address_is_right(
    whisper: WhisperTranscriber, shared: Callable[[str], Path]
) -> None:
    said = (
        "And so, my fellow Americans, ask not what your country can do for you, "
        "ask what you can do for your country."
    )
    assert word_errors(said, hear(whisper, shared("jfk.flac"))) == 0


def test_a_meeting_loses_no_more_than_the_bare_engine(
    whisper: WhisperTranscriber, shared: Callable[[str], Path]
) -> None:
    path = shared("meeting-a.flac")
    yardstick = (SHARED_MEDIA / "meeting-a.utterances.txt").read_text()
    assert word_errors(yardstick, hear(whisper, path)) <= 0.09


def test_several_languages_are_detected_window_by_window(
    whisper: WhisperTranscriber, narration: Path
) -> None:
    windows = hear(whisper, narration, multilingual=True)
    assert {segment.language for window in windows for segment in window.segments} == {"en"}
    # What one window speaks says nothing about the next.
    assert all(window.next.language is None for window in windows)
    assert hear(whisper, narration, windows[0].next, multilingual=True) == windows[1:]


def test_without_word_times_a_phrase_shares_its_time_out(
    whisper: WhisperTranscriber, narration: Path
) -> None:
    windows = hear(whisper, narration, word_times=False)
    assert word_errors(" ".join(SENTENCES + SENTENCES[::-1]), windows) <= 0.05
    assert all(word.probability is None for word in words_of(windows))
    assert all(a.end_seconds <= b.start_seconds for a, b in pairwise(words_of(windows)))


def test_a_temperature_above_nought_still_hears_what_is_said(
    whisper: WhisperTranscriber, narration: Path
) -> None:
    windows = hear(whisper, narration, temperatures=[0.2])
    assert word_errors(" ".join(SENTENCES + SENTENCES[::-1]), windows) <= 0.1


def test_a_threshold_that_nothing_reaches_leaves_no_speech(
    whisper: WhisperTranscriber, tmp_path: Path, narrate: Narrate
) -> None:
    quiet = narrate(SENTENCES[0]) * 0.3
    noisy = quiet + np.random.default_rng(2).normal(0, 0.05, len(quiet)).astype(np.float32)
    path = write_sound(tmp_path / "noisy.wav", noisy)
    found = {
        threshold: sum(
            part.seconds
            for window in hear(whisper, path, vad_threshold=threshold)
            for part in window.speech or ()
        )
        for threshold in (0.1, 0.9)
    }
    assert found[0.9] < found[0.1]


def test_the_first_window_is_short_so_that_words_come_early(
    whisper: WhisperTranscriber, narration: Path
) -> None:
    windows = hear(whisper, narration)
    assert windows[0].segments
    assert windows[0].end_seconds <= 14.5


def test_the_second_window_waits_for_the_language_only(
    whisper: WhisperTranscriber, narration: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    alone = hear(whisper, narration)
    decode, begun, together = WhisperDecoder.decode, itertools.count(), threading.Barrier(2, timeout=60)

    def decoded_together(decoder: WhisperDecoder, opened: Opened, options: TranscriptionOptions) -> Heard:
        if next(begun) < together.parties:
            together.wait()
        return decode(decoder, opened, options)

    monkeypatch.setattr(WhisperDecoder, "decode", decoded_together)
    assert hear(whisper, narration) == alone


def test_every_second_of_speech_is_reported(whisper: WhisperTranscriber, narration: Path) -> None:
    windows = hear(whisper, narration)
    speech = [part for window in windows for part in window.speech or ()]
    assert 30 < sum(part.seconds for part in speech) < 65
    assert all(a.end_seconds <= b.start_seconds for a, b in pairwise(speech))


def test_a_telephone_line_loses_no_words(
    whisper: WhisperTranscriber, narrate: Narrate, tmp_path: Path
) -> None:
    """The detector is sure of a small part of what it hears over 300 to 3400 Hz."""
    sound = narrate(*SENTENCES)
    spectrum = np.fft.rfft(sound)
    hertz = np.fft.rfftfreq(len(sound), 1 / 16_000)
    spectrum[(hertz < 300) | (hertz > 3400)] = 0
    line = np.fft.irfft(spectrum, len(sound)).astype(np.float32)
    hum = 0.02 * np.sin(2 * np.pi * 50 * np.arange(len(line)) / 16_000).astype(np.float32)
    path = write_sound(tmp_path / "telephone.wav", line + hum)
    assert word_errors(" ".join(SENTENCES), hear(whisper, path)) <= 0.05


def test_parts_that_hold_only_their_own_sound_give_the_words_of_an_undivided_run(
    whisper: WhisperTranscriber, narration: Path, tmp_path: Path
) -> None:
    whole = hear(whisper, narration)
    with SoundFile(narration) as sound:
        windows = tuple(whisper.outline(sound, TranscriptionOptions(), 0))
    parts = [PartOutline(0, 0, windows[:2]), PartOutline(1, 2, windows[2:])]
    heard: list[RecognizedWindow] = []
    for part in parts:
        put_in_place(cut_sound(narration, part), part, tmp_path / "part.wav")
        start = heard[-1].next if heard else WindowCursor()
        with SoundFile(tmp_path / "part.wav") as sound:
            heard += whisper.transcribe_windows(sound, TranscriptionOptions(), start, part.windows)
    assert heard == whole
    assert words_of(heard[2:]), "nothing was said in the second part"
