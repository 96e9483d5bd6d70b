"""Edits made up at random, for documents that are there."""

from random import Random
from typing import Any

from pydantic import TypeAdapter

from surtitle.domain.transcript import Transcript
from surtitle.transcripts.operations import Operation

OPERATION: TypeAdapter[Operation] = TypeAdapter(Operation)
TEXTS = ("new", "two words", "שלום", "مرحبا بك", "\u202eabc", "\x00", " ", "-", "a-b", "Zoë")
SOUGHT = ("o", "e", "ing", "d m", "müller-smith", ".", "a b", "new", "x")
PUT = ("", " ", "x", "two words", "e", "-")


def some_operation(transcript: Transcript, chance: Random) -> Operation:
    """An operation in good form, as a rule a possible one."""
    if not transcript.segments:
        return OPERATION.validate_python({"op": "insert_words", "text": "begin again"})
    return OPERATION.validate_python(chance.choice(_wishes(transcript, chance)))


def _wishes(transcript: Transcript, chance: Random) -> list[dict[str, Any]]:
    word = chance.choice(transcript.words)
    words = _neighbours([one.id for one in transcript.words], chance)
    segments = _neighbours([one.id for one in transcript.segments], chance)
    nudged = word.start_seconds + chance.uniform(-0.05, 0.05)
    text = chance.choice(TEXTS)
    return [
        {"op": "change_word", "word": word.id, "text": text},
        {"op": "change_word", "word": word.id, "start_seconds": max(0, nudged)},
        {"op": "change_word", "word": word.id, "text": text, "end_seconds": word.end_seconds},
        {"op": "insert_words", "after": word.id, "text": text},
        {"op": "insert_words", "before": word.id, "text": text, "end_seconds": word.start_seconds},
        {"op": "delete_words", "words": [word.id, *words]},
        {"op": "split_word", "word": word.id, "at": chance.randint(1, 4), "glued": chance.random() < 0.5},
        {"op": "merge_words", "words": [*words, "w99"][: max(2, len(words))]},
        {"op": "rewrite_segment", "segment": segments[0], "text": f"{text} {word.text} e {text}"},
        {"op": "time_segment", "segment": segments[0], "start_seconds": max(0, nudged)},
        {"op": "time_segment", "segment": segments[-1], "end_seconds": max(0, nudged)},
        {"op": "split_segment", "before": word.id},
        {"op": "merge_segments", "segments": [*segments, "s99"][: max(2, len(segments))]},
        {"op": "set_segments", "segments": segments, "speaker": "Ann"},
        {"op": "set_segments", "segments": segments, "language": chance.choice(["fr", "en", None])},
        {"op": "accept_segments", "segments": segments},
        {"op": "accept_words", "words": words},
        {"op": "rename_speaker", "speaker": "Ann", "name": chance.choice(["Bo", "Ann"])},
        {"op": "merge_speakers", "speakers": ["Ann", "Bo"]},
        {"op": "split_speaker", "speaker": "Ann", "segments": segments, "name": "Cy"},
        {"op": "assign_words", "words": words, "speaker": chance.choice(["Ann", "Bo", None])},
        {"op": "replace_text", "find": chance.choice(SOUGHT), "replace": chance.choice(PUT)},
        {"op": "replace_text", "find": word.text, "replace": text, "whole_words": True},
    ]


def _neighbours(ids: list[str], chance: Random) -> list[str]:
    first = chance.randrange(len(ids))
    return ids[first : first + chance.randint(1, 3)]
