"""Many channels into one, so that speech is heard wherever it was recorded."""

from collections.abc import Sequence

import numpy as np
import numpy.typing as npt

from surtitle.engines.sound import Samples

Channels = npt.NDArray[np.float32]
"""float32, full scale at ±1, shape `(channels, samples)`."""

# ITU-R BS.775-3, annex 4: surrounds 3 dB below the front; the bass channel carries no speech.
_ROLE_WEIGHTS = {"LFE": 0.0, "LFE2": 0.0, "BL": 0.707, "BR": 0.707, "SL": 0.707, "SR": 0.707, "BC": 0.707}

_SILENT_RMS = 1e-4  # -80 dBFS: below the noise of any microphone, above a dead input's dither
_DEAD_SHARE = 1e-3  # 60 dB below the loudest channel is crosstalk, not sound of its own
_CANCELLED_SHARE = 0.1  # a mix 20 dB below its parts means that they are in opposite phase
_FADE_SAMPLES = 320  # 20 ms at 16 kHz: a change of weights is not heard as a click


class MonoMixer:
    """Mixes blocks of one track. Channels that are dead are left out rather than averaged in, which
    would halve the sound of a stereo file with one live side; channels that cancel each other are
    replaced by the louder one.
    """

    def __init__(self, channel_names: Sequence[str]) -> None:
        roles = np.array([_ROLE_WEIGHTS.get(name, 1.0) for name in channel_names], dtype=np.float32)
        self._roles = roles if roles.any() else np.ones_like(roles)
        self._weights: Samples = self._roles / self._roles.sum()

    def mix(self, block: Channels) -> Samples:
        """One block of about a second as mono, shape `(samples,)`."""
        if len(block) == 1:
            only: Samples = block[0]
            return only
        before, self._weights = self._weights, self._weights_for(block)
        mixed: Samples = self._weights @ block
        if not np.array_equal(before, self._weights):
            count = min(_FADE_SAMPLES, mixed.size)
            rise = np.linspace(0, 1, count, dtype=np.float32)
            mixed[:count] = mixed[:count] * rise + (before @ block[:, :count]) * (1 - rise)
        return mixed

    def _weights_for(self, block: Channels) -> Samples:
        levels = np.sqrt(np.mean(np.square(block), axis=1)) * (self._roles > 0)
        loudest = float(levels.max(initial=0.0))
        if loudest < _SILENT_RMS:
            return self._weights
        alive = (levels >= max(_SILENT_RMS, loudest * _DEAD_SHARE)).astype(np.float32) * self._roles
        weights: Samples = alive / alive.sum()
        if float(np.sqrt(np.mean(np.square(weights @ block)))) >= _CANCELLED_SHARE * loudest / len(block):
            return weights
        loudest_only: Samples = np.zeros_like(weights)
        loudest_only[int(levels.argmax())] = 1.0
        return loudest_only


class SeparateChannels:
    """Keeps channels apart: `count` of them, whatever the track has at a place of it."""

    def __init__(self, count: int) -> None:
        self._count = count

    def mix(self, block: Channels) -> Samples:
        """One block, shape `(samples, channels)`; a channel that is missing is silent."""
        kept = np.zeros((block.shape[1], self._count), dtype=np.float32)
        kept[:, : len(block)] = block[: self._count].T
        return kept
