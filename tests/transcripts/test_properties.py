"""Whatever people do to a transcript, it stays one."""

from dataclasses import replace
from random import Random

from hypothesis import HealthCheck, assume, given, settings
from hypothesis import strategies as st
from tests.transcripts.edits import OPERATION, some_operation

from surtitle.domain.transcript import PERSON, Segment, Transcript, Word
from surtitle.transcripts.changes import (
    apply_changes,
    changes_between,
    changes_json,
    read_changes,
)
from surtitle.transcripts.editing import edit
from surtitle.transcripts.errors import ImpossibleEdit
from surtitle.transcripts.schema import read_transcript, transcript_json

SHARED = settings(max_examples=60, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])


LETTERS = st.text("ab-", min_size=1, max_size=3)


def assert_sound(transcript: Transcript) -> None:
    latest = 0.0
    for segment in transcript.segments:
        assert segment.words
        assert segment.start_seconds == segment.words[0].start_seconds
        assert segment.end_seconds == segment.words[-1].end_seconds
        assert not segment.words[0].glued
    for word in transcript.words:
        assert latest <= word.start_seconds <= word.end_seconds <= transcript.duration_seconds
        assert word.start_seconds == round(word.start_seconds, 3)
        latest = word.end_seconds
        assert word.text == "".join(word.text.split())
        assert word.text
        word.text.encode()
        if word.origin is not None:
            assert (word.origin, word.confidence) == (PERSON, None)
            assert PERSON in transcript.origins
    ids = [word.id for word in transcript.words] + [segment.id for segment in transcript.segments]
    assert len(ids) == len(set(ids))


def rebuilt(words: tuple[Word, ...], before: Transcript, after: Transcript) -> list[Word]:
    """The words of `after`, made from those of `before` and what the diff says of words alone."""
    found = list(words)
    for change in changes_between(before, after).words:
        if change.after is None:
            found = [word for word in found if word.id != change.id]
    for change in changes_between(before, after).words:
        if change.before is not None and change.after is not None:
            assert change.before in found
            found = [change.after if word.id == change.id else word for word in found]
        elif change.after is not None:
            place = [word.id for word in found].index(change.follows) + 1 if change.follows else 0
            found.insert(place, change.after)
    return found


@SHARED
@given(seed=st.integers(0, 2**32))
def test_edits_keep_a_transcript_sound_and_can_be_taken_back(transcript: Transcript, seed: int) -> None:
    chance = Random(seed)
    states, seen = [transcript], {word.id for word in transcript.words}
    for number in range(2, 30):
        before = states[-1]
        asked = [some_operation(before, chance) for _ in range(chance.randint(1, 2))]
        try:
            edited = edit(before, asked, number)
        except ImpossibleEdit:
            continue
        after = edited.transcript
        assert_sound(after)
        assert edit(before, asked, number) == edited
        changes = changes_between(before, after, edited.kin)
        assert apply_changes(before, read_changes(changes_json(changes))) == after
        assert apply_changes(after, changes_between(after, before)) == before
        assert rebuilt(before.words, before, after) == list(after.words)
        # An id that ever was is never given to another word.
        new = {word.id for word in after.words} - {word.id for word in before.words}
        assert not new & seen
        seen |= new
        states.append(after)
    first, last = states[0], states[-1]
    assert len(states) > 5
    assert apply_changes(last, changes_between(last, first)) == first
    assert rebuilt(first.words, first, last) == list(last.words)
    assert read_transcript(transcript_json(last)) == last


@SHARED
@given(
    said=st.lists(st.tuples(LETTERS, st.booleans()), min_size=1, max_size=8),
    find=st.text("ab- ", min_size=1, max_size=4).filter(lambda text: text == text.strip()),
    put=st.text("ab- ", max_size=4).filter(lambda text: text.isspace() or text == text.strip()),
)
def test_a_replacement_leaves_the_text_that_it_would_leave_anywhere(
    transcript: Transcript, said: list[tuple[str, bool]], find: str, put: str
) -> None:
    words = tuple(
        Word(f"w{number}", text, number / 2, number / 2 + 0.4, glued=glued and number > 0)
        for number, (text, glued) in enumerate(said)
    )
    before = replace(transcript, segments=(Segment("s1", 0, words[-1].end_seconds, words),))
    find, put = " ".join(find.split()), " " if put.isspace() else " ".join(put.split())
    assume(find in before.text)
    wish = {"op": "replace_text", "find": find, "replace": put, "match_case": True}
    after = edit(before, [OPERATION.validate_python(wish)], 2).transcript
    assert after.text == " ".join(before.text.replace(find, put).split())
