"""Recordings with several channels and the same sound on all of them, as phones and editors make them."""

from pathlib import Path

import numpy as np

from surtitle.engines.sound import SoundFile

# Codecs that keep two channels as their sum and difference leave a little noise between equal ones.
_ALIKE = 0.98
_SAMPLES_AT_ONCE = 2**18


def channels_are_alike(path: Path) -> bool:
    """Whether every channel carries the same sound, however loud, so that none is a speaker's own.

    That is: it correlates with the first by 0.98 or more. People on channels of their own stay below 0.3,
    also where each is heard on the other's. `path` is a file of `media.sound`.
    """
    with SoundFile(path) as sound:
        products = np.zeros((sound.channel_count, sound.channel_count))
        for start in range(0, sound.sample_count, _SAMPLES_AT_ONCE):
            samples = sound.read_channels(start, _SAMPLES_AT_ONCE)
            products += samples.T @ samples
    powers = products.diagonal()
    if not powers.all():
        # On a silent channel is nobody, and the others may well be people's own.
        return False
    return bool((products[0] / np.sqrt(powers[0] * powers) >= _ALIKE).all())
