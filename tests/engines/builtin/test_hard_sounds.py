"""Sounds and files that break recognisers: decoded by `media.sound`, heard by Whisper base itself.

Two languages in one recording are not here: the local voice speaks English only.
"""

from collections.abc import Callable
from itertools import pairwise
from pathlib import Path

import jiwer
import numpy as np
import numpy.typing as npt
import pytest
from tests.spoken import ffmpeg

from surtitle.domain.options import TranscriptionOptions
from surtitle.domain.recognition import RecognizedWord, WindowCursor
from surtitle.engines.builtin.whisper import WhisperTranscriber
from surtitle.engines.protocols import EngineSetup
from surtitle.engines.sound import SoundFile
from surtitle.media.sound import extract_sound

from ..conftest import write_sound  # noqa: TID252 - the conftest of the folder above
from .conftest import SENTENCES, Narrate
from .test_whisper import plain

pytestmark = pytest.mark.models

RATE_HZ = 16_000
FIRST, LAST = SENTENCES[1], SENTENCES[3]
Sound = npt.NDArray[np.float32]
Hear = Callable[[Path], list[RecognizedWord]]


@pytest.fixture(scope="module")
def whisper(whisper_base: Path) -> WhisperTranscriber:
    return WhisperTranscriber(EngineSetup("whisper", "whisper-base", whisper_base, "cpu", "int8", 2, 2))


@pytest.fixture
def hear(whisper: WhisperTranscriber, tmp_path: Path) -> Hear:
    """The words of any recording. That their times are possible is checked each time."""

    def words(recording: Path) -> list[RecognizedWord]:
        facts = extract_sound(recording, tmp_path / "extracted.wav")
        with SoundFile(tmp_path / "extracted.wav") as sound:
            windows = list(whisper.transcribe(sound, TranscriptionOptions(), WindowCursor()))
        found = [word for window in windows for segment in window.segments for word in segment.words]
        assert all(0 <= word.start_seconds <= word.end_seconds <= facts.duration_seconds for word in found)
        assert all(one.end_seconds <= other.start_seconds for one, other in pairwise(found))
        return found

    return words


@pytest.fixture
def spoken(narrate: Narrate, tmp_path: Path) -> Path:
    """Two sentences, half a second apart."""
    return write_sound(tmp_path / "spoken.wav", narrate(FIRST, LAST))


def text_of(words: list[RecognizedWord]) -> str:
    return plain("".join(word.text for word in words))


def first_start(words: list[RecognizedWord], after_seconds: float) -> float:
    return next(word.start_seconds for word in words if word.start_seconds > after_seconds)


def pause(seconds: float) -> Sound:
    return np.zeros(int(seconds * RATE_HZ), dtype=np.float32)


def clock(seconds: float) -> Sound:
    return np.arange(int(seconds * RATE_HZ), dtype=np.float32) / np.float32(RATE_HZ)


def faint_hiss() -> Sound:
    return np.random.default_rng(0).normal(0, 0.0005, 30 * RATE_HZ).astype(np.float32)


def loud_noise() -> Sound:
    return np.random.default_rng(1).normal(0, 0.1, 30 * RATE_HZ).astype(np.float32)


def rumble() -> Sound:
    walk = np.cumsum(np.random.default_rng(2).normal(0, 1, 30 * RATE_HZ))
    slow = walk - np.convolve(walk, np.ones(1600) / 1600, mode="same")
    return np.asarray(0.2 * slow / np.abs(slow).max(), dtype=np.float32)


def melody() -> Sound:
    """Half-second notes of a pentatonic scale with overtones, as a toy piano has them."""
    time = clock(0.5)
    pitches = np.random.default_rng(3).choice((220, 247, 277, 330, 370, 440), size=30)
    notes = [sum(np.sin(2 * np.pi * pitch * n * time) / n for n in (1, 2, 3)) for pitch in pitches]
    return np.asarray(np.concatenate([0.15 * np.exp(-4 * time) * note for note in notes]), dtype=np.float32)


def clicks() -> Sound:
    sound = pause(30)
    sound[np.random.default_rng(4).integers(0, sound.size, 120)] = 0.9
    return sound


def phone_ring() -> Sound:
    """Two seconds on and four off, 440 and 480 Hz: the North American ringing tone (ITU-T E.180)."""
    time = clock(30)
    tones = 0.15 * (np.sin(2 * np.pi * 440 * time) + np.sin(2 * np.pi * 480 * time))
    return np.asarray(tones * (time % 6 < 2), dtype=np.float32)


@pytest.mark.parametrize("sound", [faint_hiss, loud_noise, rumble, melody, clicks, phone_ring])
def test_nothing_is_invented_where_nobody_speaks(
    sound: Callable[[], Sound], hear: Hear, tmp_path: Path
) -> None:
    assert hear(write_sound(tmp_path / "nobody.wav", sound())) == []


