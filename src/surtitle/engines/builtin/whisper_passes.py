"""One pass of Whisper over what is left of a window: generate, retry, split, find the words' times.

This is faster-whisper 1.2's `generate_segments`, taken apart so that the next pass can be left out
when nobody speaks any more, and so that the same sound always gives the same words: its second tries
draw samples at a temperature, which CTranslate2 cannot seed. Here that is left to those who ask for
it (`temperatures`); a pass that repeats itself is decoded once more by a beam search that may not.
"""

import zlib
from dataclasses import dataclass, replace
from typing import Any

from surtitle.domain.options import Task, TranscriptionOptions
from surtitle.engines.plugin_adapter import spread_words
from surtitle.engines.sound import Samples

FRAMES_PER_SECOND = 100
"""Frames of the spectrogram."""

# Whisper was trained on 30 s at a time, what is shorter filled with silence.
_TRAINED_FRAMES = 30 * FRAMES_PER_SECOND
# With 2 s of it more words are wrong; with 8 s as many are right as in all of 30 s (decision 0008).
_SILENT_FRAMES = 8 * FRAMES_PER_SECOND
# The thresholds of the Whisper paper (Radford et al. 2022, section 4.5).
MOST_COMPRESSIBLE = 2.4
LEAST_LOG_PROBABILITY = -1.0
_NO_SPEECH_PROBABILITY = 0.6
_LIKELY_LOG_PROBABILITY = -0.4
# Three tokens in a row that came already may not come again in the same pass.
_NO_REPEAT_TOKENS = 3
# Half of the model's 448 tokens may lead in, shared by hotwords and prompt; the rest is for the words.
_PROMPT_TOKENS = 223
# Twice what the quickest speech takes in a script of many tokens: a loop in a short sound ends there.
_MOST_TOKENS_PER_SECOND = 20
_SPARE_TOKENS = 24
# How many readings are drawn at a temperature above 0, of which the likeliest is kept (faster-whisper's).
_DRAWN = 5
_PREPENDED = "\"'“¿([{-"
_APPENDED = "\"'.。,，!！?？:：”)]}、"  # noqa: RUF001 - the full-width forms are meant


@dataclass(frozen=True, slots=True)
class Pass:
    """What one pass found. `segments` are faster-whisper's, with `words`, times from the window's start."""

    segments: list[dict[str, Any]]
    log_probability: float
    compression_ratio: float


class WindowPasses:
    """Runs passes over one window. `features` has the shape (mels, frames).

    `doubting`, as every pass but the first: where the model itself doubts that there is speech, what it
    writes has to be likely.
    """

    def __init__(
        self,
        model: Any,
        features: Samples,
        options: TranscriptionOptions,
        language: str,
        *,
        doubting: bool = False,
    ) -> None:
        from faster_whisper.tokenizer import Tokenizer  # noqa: PLC0415 - heavy, child only

        self._model = model
        self._features = features
        self._tokenizer = Tokenizer(
            model.hf_tokenizer, model.model.is_multilingual, task=options.task.value, language=language
        )
        self._written = "en" if options.task is Task.TRANSLATE else language
        # By this it splits text into words; of a translation those are English ones.
        self._tokenizer.language_code = self._written
        self._settings = _generation_options(self._tokenizer, options)
        self._word_times = options.word_times
        self._doubting = doubting
        self._prompt = _prompt(model, self._tokenizer, options)

    def run(self, position: int, encoded: Any) -> tuple[Pass, int]:
        """A pass from frame `position`, and the frame where the next one would begin.

        `encoded` is the encoder's output for it, if it is there already.
        """
        left = self._features[:, position:]
        encoded = encode(self._model, left) if encoded is None else encoded
        frames = left.shape[-1]
        doubting = self._doubting or position > 0
        result, log_probability, ratio = self._generated(encoded, frames / FRAMES_PER_SECOND)
        if _is_silence(result, log_probability, ratio, doubting=doubting):
            return Pass([], log_probability, ratio), position + frames
        segments, following, ends_there = self._model._split_segments_by_timestamps(  # noqa: SLF001 - see above
            tokenizer=self._tokenizer,
            tokens=result.sequences_ids[0],
            time_offset=position / FRAMES_PER_SECOND,
            segment_size=frames,
            segment_duration=frames / FRAMES_PER_SECOND,
            seek=position,
        )
        self._add_words(segments, encoded, position, frames)
        words = [word for segment in segments for word in segment["words"]]
        if words and not ends_there:
            following = max(position, round(float(words[-1]["end"]) * FRAMES_PER_SECOND))
        return Pass(segments, log_probability, ratio), following

    def _add_words(self, segments: list[dict[str, Any]], encoded: Any, position: int, frames: int) -> None:
        if self._word_times:
            self._model.add_word_timestamps(
                [segments],
                self._tokenizer,
                encoded,
                frames,
                _PREPENDED,
                _APPENDED,
                last_speech_timestamp=position / FRAMES_PER_SECOND,
            )
        else:
            for segment in segments:
                text = self._tokenizer.decode(segment["tokens"])
                segment["words"] = _evenly(text, segment, self._written)

    def _generated(self, encoded: Any, seconds: float) -> tuple[Any, float, float]:
        """CTranslate2's result, its average log probability and how well its text compresses."""
        first = self._generate(encoded, seconds, no_repeat=0)
        if first[2] <= MOST_COMPRESSIBLE or _is_silence(*first):
            return first
        second = self._generate(encoded, seconds, no_repeat=_NO_REPEAT_TOKENS)
        return min(first, second, key=lambda one: one[2])

    def _generate(self, encoded: Any, seconds: float, *, no_repeat: int) -> tuple[Any, float, float]:
        room = self._model.max_length - len(self._prompt)
        longest = min(room, _SPARE_TOKENS + round(_MOST_TOKENS_PER_SECOND * seconds))
        settings = replace(self._settings, no_repeat_ngram_size=no_repeat, max_new_tokens=longest)
        readings = []
        for temperature in settings.temperatures:
            reading = self._read(encoded, replace(settings, temperatures=[temperature]))
            if _will_do(*reading):
                return reading
            readings.append(reading)
        plain = [reading for reading in readings if reading[2] <= MOST_COMPRESSIBLE]
        return max(plain or readings, key=lambda reading: reading[1])

    def _read(self, encoded: Any, settings: Any) -> tuple[Any, float, float]:
        result, log_probability, *_ = self._model.generate_with_fallback(
            encoded, self._prompt, self._tokenizer, settings
        )
        text = self._tokenizer.decode(result.sequences_ids[0]).strip()
        return result, float(log_probability), compression_ratio(text)


