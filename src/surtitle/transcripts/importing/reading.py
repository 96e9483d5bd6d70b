"""From the bytes of a file to a transcript; the kind of file is told by its content."""

import codecs
import re
from collections.abc import Collection, Iterator, Sequence
from dataclasses import dataclass, replace
from enum import StrEnum
from itertools import count, groupby, islice

from surtitle.domain.languages import language_code
from surtitle.domain.time_shares import time_shares
from surtitle.domain.transcript import Origin, OriginKind, Segment, Transcript, Word, runs_on
from surtitle.errors import TooLarge
from surtitle.transcripts.document import printable
from surtitle.transcripts.draft import MAX_WORDS, spoken_longest
from surtitle.transcripts.errors import UnreadableSubtitles
from surtitle.transcripts.importing.cues import (
    ReadCue,
    plain_srt,
    plain_vtt,
    srt_cues,
    voice_of,
    vtt_cues,
)
from surtitle.transcripts.schema import read_transcript

_SPEAKER_CHARACTERS = 200

# What a document of the most words needs, and some room: counted before anything is made of it.
_MOST_CHARACTERS = 16 * 1024**2
_MOST_OBJECTS = MAX_WORDS * 6 // 5
_MOST_VALUES = MAX_WORDS * 12
_WORD = re.compile(r"\S+")


class ImportFormat(StrEnum):
    SRT = "srt"
    VTT = "vtt"
    JSON = "json"


@dataclass(frozen=True, slots=True)
class _Said:
    """A cue on its way into the document; `glued` are the places of `parts` without a space before them."""

    line: int
    start_seconds: float
    end_seconds: float
    parts: tuple[str, ...]
    glued: Collection[int]
    speaker: str | None


def read_import(data: bytes, *, duration_seconds: float | None, language: str | None) -> Transcript:
    """The transcript in an srt, vtt or transcript JSON file, with ids of its own.

    Of a cue the time is shared out over its words. Cues that overlap are cut where the next one begins.
    `duration_seconds` is the recording's; None ends the document with its last word. `language` wins over
    what the file says. Raises `UnreadableSubtitles` naming the line, `UnreadableTranscript` the place,
    `TooLarge` for more than `MAX_WORDS` words.
    """
    text = _decoded(data)
    kind = _kind(text)
    if kind is ImportFormat.JSON:
        _limit_values(text)
        transcript = _renumbered(read_transcript(text.encode()), duration_seconds)
    else:
        transcript = _from_cues(kind, text, duration_seconds)
    _limit_words(len(transcript.words))
    if language is None:
        return transcript
    segments = tuple(replace(segment, language=language) for segment in transcript.segments)
    return replace(transcript, language=language, language_probability=None, segments=segments)


def _decoded(data: bytes) -> str:
    for mark, encoding in ((codecs.BOM_UTF16_LE, "utf-16"), (codecs.BOM_UTF16_BE, "utf-16")):
        if data.startswith(mark):
            return data.decode(encoding, errors="replace")
    try:
        return data.decode("utf-8-sig")
    except UnicodeDecodeError as error:
        line = data.count(b"\n", 0, error.start) + 1
        raise UnreadableSubtitles(
            f"the byte 0x{data[error.start]:02x} is not UTF-8. Save the file as UTF-8 and send it again.",
            line,
        ) from None


def _kind(text: str) -> ImportFormat:
    beginning = text.lstrip()
    if beginning.startswith("{"):
        return ImportFormat.JSON
    if beginning.startswith("WEBVTT"):
        return ImportFormat.VTT
    if "-->" in text:
        return ImportFormat.SRT
    raise UnreadableSubtitles(
        "The file is neither SubRip (srt), nor WebVTT (vtt), nor a transcript as Surtitle writes it (json)."
    )


def _limit_words(number: int) -> None:
    if number > MAX_WORDS:
        raise _too_many_words()


def _too_many_words() -> TooLarge:
    return TooLarge(f"A transcript to import has {MAX_WORDS} words at most. Send the recording in parts.")


# Subtitles


def _from_cues(kind: ImportFormat, text: str, duration_seconds: float | None) -> Transcript:
    if len(text) > _MOST_CHARACTERS:
        raise TooLarge(f"Subtitles to import have {_MOST_CHARACTERS} characters at most. Send them in parts.")
    cues = srt_cues(text) if kind is ImportFormat.SRT else vtt_cues(text)
    said = sorted(_spoken(kind, cues), key=lambda cue: cue.start_seconds)
    if not said:
        raise UnreadableSubtitles("The file holds no cue with text.")
    end = max(cue.end_seconds for cue in said) if duration_seconds is None else round(duration_seconds, 3)
    late = next((cue for cue in said if cue.start_seconds > end), None)
    if late is not None:
        raise UnreadableSubtitles(
            f"the cue starts at {late.start_seconds} s, and the recording ends at {end} s.", late.line
        )
    return Transcript(
        duration_seconds=end,
        language=None,
        language_probability=None,
        origin=Origin("", kind.value, "", "", kind=OriginKind.IMPORT),
        segments=tuple(_segments(_apart(said, end))),
    )


