"""Sound into files, piece by piece."""

import io
import wave
from pathlib import Path

import av
import numpy as np
import pytest

from surtitle.media.encoding import RATE_HZ, SoundFormat, encode_wave, sound_encoder


def _tone(rate_hz: int, seconds: float = 2.0) -> np.ndarray:
    times = np.arange(round(rate_hz * seconds)) / rate_hz
    return (np.sin(2 * np.pi * 440 * times) * 9000).astype(np.int16)


def _encoded(format_: SoundFormat, rate_hz: int, piece: int = 5000) -> list[bytes]:
    encoder, pcm = sound_encoder(format_, rate_hz), _tone(rate_hz)
    pieces = [encoder.encode(pcm[start : start + piece]) for start in range(0, len(pcm), piece)]
    return [*pieces, encoder.finish()]


@pytest.mark.parametrize("rate_hz", [22_050, 24_000])
@pytest.mark.parametrize("format_", list(SoundFormat))
def test_every_format_is_whole_and_the_same_each_time(format_: SoundFormat, rate_hz: int) -> None:
    data = b"".join(_encoded(format_, rate_hz))
    assert data == b"".join(_encoded(format_, rate_hz))
    if format_ is SoundFormat.PCM:
        assert abs(len(data) / 2 / RATE_HZ - 2.0) < 0.01
        return
    with av.open(io.BytesIO(data), "r") as container:
        heard = [frame.to_ndarray() for frame in container.decode(audio=0)]
        stream = container.streams.audio[0]
        assert stream.channels == 1
        assert abs(sum(part.shape[1] for part in heard) / stream.rate - 2.0) < 0.1
    assert max(float(np.abs(part).max()) for part in heard) > 0.2


@pytest.mark.parametrize("format_", [SoundFormat.MP3, SoundFormat.AAC, SoundFormat.OPUS, SoundFormat.WAV])
def test_bytes_come_while_sound_comes(format_: SoundFormat) -> None:
    pieces = _encoded(format_, 24_000)
    assert sum(map(len, pieces[: len(pieces) // 2])) > 0.2 * sum(map(len, pieces))


def test_nothing_gives_a_file_with_nothing_in_it() -> None:
    encoder = sound_encoder(SoundFormat.WAV, 24_000)
    assert encoder.encode(np.zeros(0, np.int16)) + encoder.finish() == encoder_header()


def encoder_header() -> bytes:
    from surtitle.engines.sound import wav_header  # noqa: PLC0415

    return wav_header(0xFFFFFFFF, RATE_HZ)


def test_a_wave_file_becomes_another(tmp_path: Path) -> None:
    with wave.open(str(tmp_path / "a.wav"), "wb") as file:
        file.setnchannels(1)
        file.setsampwidth(2)
        file.setframerate(22_050)
        file.writeframes(_tone(22_050).tobytes())
    encode_wave(tmp_path / "a.wav", tmp_path / "a.flac", SoundFormat.FLAC)
    with av.open(str(tmp_path / "a.flac")) as container:
        assert abs(sum(frame.samples for frame in container.decode(audio=0)) / RATE_HZ - 2.0) < 0.01