def _is_silence(
    result: Any, log_probability: float, compression_ratio: float, *, doubting: bool = False
) -> bool:
    """Whether the model itself hears no speech, and what it wrote all the same is nothing to go by."""
    least = _LIKELY_LOG_PROBABILITY if doubting else LEAST_LOG_PROBABILITY
    hollow = log_probability < least or compression_ratio > MOST_COMPRESSIBLE
    return bool(result.no_speech_prob > _NO_SPEECH_PROBABILITY and hollow)


def _will_do(result: Any, log_probability: float, ratio: float) -> bool:
    """Whether no higher temperature is tried: the text is plain and likely, or there is none."""
    if log_probability < LEAST_LOG_PROBABILITY:
        return bool(result.no_speech_prob > _NO_SPEECH_PROBABILITY)
    return ratio <= MOST_COMPRESSIBLE


def compression_ratio(text: str) -> float:
    """How many times shorter zlib makes `text`, a byte a letter.

    In UTF-8, as Whisper's authors have it, ordinary Hindi or Tamil is compressed 2.5 to 3 times, like a loop:
    two of three bytes of each letter are the same.
    """
    try:
        written = text.encode("latin-1")
    except UnicodeEncodeError:
        numbers = {letter: number for number, letter in enumerate(dict.fromkeys(text))}
        width = 1 if len(numbers) <= 1 << 8 else 3
        written = b"".join(numbers[letter].to_bytes(width, "big") for letter in text)
    return len(written) / len(zlib.compress(written))


def encode(model: Any, features: Samples) -> Any:
    """The encoder's output for `features` of the shape (mels, frames), followed by silence.

    On a CPU that silence is as short as leaves as many words right: what a frame costs grows with their
    number, and half of a window's time would go into nothing.
    """
    from faster_whisper.audio import pad_or_trim  # noqa: PLC0415 - heavy, child only

    frames = _TRAINED_FRAMES
    if model.model.device == "cpu":
        # The encoder takes them in pairs.
        frames = min(frames, (features.shape[-1] + _SILENT_FRAMES + 1) // 2 * 2)
    return model.encode(pad_or_trim(features, frames))


def _evenly(text: str, segment: dict[str, Any], language: str) -> list[dict[str, Any]]:
    """The words of `text`, sharing the segment's time in proportion to their length."""
    words = spread_words(text, float(segment["start"]), float(segment["end"]), language)
    return [
        {"word": word.text, "start": word.start_seconds, "end": word.end_seconds, "probability": None}
        for word in words
    ]


def _generation_options(tokenizer: Any, options: TranscriptionOptions) -> Any:
    from faster_whisper.transcribe import (  # noqa: PLC0415 - heavy, child only
        TranscriptionOptions as GenerationOptions,
    )
    from faster_whisper.transcribe import get_suppressed_tokens  # noqa: PLC0415

    return GenerationOptions(
        beam_size=options.beam_size,
        best_of=_DRAWN,
        patience=1,
        length_penalty=1,
        repetition_penalty=1,
        no_repeat_ngram_size=0,
        log_prob_threshold=LEAST_LOG_PROBABILITY,
        no_speech_threshold=_NO_SPEECH_PROBABILITY,
        compression_ratio_threshold=MOST_COMPRESSIBLE,
        condition_on_previous_text=False,
        prompt_reset_on_temperature=0.5,
        temperatures=list(options.temperatures),
        initial_prompt=None,
        prefix=None,
        suppress_blank=True,
        suppress_tokens=get_suppressed_tokens(tokenizer, [-1]),
        without_timestamps=False,
        max_initial_timestamp=1.0,
        word_timestamps=True,
        prepend_punctuations=_PREPENDED,
        append_punctuations=_APPENDED,
        multilingual=False,
        max_new_tokens=None,
        clip_timestamps="0",
        hallucination_silence_threshold=None,
        hotwords=None,
    )


def _prompt(model: Any, tokenizer: Any, options: TranscriptionOptions) -> list[int]:
    """What the model reads before it writes: hotwords, the prompt, language and task.

    Both are cut to what the model takes, each to half of it if both are given: of a prompt its end
    counts, of hotwords their beginning.
    """
    texts = {name: (getattr(options, name) or "").strip() for name in ("hotwords", "prompt")}
    share = _PROMPT_TOKENS // 2 if all(texts.values()) else _PROMPT_TOKENS
    lead: list[int] = []
    if texts["hotwords"]:
        # A list without an end is taken for the beginning of what is said, and gone on with.
        end = tokenizer.encode(".")
        lead += tokenizer.encode(" " + texts["hotwords"].rstrip(" ,;."))[: share - len(end)] + end
    if texts["prompt"]:
        lead += tokenizer.encode(" " + texts["prompt"])[-share:]
    tokens: list[int] = model.get_prompt(tokenizer, lead)
    return tokens
