"""espeak-ng as a program, and as the library that stands in for it."""

import subprocess
import sys

import numpy as np
import pytest

from surtitle.engines.builtin.espeak_synthesizer import EspeakSynthesizer
from surtitle.engines.builtin.voice_lists import ESPEAK
from surtitle.engines.builtin.wav_speech import NotSpeech, read_wav
from surtitle.engines.espeak import run_espeak
from surtitle.engines.protocols import EngineSetup
from surtitle.engines.sound import wav_header
from surtitle.errors import Invalid

SETUP = EngineSetup("espeak", "espeak-ng", None, "cpu", "float32", 1)


def test_it_speaks_the_same_each_time_and_faster_when_asked() -> None:
    espeak = EspeakSynthesizer(SETUP)
    one, two, fast = [
        espeak.synthesize("Guten Morgen, liebe Leute.", voice="de", speed=speed, seed=0)
        for speed in (1, 1, 2)
    ]

    assert np.array_equal(one.samples, two.samples)
    assert one.samples.size / one.sample_rate_hz > 1.0
    assert fast.samples.size < 0.75 * one.samples.size
    assert 0.05 < np.abs(one.samples).max() <= 1.0


def test_a_text_is_said_and_never_read_as_options_phonemes_or_markup() -> None:
    espeak = EspeakSynthesizer(SETUP)
    hostile = "[[hɛloʊ]] -w /tmp/x <audio src='/etc/passwd'/> `id` $(id)"
    assert espeak.synthesize(hostile, voice="en-us", speed=1.0, seed=0).samples.size > 16_000
    with pytest.raises(Invalid):
        espeak.synthesize("Hallo", voice="de -w x", speed=1.0, seed=0)
    with pytest.raises(Invalid):
        espeak.synthesize("…!?", voice="de", speed=1.0, seed=0)


def test_every_listed_voice_is_one_that_it_has() -> None:
    known = subprocess.run(["espeak-ng", "--voices"], capture_output=True, text=True, check=True).stdout
    names = {line.split()[1] for line in known.splitlines()[1:]} | {"fr", "en"}
    assert {voice.name for voice in ESPEAK} <= names


def test_the_library_in_a_process_of_its_own_understands_the_same_options() -> None:
    pytest.importorskip("espeakng_loader")

    def asked(*options: str) -> bytes:
        command = [sys.executable, "-m", "surtitle.engines.espeak_program", *options, "--stdin"]
        return subprocess.run(
            command, input="Bonjour, ça va.".encode(), capture_output=True, check=True
        ).stdout

    spelled = ("-q", "--ipa", "--tie=^", "-v", "fr")
    assert asked(*spelled) == run_espeak(spelled, "Bonjour, ça va.")
    spoken = read_wav(asked("-v", "fr", "-s", "150", "--stdout"))
    assert 0.8 < spoken.samples.size / spoken.sample_rate_hz < 3


@pytest.mark.parametrize("content", [b"", b"RIFF", b"<html>", wav_header(0), wav_header(2) + b"\0"])
def test_what_is_no_sound_is_not_taken_for_speech(content: bytes) -> None:
    with pytest.raises(NotSpeech):
        read_wav(content)


def test_a_wav_that_promises_more_than_it_holds_is_read_to_its_end() -> None:
    speech = read_wav(wav_header(10**9, 22_050, channels=2) + b"\x00\x40\x00\x20" * 100 + b"\x01")
    assert speech.sample_rate_hz == 22_050
    assert speech.samples.shape == (100,)
    assert speech.samples[0] == pytest.approx(0.375)
