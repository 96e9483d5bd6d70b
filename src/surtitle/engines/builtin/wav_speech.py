"""WAV as other programs and servers answer it, read as speech."""

import io
import wave

import numpy as np

from surtitle.engines.protocols import Speech

_SAMPLE_BYTES = 2
_FULL_SCALE = 32768.0


class NotSpeech(ValueError):
    """No WAV with 16-bit samples, or none of any length."""


def read_wav(content: bytes) -> Speech:
    """16-bit PCM, its channels mixed. The length that the header tells is not believed: who streams does not
    know it beforehand. Raises `NotSpeech`.
    """
    try:
        with wave.open(io.BytesIO(content)) as file:
            rate_hz, channels, width = file.getframerate(), file.getnchannels(), file.getsampwidth()
            data = file.readframes(file.getnframes())
    except (EOFError, wave.Error) as error:
        raise NotSpeech(str(error) or "cut short") from None
    frame = _SAMPLE_BYTES * channels
    if width != _SAMPLE_BYTES or len(data) < frame or not 8_000 <= rate_hz <= 192_000:  # noqa: PLR2004
        raise NotSpeech("no 16-bit samples at a usual rate")
    pcm = np.frombuffer(data[: len(data) // frame * frame], dtype="<i2").reshape(-1, channels)
    return Speech(pcm.mean(axis=1, dtype=np.float32) / np.float32(_FULL_SCALE), rate_hz)
