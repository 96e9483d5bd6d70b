"""The Subtitle app's model plugins as engines: classes with `transcribe(audio_path)`.

Such a class takes no arguments and answers `{"text": str, "chunks": [{"text": str, "timestamp":
(start, end)}]}` with seconds from the start of the sound; `end` may be None in the last chunk. It
knows one call for the whole sound, so there is one window, and no words, so each chunk's words share
its time in proportion to their length.
"""

import math
import unicodedata
from collections.abc import Iterator
from dataclasses import replace
from typing import Any, Protocol

from surtitle.domain.languages import writes_without_spaces
from surtitle.domain.options import Task, TranscriptionOptions
from surtitle.domain.recognition import RecognizedSegment, RecognizedWindow, RecognizedWord, WindowCursor
from surtitle.domain.time_shares import time_shares
from surtitle.engines.errors import EngineFailed
from surtitle.engines.protocols import EngineSetup
from surtitle.engines.sound import SoundFile
from surtitle.errors import Invalid


class TranscriptionModel(Protocol):
    """What the Subtitle app asked of a plugin."""

    def transcribe(self, audio_path: str) -> dict[str, Any]: ...


class PluginTranscriber:
    """A `Transcriber` around one plugin class."""

    def __init__(self, model_class: type[TranscriptionModel], setup: EngineSetup) -> None:
        self._name = setup.model
        self._model = model_class()

    def transcribe(
        self, sound: SoundFile, options: TranscriptionOptions, start: WindowCursor
    ) -> Iterator[RecognizedWindow]:
        if options.task is Task.TRANSLATE:
            raise Invalid(
                f"The plugin {self._name} cannot translate; choose the engine 'whisper'.", field="task"
            )
        if start.sample >= sound.sample_count:
            return
        answer = self._model.transcribe(str(sound.path))
        duration = sound.duration_seconds
        language = options.language or start.language
        segments = tuple(
            RecognizedSegment(begin, end, spread_words(text, begin, end), language)
            for text, begin, end in self._chunks(answer, duration)
            if text.strip()
        )
        following = replace(start, index=start.index + 1, sample=sound.sample_count, language=language)
        yield RecognizedWindow(0.0, duration, segments, following)

    def _chunks(self, answer: object, duration: float) -> Iterator[tuple[str, float, float]]:
        if not isinstance(answer, dict) or not isinstance(answer.get("text", ""), str):
            raise self._misbehaved(f"it returned {_shape(answer)}")
        chunks = answer.get("chunks")
        if chunks is None:
            chunks = [{"text": answer.get("text", ""), "timestamp": (0.0, duration)}]
        if not isinstance(chunks, list | tuple):
            raise self._misbehaved(f"'chunks' is {_shape(chunks)}, not a list")
        earliest = 0.0
        for number, chunk in enumerate(chunks):
            text, begin, end = self._chunk(number, chunk, duration)
            # Neighbouring chunks of the usual models overlap by a frame or two; times may not run back.
            begin = min(max(begin, earliest), duration)
            end = min(max(end, begin), duration)
            earliest = end
            yield text, begin, end

    def _chunk(self, number: int, chunk: object, duration: float) -> tuple[str, float, float]:
        where = f"chunk {number}"
        if not isinstance(chunk, dict) or not isinstance(chunk.get("text"), str):
            raise self._misbehaved(f"{where} is {_shape(chunk)}")
        times = chunk.get("timestamp")
        if not isinstance(times, list | tuple) or len(times) != 2:  # noqa: PLR2004 - a start and an end
            raise self._misbehaved(f"the timestamp of {where} is {_shape(times)}")
        begin, end = times[0], duration if times[1] is None else times[1]
        if not _is_time(begin) or not _is_time(end) or end < begin:
            raise self._misbehaved(f"the timestamp of {where} is {times!r}")
        return chunk["text"], float(begin), float(end)

    def _misbehaved(self, what: str) -> EngineFailed:
        return EngineFailed(
            f"The plugin {self._name} did not answer as agreed: {what[:200]}. It must return "
            '{"text": str, "chunks": [{"text": str, "timestamp": (start_seconds, end_seconds)}]}.'
        )


def spread_words(
    text: str, start_seconds: float, end_seconds: float, language: str | None = None
) -> tuple[RecognizedWord, ...]:
    """The words of `text`, sharing the time between the two in proportion to their length.

    In a language that is written without spaces each letter is one, with its marks: the time of a phrase
    would tell nothing about its words.
    """
    texts = [f" {word}" for word in text.split()]
    if writes_without_spaces(language):
        texts = [letter for word in texts for letter in _letters(word)]
    shares = time_shares([text.strip() for text in texts], start_seconds, end_seconds)
    return tuple(
        RecognizedWord(text, start, end, None) for text, (start, end) in zip(texts, shares, strict=True)
    )


def _letters(word: str) -> Iterator[str]:
    """`word` cut before each letter: marks stay with theirs, Latin words and numbers whole."""
    letter = ""
    for character in word:
        belongs = unicodedata.category(character)[0] in "MP"
        goes_on = _is_plain(character) and _is_plain(letter[-1:])
        if letter.strip() and not belongs and not goes_on:
            yield letter
            letter = ""
        letter += character
    yield letter


def _is_plain(character: str) -> bool:
    return character.isascii() and character.isalnum()


def _is_time(value: object) -> bool:
    return (
        isinstance(value, int | float) and not isinstance(value, bool) and math.isfinite(value) and value >= 0
    )


def _shape(value: object) -> str:
    keys = f" with {', '.join(map(repr, value))}" if isinstance(value, dict) else ""
    return f"a {type(value).__name__}{keys}"
