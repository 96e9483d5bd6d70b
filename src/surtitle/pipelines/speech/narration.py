"""A text as a narration: its sound, when each written word is spoken, where each passage lies.

narration = await narrator.narrate(["Welcome.", "It is 5 o'clock."], Manner(), "en", folder / "voice.wav")
"""

import asyncio
import contextlib
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from enum import StrEnum
from pathlib import Path

from surtitle.domain.transcript import Stretch, Word
from surtitle.engines.protocols import WordTimes
from surtitle.pipelines.speech.alignment import HeardWord, aligned
from surtitle.pipelines.speech.choosing import ESPEAK, ChosenVoice, SpeakerChooser
from surtitle.pipelines.speech.listening import WordListener
from surtitle.pipelines.speech.placing import PlacedWord, placed, proportional
from surtitle.pipelines.speech.plan import Sentence, planned
from surtitle.pipelines.speech.speaking import Manner, Speaker, SpokenPart
from surtitle.pipelines.speech.wave_file import WaveWriter

# Recognition is that far off at times: what it heard so near a sentence may belong to it.
_REACH_SECONDS = 0.25


class WordTiming(StrEnum):
    """How it is known when words are spoken."""

    ENGINE = "engine"
    """The engine that spoke them tells."""
    ALIGNED = "aligned"
    """A recogniser listened to them."""
    PROPORTIONAL = "proportional"
    """Each sentence's time is shared out by the length of its words."""


@dataclass(frozen=True, slots=True)
class Narration:
    """What was made. `sound` is a 16-bit mono WAV; `words` are those of the text as it is written, without
    markup; `passages` has a stretch for each paragraph, with the pauses asked for around what is said, empty
    where there is neither.

    `engine` and `voice` made it; `warnings` are sentences for the person who asked.
    """

    sound: Path
    duration_seconds: float
    words: tuple[Word, ...]
    passages: tuple[Stretch, ...]
    language: str
    engine: str
    voice: str | None
    timing: WordTiming
    warnings: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class _SaidSentence:
    """A sentence with its place in the narration."""

    sentence: Sentence
    start_seconds: float
    end_seconds: float
    times: WordTimes | None


OnProgress = Callable[[float], None]


