"""Operations applied to a transcript, each checked against what is there."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from typing import Any

from surtitle.domain.time_shares import time_shares
from surtitle.domain.transcript import PERSON, Segment, Transcript, Word, run_together
from surtitle.transcripts import operations as ops
from surtitle.transcripts.draft import Draft, Room
from surtitle.transcripts.errors import ImpossibleEdit
from surtitle.transcripts.placing import require_order, time_segment, times_in, wanted_seconds
from surtitle.transcripts.replacing import replace_text
from surtitle.transcripts.rewriting import rewrite_segment
from surtitle.transcripts.speaker_editing import (
    assign_words,
    merge_speakers,
    rename_speaker,
    split_speaker,
)
from surtitle.transcripts.wording import parts_of, persons_word, reworded


@dataclass(frozen=True, slots=True)
class Edited:
    """What came of an edit; `kin` as in `Draft`."""

    transcript: Transcript
    kin: dict[str, str]


def edit(transcript: Transcript, operations: Sequence[ops.Operation], revision: int) -> Edited:
    """`transcript` after `operations`, one after another, as the content of `revision`.

    The same arguments give the same document. Raises `ImpossibleEdit` naming the operation and its field.
    """
    draft = Draft(transcript, revision)
    _limit_searches(operations)
    for index, operation in enumerate(operations):
        try:
            _APPLY[type(operation)](draft, operation)
        except ImpossibleEdit as error:
            raise error.at(index) from None
    return Edited(draft.transcript(), draft.kin)


def _limit_searches(operations: Sequence[ops.Operation]) -> None:
    searches = [index for index, one in enumerate(operations) if isinstance(one, ops.ReplaceText)]
    if len(searches) > ops.MAX_REPLACEMENTS:
        raise ImpossibleEdit(
            f"one revision takes {ops.MAX_REPLACEMENTS} of replace_text; make several.", "op"
        ).at(searches[ops.MAX_REPLACEMENTS])


def _change_word(draft: Draft, wish: ops.ChangeWord) -> None:
    segment, place = draft.find(wish.word, "word")
    word = segment.words[place]
    start = word.start_seconds if wish.start_seconds is None else round(wish.start_seconds, 3)
    end = word.end_seconds if wish.end_seconds is None else round(wish.end_seconds, 3)
    if (start, end) != (word.start_seconds, word.end_seconds):
        require_order(start, end, draft.room(segment, place, place + 1))
    timed = replace(word, start_seconds=start, end_seconds=end)
    parts = [word.text] if wish.text is None else parts_of(wish.text, "text")
    made = reworded(draft, [timed], parts, "text")
    draft.put(segment, [*segment.words[:place], *made, *segment.words[place + 1 :]])


def _insert_words(draft: Draft, wish: ops.InsertWords) -> None:
    parts = parts_of(wish.text, "text")
    anchor = wish.after or wish.before
    if anchor is None:
        _begin(draft, wish, parts)
        return
    segment, place = draft.find(anchor, "after" if wish.after else "before")
    place += wish.after is not None
    room = draft.room(segment, place, place)
    at_end = wish.before is not None
    start, end = times_in(room, wish.start_seconds, wish.end_seconds, wanted_seconds(parts), at_end=at_end)
    made = [
        persons_word(draft, text, begins, ends, "text")
        for text, (begins, ends) in zip(parts, time_shares(parts, start, end), strict=True)
    ]
    draft.put(segment, [*segment.words[:place], *made, *segment.words[place:]])


def _begin(draft: Draft, wish: ops.InsertWords, parts: list[str]) -> None:
    """The first words of a transcript that has none."""
    if draft.segment_ids:
        raise ImpossibleEdit("say where the words go: after or before a word.", "after")
    room = Room(0.0, draft.duration_seconds)
    start, end = times_in(room, wish.start_seconds, wish.end_seconds, wanted_seconds(parts))
    spans = time_shares(parts, start, end)
    words = [
        persons_word(draft, text, begins, ends, "text")
        for text, (begins, ends) in zip(parts, spans, strict=True)
    ]
    draft.add(Segment(draft.new_segment_id(), start, end, tuple(words)), 0)


def _delete_words(draft: Draft, wish: ops.DeleteWords) -> None:
    gone = set(wish.words)
    homes = {home.id: home for home in (draft.home(word_id, "words") for word_id in wish.words)}
    for segment in homes.values():
        kept: list[Word] = []
        # What was glued to a word that goes must not stick to the one before it.
        unglued = False
        for word in segment.words:
            if word.id in gone:
                unglued = unglued or not word.glued
                continue
            kept.append(replace(word, glued=word.glued and not unglued))
            unglued = False
        draft.put(segment, kept)


def _split_word(draft: Draft, wish: ops.SplitWord) -> None:
    segment, place = draft.find(wish.word, "word")
    word = segment.words[place]
    if wish.at >= len(word.text):
        raise ImpossibleEdit(
            f"word {word.id!r} has {len(word.text)} characters and cannot be split after {wish.at}.", "at"
        )
    parts = [*parts_of(word.text[: wish.at], "at"), *parts_of(word.text[wish.at :], "at")]
    made = reworded(draft, [word], parts, "at")
    first, second = made[0], replace(made[1], glued=wish.glued)
    if wish.at_seconds is not None:
        middle = round(wish.at_seconds, 3)
        if not word.start_seconds <= middle <= word.end_seconds:
            raise ImpossibleEdit(
                f"the word lasts from {word.start_seconds} to {word.end_seconds} s; {middle} is not in it.",
                "at_seconds",
            )
        first, second = replace(first, end_seconds=middle), replace(second, start_seconds=middle)
    draft.put(segment, [*segment.words[:place], first, second, *segment.words[place + 1 :]])


def _merge_words(draft: Draft, wish: ops.MergeWords) -> None:
    segment, place = draft.find(wish.words[0], "words")
    stop = place + len(wish.words)
    words = segment.words[place:stop]
    if tuple(word.id for word in words) != wish.words:
        raise ImpossibleEdit("only words that follow each other in one segment can be merged.", "words")
    text = "".join(word.text for word in words) if wish.text is None else wish.text
    parts = parts_of(text, "text")
    if len(parts) != 1:
        raise ImpossibleEdit("merging makes one word; its text holds no spaces.", "text")
    merged = replace(
        words[0], text=draft.written(parts[0], "text"), end_seconds=words[-1].end_seconds,
        confidence=None, origin=PERSON,
    )  # fmt: skip
    draft.kin.update((word.id, merged.id) for word in words[1:])
    draft.put(segment, [*segment.words[:place], merged, *segment.words[stop:]])


def _split_segment(draft: Draft, wish: ops.SplitSegment) -> None:
    segment, place = draft.find(wish.before, "before")
    if place == 0:
        raise ImpossibleEdit(f"word {wish.before!r} begins its segment already.", "before")
    position = draft.place(segment) + 1
    tail = replace(segment, id=draft.new_segment_id(), words=segment.words[place:])
    draft.put(segment, segment.words[:place])
    draft.add(tail, position)


def _merge_segments(draft: Draft, wish: ops.MergeSegments) -> None:
    segments = [draft.segment(segment_id, "segments") for segment_id in wish.segments]
    first = draft.place(segments[0])
    if draft.segment_ids[first : first + len(segments)] != wish.segments:
        raise ImpossibleEdit("only segments that follow each other can be merged.", "segments")
    reasons = dict.fromkeys(segment.doubtful for segment in segments if segment.doubtful)
    words = [word for segment in run_together(segments) for word in segment.words]
    for segment in segments[1:]:
        draft.put(segment, ())
    draft.put(segments[0], words, doubtful="; ".join(reasons) or None, average_log_probability=None)


def _set_segments(draft: Draft, wish: ops.SetSegments) -> None:
    fields = {name: getattr(wish, name) for name in ("speaker", "language") if name in wish.model_fields_set}
    if fields.get("speaker") == "":
        raise ImpossibleEdit("the name is empty; send null to take it away.", "speaker")
    for segment_id in wish.segments:
        segment = draft.segment(segment_id, "segments")
        draft.put(segment, segment.words, **fields)


def _accept_segments(draft: Draft, wish: ops.AcceptSegments) -> None:
    for segment_id in wish.segments:
        segment = draft.segment(segment_id, "segments")
        draft.put(segment, segment.words, doubtful=None)


def _accept_words(draft: Draft, wish: ops.AcceptWords) -> None:
    accepted = set(wish.words)
    homes = {home.id: home for home in (draft.home(word_id, "words") for word_id in wish.words)}
    for segment in homes.values():
        words = [
            replace(word, confidence=None, origin=PERSON) if word.id in accepted else word
            for word in segment.words
        ]
        draft.put(segment, words)


_APPLY: dict[type[Any], Callable[[Draft, Any], None]] = {
    ops.ChangeWord: _change_word,
    ops.InsertWords: _insert_words,
    ops.DeleteWords: _delete_words,
    ops.SplitWord: _split_word,
    ops.MergeWords: _merge_words,
    ops.RewriteSegment: rewrite_segment,
    ops.TimeSegment: time_segment,
    ops.SplitSegment: _split_segment,
    ops.MergeSegments: _merge_segments,
    ops.SetSegments: _set_segments,
    ops.ReplaceText: replace_text,
    ops.RenameSpeaker: rename_speaker,
    ops.MergeSpeakers: merge_speakers,
    ops.SplitSpeaker: split_speaker,
    ops.AssignWords: assign_words,
    ops.AcceptSegments: _accept_segments,
    ops.AcceptWords: _accept_words,
}