def _spoken(kind: ImportFormat, cues: Sequence[ReadCue]) -> Iterator[_Said]:
    plain = plain_srt if kind is ImportFormat.SRT else plain_vtt
    words = 0
    for cue in cues:
        text = plain(cue.text)
        words += sum(1 for _ in islice(_WORD.finditer(text), MAX_WORDS + 1))
        _limit_words(words)
        parts, glued = _parts(text)
        speaker = voice_of(cue.text) if kind is ImportFormat.VTT else None
        named = printable(speaker)[:_SPEAKER_CHARACTERS] if speaker else None
        if parts:
            yield _Said(cue.line, cue.start_seconds, cue.end_seconds, parts, glued, named)


def _parts(text: str) -> tuple[tuple[str, ...], Collection[int]]:
    """The words of a cue, and which are glued: Chinese and Japanese go on in the next line."""
    parts: list[str] = []
    glued: set[int] = set()
    for line in text.splitlines():
        words = printable(line).split()
        if parts and words and runs_on(parts[-1], words[0]):
            glued.add(len(parts))
        parts += words
    return tuple(parts), glued or ()


def _apart(said: Sequence[_Said], end_seconds: float) -> Iterator[_Said]:
    """The cues without overlaps: those that start together share their time by length."""
    groups = [list(group) for _, group in groupby(said, key=lambda cue: cue.start_seconds)]
    for number, group in enumerate(groups):
        start = group[0].start_seconds
        following = groups[number + 1][0].start_seconds if number + 1 < len(groups) else end_seconds
        end = min(max(cue.end_seconds for cue in group), following, end_seconds)
        spans = time_shares(["".join(cue.parts) for cue in group], start, end)
        for cue, (begins, ends) in zip(group, spans, strict=True):
            yield replace(cue, start_seconds=begins, end_seconds=ends)


def _segments(said: Iterator[_Said]) -> Iterator[Segment]:
    numbers = count(1)
    for position, cue in enumerate(said, 1):
        spans = time_shares(cue.parts, cue.start_seconds, cue.end_seconds)
        words = tuple(
            Word(f"w{next(numbers)}", text, start, end, glued=place in cue.glued)
            for place, (text, (start, end)) in enumerate(zip(cue.parts, spans, strict=True))
        )
        yield Segment(f"s{position}", cue.start_seconds, cue.end_seconds, words, speaker=cue.speaker)


# Documents


def _limit_values(text: str) -> None:
    """Raises `TooLarge` for a document that takes more memory to read than any of `MAX_WORDS` words."""
    if max(text.count("{"), text.count("[")) > _MOST_OBJECTS or text.count(",") > _MOST_VALUES:
        raise _too_many_words()


def _renumbered(transcript: Transcript, duration_seconds: float | None) -> Transcript:
    """The document with ids counted anew: those of revisions to come must never meet old ones."""
    # What a recording's header says of its length may be too short; the document was made by listening.
    end = round(max(transcript.duration_seconds, duration_seconds or 0.0), 3)
    segments: list[Segment] = []
    numbers = count(1)
    latest = 0.0
    for segment in transcript.segments:
        words: list[Word] = []
        for word in segment.words:
            if text := "".join(printable(word.text).split()):
                words.append(_placed(word, text, next(numbers), latest, end))
                latest = words[-1].end_seconds
        if words:
            segments.append(_settled(segment, len(segments) + 1, words))
    known = {word.origin for segment in segments for word in segment.words if word.origin}
    if not known <= transcript.origins.keys():
        raise UnreadableSubtitles(f"`origins` does not know {min(known - transcript.origins.keys())[:40]!r}.")
    language = _known_language(transcript.language) or spoken_longest(segments)
    return replace(transcript, duration_seconds=end, language=language, segments=tuple(segments))


def _placed(word: Word, text: str, number: int, latest_seconds: float, end_seconds: float) -> Word:
    start, end = round(word.start_seconds, 3), round(word.end_seconds, 3)
    if not latest_seconds <= start <= end <= end_seconds:
        raise UnreadableSubtitles(
            f"Word {word.id[:40]!r} stands at {start} to {end} s; it must start at {latest_seconds} s or "
            f"later, where the word before it ends, and end by {end_seconds} s."
        )
    return replace(word, id=f"w{number}", text=text, start_seconds=start, end_seconds=end)


def _settled(segment: Segment, number: int, words: list[Word]) -> Segment:
    words[0] = replace(words[0], glued=False)
    return replace(
        segment,
        id=f"s{number}",
        start_seconds=words[0].start_seconds,
        end_seconds=words[-1].end_seconds,
        words=tuple(words),
        language=_known_language(segment.language),
        speaker=printable(segment.speaker)[:_SPEAKER_CHARACTERS] if segment.speaker else None,
    )


def _known_language(code: str | None) -> str | None:
    try:
        return language_code(code) if code else None
    except ValueError as error:
        raise UnreadableSubtitles(f"{error}.") from None
