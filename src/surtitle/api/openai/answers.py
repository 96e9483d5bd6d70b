"""What OpenAI's audio routes answer, made from a transcript. Shapes: the `openai` package's `types.audio`."""

import math
import zlib
from typing import Literal

from pydantic import BaseModel, Field

from surtitle.api.openai.form import TranscriptionForm, TranslationForm
from surtitle.domain.languages import LANGUAGES
from surtitle.domain.options import Task
from surtitle.domain.transcript import Segment, Transcript, Word

# Confidences are kept to three decimals, so that 0 means less than half of the last.
_LEAST_CONFIDENCE = 0.0005
_FRAMES_PER_SECOND = 100
# As OpenAI counts sound for its own models: one token for each tenth of a second.
_TOKENS_PER_SECOND = 10
# Languages that whisper-1 calls otherwise than we do (openai/whisper, tokenizer.py, LANGUAGES).
_WHISPER_NAMES = {"bn": "bengali", "mi": "maori", "my": "myanmar", "nn": "nynorsk", "tl": "tagalog"}


class DurationUsage(BaseModel):
    """How much sound was worked on, in whole seconds, as whisper-1 counts it."""

    type: Literal["duration"] = "duration"
    seconds: int


class TokenUsage(BaseModel):
    """The same in tokens, the only unit that the end of a stream knows: tenths of a second in, words out."""

    type: Literal["tokens"] = "tokens"
    input_tokens: int
    output_tokens: int
    total_tokens: int


class Logprob(BaseModel):
    """How sure the engine is of a word, which stands for a token here."""

    token: str
    bytes: list[int]
    logprob: float | None = Field(description="Natural logarithm; null when the engine gives no confidence.")


class Language(BaseModel):
    code: str


class PlainAnswer(BaseModel):
    """`json`."""

    text: str
    languages: list[Language] | None = None
    logprobs: list[Logprob] | None = None
    usage: DurationUsage | None = None


class VerboseSegment(BaseModel):
    """A segment as Whisper tells it."""

    id: int
    seek: int = Field(description="Where it begins, in hundredths of a second.")
    start: float
    end: float
    text: str
    tokens: list[int] = Field([], description="Always empty: words are kept, not tokens.")
    temperature: float
    avg_logprob: float
    compression_ratio: float
    no_speech_prob: float = Field(0.0, description="Always 0: silence is found before, and not decoded.")


class VerboseWord(BaseModel):
    word: str
    start: float
    end: float


class VerboseAnswer(BaseModel):
    """`verbose_json`."""

    task: Task
    language: str = Field(description="English name in small letters; `unknown` when nobody speaks.")
    duration: float
    text: str
    words: list[VerboseWord] | None = None
    segments: list[VerboseSegment] | None = None
    usage: DurationUsage | None = None


def plain_answer(transcript: Transcript, form: TranscriptionForm | TranslationForm) -> PlainAnswer:
    """`json`; a translation has nothing but its text."""
    if isinstance(form, TranslationForm):
        return PlainAnswer(text=transcript.text)
    return PlainAnswer(
        text=transcript.text,
        languages=languages_of(transcript) if form.model == "gpt-transcribe" else None,
        logprobs=logprobs_of(transcript) if form.include else None,
        usage=duration_usage(transcript),
    )


def verbose_answer(transcript: Transcript, form: TranscriptionForm | TranslationForm) -> VerboseAnswer:
    """`verbose_json`, with the times that were asked for: segments, if nothing was said."""
    translation = isinstance(form, TranslationForm)
    wanted = form.timestamp_granularities if isinstance(form, TranscriptionForm) else []
    return VerboseAnswer(
        task=Task.TRANSLATE if translation else Task.TRANSCRIBE,
        language="english" if translation else language_name(transcript.language),
        duration=transcript.duration_seconds,
        text=transcript.text,
        words=[_word(word) for word in transcript.words] if "word" in wanted else None,
        segments=_segments(transcript, form.temperature) if "segment" in wanted or not wanted else None,
        usage=None if translation else duration_usage(transcript),
    )


def language_name(code: str | None) -> str:
    """As whisper-1 spells it: an English name in small letters."""
    if code is None:
        return "unknown"
    return _WHISPER_NAMES.get(code) or LANGUAGES[code].name.lower()


def languages_of(transcript: Transcript) -> list[Language]:
    """Every language heard, in the order of its first segment."""
    heard = dict.fromkeys(segment.language for segment in transcript.segments if segment.language)
    return [Language(code=code) for code in heard]


def logprobs_of(transcript: Transcript) -> list[Logprob]:
    """One for each word; the tokens, joined, are the text."""
    told: list[Logprob] = []
    for word in transcript.running.words:
        space = "" if not told or word.glued else " "
        told.append(logprob(space + word.text, word.confidence))
    return told


def logprob(token: str, confidence: float | None) -> Logprob:
    """Of a word with the space before it."""
    value = None if confidence is None else math.log(max(confidence, _LEAST_CONFIDENCE))
    return Logprob(token=token, bytes=list(token.encode()), logprob=value)


def duration_usage(transcript: Transcript) -> DurationUsage:
    return DurationUsage(seconds=math.ceil(transcript.duration_seconds))


def token_usage(transcript: Transcript) -> TokenUsage:
    heard, written = math.ceil(transcript.duration_seconds * _TOKENS_PER_SECOND), len(transcript.words)
    return TokenUsage(input_tokens=heard, output_tokens=written, total_tokens=heard + written)


def _word(word: Word) -> VerboseWord:
    return VerboseWord(word=word.text, start=word.start_seconds, end=word.end_seconds)


def _segments(transcript: Transcript, temperature: float) -> list[VerboseSegment]:
    return [_segment(number, segment, temperature) for number, segment in enumerate(transcript.segments)]


def _segment(number: int, segment: Segment, temperature: float) -> VerboseSegment:
    # Whisper's own measure of a loop: bytes over bytes when packed (openai/whisper, utils.py).
    raw = segment.text.encode()
    return VerboseSegment(
        id=number,
        seek=round(segment.start_seconds * _FRAMES_PER_SECOND),
        start=segment.start_seconds,
        end=segment.end_seconds,
        text=f" {segment.text}",
        temperature=temperature,
        avg_logprob=_mean_logprob(segment),
        compression_ratio=len(raw) / len(zlib.compress(raw)),
    )


def _mean_logprob(segment: Segment) -> float:
    if segment.average_log_probability is not None:
        return segment.average_log_probability
    known = [word.confidence for word in segment.words if word.confidence is not None]
    return sum(math.log(max(one, _LEAST_CONFIDENCE)) for one in known) / len(known) if known else 0.0