@pytest.mark.parametrize(
    ("name", "arguments"),
    [
        ("telephone.wav", ("-ar", "8000", "-c:a", "pcm_mulaw")),
        ("studio.flac", ("-ar", "192000", "-sample_fmt", "s32")),
        ("left-is-dead.wav", ("-af", "pan=stereo|c0=0*c0|c1=c0")),
        ("clipped.wav", ("-af", "volume=24dB")),
        ("whispered.wav", ("-af", "volume=-30dB")),
    ],
)
def test_known_words_are_heard_in_any_form(
    name: str, arguments: tuple[str, ...], spoken: Path, hear: Hear
) -> None:
    recording = spoken.with_name(name)
    ffmpeg("-i", str(spoken), *arguments, str(recording))
    assert jiwer.wer(plain(f"{FIRST} {LAST}"), text_of(hear(recording))) <= 0.08


def test_a_recording_that_starts_in_a_word_loses_only_that_word(
    narrate: Narrate, hear: Hear, tmp_path: Path
) -> None:
    # "A woman walked…" from the middle of "woman" on.
    recording = write_sound(tmp_path / "late.wav", narrate(FIRST)[int(0.3 * RATE_HZ) :])
    assert plain("walked along the wall with a basket of bread on her arm") in text_of(hear(recording))


@pytest.mark.parametrize("frames", [3, 0x7FFFFFFF])
def test_a_wrong_frame_count_in_an_mp3_costs_no_words(frames: int, spoken: Path, hear: Hear) -> None:
    recording = spoken.with_name("variable.mp3")
    ffmpeg("-i", str(spoken), "-c:a", "libmp3lame", "-q:a", "5", str(recording))
    data = bytearray(recording.read_bytes())
    header = data.index(b"Xing")
    assert data[header + 7] & 1, "the header has a frame count"
    data[header + 8 : header + 12] = frames.to_bytes(4)
    recording.write_bytes(data)
    assert jiwer.wer(plain(f"{FIRST} {LAST}"), text_of(hear(recording))) <= 0.08


def test_words_keep_their_place_when_timestamps_jump(narrate: Narrate, hear: Hear, tmp_path: Path) -> None:
    # Seven seconds are missing between the sentences, as after a lost connection.
    spoken = write_sound(tmp_path / "spoken.wav", in_blocks(narrate, FIRST, LAST))
    recording = jumping(spoken, "if(gte(PTS*TB,5.9),7,0)")
    words = hear(recording)
    assert jiwer.wer(plain(f"{FIRST} {LAST}"), text_of(words)) <= 0.08
    assert words[0].start_seconds < 1
    assert first_start(words, after_seconds=5) == pytest.approx(13, abs=0.6)


def test_a_clock_that_starts_anew_costs_no_words(narrate: Narrate, hear: Hear, tmp_path: Path) -> None:
    # Two parts of a camera's recording, joined byte by byte by a person.
    joined = tmp_path / "joined.ts"
    with joined.open("wb") as file:
        for number, sentence in enumerate((FIRST, LAST)):
            part = tmp_path / f"part-{number}.ts"
            ffmpeg("-i", str(write_sound(tmp_path / "part.wav", narrate(sentence))), "-c:a", "aac", str(part))
            file.write(part.read_bytes())
    assert jiwer.wer(plain(f"{FIRST} {LAST}"), text_of(hear(joined))) <= 0.08


def test_words_at_both_ends_of_twelve_hours_have_their_times(
    narrate: Narrate, hear: Hear, tmp_path: Path
) -> None:
    # Three gaps of almost four hours: nothing to encode, and the same sound to listen through.
    blocks = in_blocks(narrate, FIRST, "", "", LAST)
    recording = jumping(write_sound(tmp_path / "ends.wav", blocks), "floor((PTS*TB+0.1)/6)*14390")
    words = hear(recording)
    assert jiwer.wer(plain(f"{FIRST} {LAST}"), text_of(words)) <= 0.08
    assert words[0].start_seconds < 1
    assert first_start(words, after_seconds=5) == pytest.approx(3 * 14390 + 18, abs=0.6)


def in_blocks(narrate: Narrate, *sentences: str) -> Sound:
    """Each sentence in six seconds of its own; an empty one is silence."""
    blocks = [narrate(sentence) if sentence else pause(0) for sentence in sentences]
    return np.concatenate([np.pad(block, (0, 6 * RATE_HZ - block.size)) for block in blocks])


def jumping(sound: Path, jump_seconds: str) -> Path:
    """`sound` as a Matroska file whose clock is ahead by `jump_seconds`, an expression of FFmpeg's."""
    recording = sound.with_suffix(".mkv")
    ffmpeg(
        *("-i", str(sound), "-c:a", "flac", "-frame_size", "1600"),
        *("-bsf:a", f"setts=ts='PTS+({jump_seconds})/TB'", str(recording)),
    )
    return recording
