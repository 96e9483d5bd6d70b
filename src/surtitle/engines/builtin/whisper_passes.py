"""One pass of Whisper over what is left of a window: generate, retry, split, find the words' times.

This is faster-whisper 1.2's `generate_segments`, taken apart so that the next pass can be left out
when nobody speaks any more, and so that the same sound always gives the same words: its second tries
draw samples at a temperature, which CTranslate2 cannot seed. Here a pass that repeats itself is
decoded once more by a beam search that may not repeat.
"""

from dataclasses import dataclass, replace
from typing import Any

from surtitle.domain.options import TranscriptionOptions
from surtitle.engines.sound import Samples

FRAMES_PER_SECOND = 100
"""Frames of the spectrogram."""

# The thresholds of the Whisper paper (Radford et al. 2022, section 4.5).
MOST_COMPRESSIBLE = 2.4
LEAST_LOG_PROBABILITY = -1.0
_NO_SPEECH_PROBABILITY = 0.6
# Three tokens in a row that came already may not come again in the same pass.
_NO_REPEAT_TOKENS = 3
# Half of the model's 448 tokens may lead in, shared by hotwords and prompt; the rest is for the words.
_PROMPT_TOKENS = 223
_PREPENDED = "\"'“¿([{-"
_APPENDED = "\"'.。,，!！?？:：”)]}、"  # noqa: RUF001 - the full-width forms are meant


@dataclass(frozen=True, slots=True)
class Pass:
    """What one pass found. `segments` are faster-whisper's, with `words`, times from the window's start."""

    segments: list[dict[str, Any]]
    log_probability: float
    compression_ratio: float


class WindowPasses:
    """Runs passes over one window. `features` has the shape (mels, frames)."""

    def __init__(self, model: Any, features: Samples, options: TranscriptionOptions, language: str) -> None:
        from faster_whisper.tokenizer import Tokenizer  # noqa: PLC0415 - heavy, child only

        self._model = model
        self._features = features
        self._tokenizer = Tokenizer(
            model.hf_tokenizer, model.model.is_multilingual, task=options.task.value, language=language
        )
        self._settings = _generation_options(self._tokenizer, options.beam_size)
        self._prompt = _prompt(model, self._tokenizer, options)

    def run(self, position: int, encoded: Any) -> tuple[Pass, int]:
        """A pass from frame `position`, and the frame where the next one would begin.

        `encoded` is the encoder's output for it, if it is there already.
        """
        left = self._features[:, position:]
        encoded = encode(self._model, left) if encoded is None else encoded
        result, log_probability, ratio = self._generated(encoded)
        frames = left.shape[-1]
        if result.no_speech_prob > _NO_SPEECH_PROBABILITY and log_probability < LEAST_LOG_PROBABILITY:
            return Pass([], log_probability, ratio), position + frames
        segments, following, ends_there = self._model._split_segments_by_timestamps(  # noqa: SLF001 - see above
            tokenizer=self._tokenizer,
            tokens=result.sequences_ids[0],
            time_offset=position / FRAMES_PER_SECOND,
            segment_size=frames,
            segment_duration=frames / FRAMES_PER_SECOND,
            seek=position,
        )
        self._model.add_word_timestamps(
            [segments],
            self._tokenizer,
            encoded,
            frames,
            _PREPENDED,
            _APPENDED,
            last_speech_timestamp=position / FRAMES_PER_SECOND,
        )
        words = [word for segment in segments for word in segment["words"]]
        if words and not ends_there:
            following = max(position, round(float(words[-1]["end"]) * FRAMES_PER_SECOND))
        return Pass(segments, log_probability, ratio), following

    def _generated(self, encoded: Any) -> tuple[Any, float, float]:
        """CTranslate2's result, its average log probability and how well its text compresses."""
        first = self._generate(encoded, no_repeat=0)
        if first[2] <= MOST_COMPRESSIBLE:
            return first
        return min(first, self._generate(encoded, no_repeat=_NO_REPEAT_TOKENS), key=lambda one: one[2])

    def _generate(self, encoded: Any, *, no_repeat: int) -> tuple[Any, float, float]:
        settings = replace(self._settings, no_repeat_ngram_size=no_repeat)
        result, log_probability, _, ratio = self._model.generate_with_fallback(
            encoded, self._prompt, self._tokenizer, settings
        )
        return result, float(log_probability), float(ratio)


def encode(model: Any, features: Samples) -> Any:
    """The encoder's output for `features`, padded to the 30 s that it was trained on."""
    from faster_whisper.audio import pad_or_trim  # noqa: PLC0415 - heavy, child only

    return model.encode(pad_or_trim(features))


def _generation_options(tokenizer: Any, beam_size: int) -> Any:
    from faster_whisper.transcribe import (  # noqa: PLC0415 - heavy, child only
        TranscriptionOptions as GenerationOptions,
    )
    from faster_whisper.transcribe import get_suppressed_tokens  # noqa: PLC0415

    return GenerationOptions(
        beam_size=beam_size,
        best_of=1,
        patience=1,
        length_penalty=1,
        repetition_penalty=1,
        no_repeat_ngram_size=0,
        log_prob_threshold=LEAST_LOG_PROBABILITY,
        no_speech_threshold=_NO_SPEECH_PROBABILITY,
        compression_ratio_threshold=MOST_COMPRESSIBLE,
        condition_on_previous_text=False,
        prompt_reset_on_temperature=0.5,
        temperatures=[0.0],
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
        lead += tokenizer.encode(" " + texts["hotwords"])[:share]
    if texts["prompt"]:
        lead += tokenizer.encode(" " + texts["prompt"])[-share:]
    tokens: list[int] = model.get_prompt(tokenizer, lead)
    return tokens