class Narrator:
    """Makes narrations through an engine host. The same text and manner give the same sound."""

    def __init__(self, speaker: Speaker, chooser: SpeakerChooser, listener: WordListener) -> None:
        self._speaker = speaker
        self._chooser = chooser
        self._listener = listener

    async def narrate(
        self,
        text: str | Sequence[str],
        manner: Manner,
        language: str,
        output: Path,
        on_progress: OnProgress = lambda _fraction: None,
    ) -> Narration:
        """`text`, a whole or its paragraphs, spoken into a WAV at `output`, whole or not at all.

        Numbers, dates and abbreviations are said in words; `[pause 0.5s]` and SSML's breaks are silence.
        `on_progress` hears how far it is, 0..1. Raises `NothingToSay`, `NoVoice`, `Invalid` for an unknown
        engine or voice, `StorageFull`, and what the host raises.
        """
        passages = [text] if isinstance(text, str) else list(text)
        chosen = await asyncio.to_thread(self._chooser.setup_for, language, manner.engine, manner.voice)
        writer = WaveWriter(output)
        said, lasting = await self._spoken(passages, chosen, manner, writer, on_progress)
        words, timing = await self._timed(said, output, language)
        on_progress(1.0)
        return Narration(
            sound=output,
            duration_seconds=writer.seconds,
            words=words,
            passages=_stretches(lasting, len(passages)),
            language=language,
            engine=chosen.setup.engine,
            voice=chosen.voice,
            timing=timing,
            warnings=tuple(self._warnings(chosen, manner, timing)),
        )

    async def _spoken(
        self,
        passages: Sequence[str],
        chosen: ChosenVoice,
        manner: Manner,
        writer: WaveWriter,
        on_progress: OnProgress,
    ) -> tuple[list[_SaidSentence], dict[int, Stretch]]:
        """The sentences, and from when to when each passage lasts in which there are any, or pauses."""
        said: list[_SaidSentence] = []
        lasting: dict[int, Stretch] = {}
        letters, whole = 0, max(1, sum(map(len, passages)))
        parts = self._speaker.spoken(planned(passages, chosen.language, manner.speed), chosen, manner)
        async with contextlib.aclosing(parts):
            with writer:
                async for part in parts:
                    start = writer.seconds
                    await asyncio.to_thread(writer.write, part.pcm, part.sample_rate_hz)
                    if isinstance(part.part, Sentence) or part.part.asked_for:
                        begun = lasting.get(part.part.passage, Stretch(start, start))
                        lasting[part.part.passage] = Stretch(begun.start_seconds, start + part.seconds)
                    if isinstance(part.part, Sentence):
                        said.append(_said(part, part.part, start))
                        letters += sum(len(word) + 1 for group in part.part.words for word in group.written)
                        on_progress(min(0.99, letters / whole))
        return said, lasting

    async def _timed(
        self, said: Sequence[_SaidSentence], sound: Path, language: str
    ) -> tuple[tuple[Word, ...], WordTiming]:
        timing = WordTiming.ENGINE
        heard: list[HeardWord] | None = None
        if any(one.times is None for one in said):
            heard = await self._listener.words_in(sound, language)
            timing = WordTiming.PROPORTIONAL if heard is None else WordTiming.ALIGNED
        words: list[Word] = []
        for one in said:
            for word in _words(one, heard):
                number = len(words) + 1
                words.append(Word(f"w{number}", word.text, word.start_seconds, word.end_seconds))
        return tuple(words), timing

    def _warnings(self, chosen: ChosenVoice, manner: Manner, timing: WordTiming) -> list[str]:
        warnings = []
        if chosen.setup.engine == ESPEAK and manner.engine is None:
            warnings.append(
                "espeak-ng spoke, which sounds robotic; `surtitle models pull kokoro-82m` brings natural "
                "voices in English, Spanish, French, Italian, Portuguese and German."
            )
        if timing is WordTiming.PROPORTIONAL and self._listener.is_on:
            warnings.append(
                "Words are timed by their length, as no model that can listen to them is installed: "
                "`surtitle models pull whisper-base` times them better."
            )
        return warnings


def _said(part: SpokenPart, sentence: Sentence, start: float) -> _SaidSentence:
    return _SaidSentence(sentence, start, start + part.seconds, part.word_times)


def _words(one: _SaidSentence, heard: Sequence[HeardWord] | None) -> list[PlacedWord]:
    """The sentence's written words in the narration's time, none outside the sentence."""
    seconds = one.end_seconds - one.start_seconds
    times = one.times
    if times is None:
        times = proportional(one.sentence.said, seconds)
        if heard is not None:
            times = aligned(one.sentence.said.split(), _near(one, heard), times) or times
    placed_words = placed(one.sentence.words, times)
    return [
        PlacedWord(
            word.text,
            one.start_seconds + min(max(0.0, word.start_seconds), seconds),
            one.start_seconds + min(max(0.0, word.end_seconds), seconds),
        )
        for word in placed_words
    ]


def _near(one: _SaidSentence, heard: Sequence[HeardWord]) -> list[HeardWord]:
    """What was heard within a sentence, in its own time."""
    start, end = one.start_seconds - _REACH_SECONDS, one.end_seconds + _REACH_SECONDS
    return [
        HeardWord(word.text, word.start_seconds - one.start_seconds, word.end_seconds - one.start_seconds)
        for word in heard
        if start <= (word.start_seconds + word.end_seconds) / 2 <= end
    ]


def _stretches(lasting: Mapping[int, Stretch], count: int) -> tuple[Stretch, ...]:
    found: list[Stretch] = []
    at = 0.0
    for number in range(count):
        found.append(lasting.get(number, Stretch(at, at)))
        at = found[-1].end_seconds
    return tuple(found)
