"""Text into sound, sentence by sentence, by the engine that speaks."""

import asyncio
import tempfile
import wave
from collections.abc import AsyncGenerator, Iterable
from dataclasses import dataclass
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from surtitle.engines.host import EngineHost
from surtitle.engines.protocols import WordTimes
from surtitle.errors import Invalid, Unavailable
from surtitle.pipelines.speech.choosing import ChosenVoice
from surtitle.pipelines.speech.plan import Part, Sentence, Silence

Pcm = NDArray[np.int16]

# What is quieter than this share of the sentence's loudest moment is silence: 45 dB.
_QUIET = 10 ** (-45 / 20)
_FRAME_SECONDS = 0.01
# Kept before and after what is heard: breath and the ends of consonants.
_MARGIN_SECONDS = 0.04


@dataclass(frozen=True, slots=True)
class Manner:
    """How to speak. `engine` and `voice` None are the installation's choice by language; `speed` 1.0 is
    natural, 0.5 to 2.0 allowed.
    """

    voice: str | None = None
    speed: float = 1.0
    seed: int = 0
    engine: str | None = None


@dataclass(frozen=True, slots=True)
class SpokenPart:
    """A sentence or a silence as 16-bit mono at `sample_rate_hz`.

    `word_times` are those of the blank-separated words of what was said, seconds from the part's start; None
    where the engine does not know them.
    """

    part: Part
    pcm: Pcm
    sample_rate_hz: int
    word_times: WordTimes | None = None

    @property
    def seconds(self) -> float:
        return len(self.pcm) / self.sample_rate_hz


class NothingToSay(Invalid):
    """The text has no word in it."""

    slug = "nothing-to-say"

    def __init__(self) -> None:
        super().__init__("There is nothing to say: the text holds no words.", field="text")


class Speaker:
    """Speaks through an engine host. The same parts and manner give the same samples."""

    def __init__(self, host: EngineHost, scratch: Path) -> None:
        self._host = host
        self._scratch = scratch

    async def spoken(
        self, parts: Iterable[Part], chosen: ChosenVoice, manner: Manner
    ) -> AsyncGenerator[SpokenPart, None]:
        """Each part as soon as it is made; memory holds one sentence. Close the iterator when leaving early.

        Silence at the end is kept only if it was asked for. Raises `NothingToSay`, and what the host raises.
        """
        self._scratch.mkdir(parents=True, exist_ok=True)
        rate_hz: int | None = None
        waiting: list[Silence] = []
        with tempfile.TemporaryDirectory(prefix="speech-", dir=self._scratch) as folder:
            for part in parts:
                if isinstance(part, Silence):
                    waiting.append(part)
                    continue
                spoken = await self._sentence(part, chosen, manner, Path(folder) / "sentence.wav")
                if rate_hz not in {None, spoken.sample_rate_hz}:
                    raise Unavailable("The engine changed its sample rate between two sentences.")
                rate_hz = spoken.sample_rate_hz
                for silence in waiting:
                    yield _silent(silence, rate_hz)
                waiting = []
                yield spoken
        if rate_hz is None:
            raise NothingToSay
        for silence in waiting:
            if silence.asked_for:
                yield _silent(silence, rate_hz)

    async def _sentence(
        self, sentence: Sentence, chosen: ChosenVoice, manner: Manner, path: Path
    ) -> SpokenPart:
        made = await self._host.synthesize(
            chosen.setup,
            sentence.said,
            voice=chosen.voice,
            speed=manner.speed,
            seed=manner.seed,
            output=path,
        )
        pcm = await asyncio.to_thread(_read, path)
        start, end = heard_in(pcm, made.sample_rate_hz)
        times = made.word_times
        if times is not None:
            times = _shifted(times, start / made.sample_rate_hz, (end - start) / made.sample_rate_hz)
        return SpokenPart(sentence, pcm[start:end], made.sample_rate_hz, times)


def heard_in(pcm: Pcm, rate_hz: int) -> tuple[int, int]:
    """From which sample to which something is heard; engines leave a silence of their own around it."""
    frame = max(1, round(_FRAME_SECONDS * rate_hz))
    usable = pcm[: len(pcm) // frame * frame].astype(np.float32).reshape(-1, frame)
    loudness = np.sqrt((usable**2).mean(axis=1)) if len(usable) else np.zeros(0)
    if not loudness.any():
        return 0, len(pcm)
    loud = np.flatnonzero(loudness > loudness.max() * _QUIET)
    margin = round(_MARGIN_SECONDS * rate_hz)
    return max(0, int(loud[0]) * frame - margin), min(len(pcm), (int(loud[-1]) + 1) * frame + margin)


def _shifted(times: WordTimes, by: float, longest: float) -> WordTimes:
    return tuple(
        (min(max(0.0, start - by), longest), min(max(0.0, end - by), longest)) for start, end in times
    )


def _silent(silence: Silence, rate_hz: int) -> SpokenPart:
    return SpokenPart(silence, np.zeros(round(silence.seconds * rate_hz), dtype=np.int16), rate_hz)


def _read(path: Path) -> Pcm:
    with wave.open(str(path)) as file:
        pcm: Pcm = np.frombuffer(file.readframes(file.getnframes()), dtype="<i2")
    return pcm
