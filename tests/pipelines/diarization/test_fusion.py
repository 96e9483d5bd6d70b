from dataclasses import replace

from hypothesis import given
from hypothesis import strategies as st

from surtitle.domain.options import SubtitleOptions
from surtitle.domain.speakers import SpeakerTurn
from surtitle.domain.transcript import Origin, Segment, Transcript, Word
from surtitle.pipelines.diarization.fusion import speakers_of, with_speakers, without_labels
from surtitle.pipelines.subtitles import make_cues


def words(*spoken: tuple[str, float, float]) -> tuple[Word, ...]:
    return tuple(Word(f"w{number}", *one) for number, one in enumerate(spoken, 1))


def document(*segments: Segment) -> Transcript:
    return Transcript(60.0, "en", None, Origin("dummy", "", "", ""), segments)


A = SpeakerTurn(0.0, 2.0, "a")
B = SpeakerTurn(2.0, 4.0, "b")


def test_each_word_is_of_whoever_speaks_then() -> None:
    heard = words(("Hello", 0.1, 0.5), ("there.", 0.6, 1.8), ("Good", 2.2, 2.5), ("day.", 2.6, 3.5))
    assert speakers_of(heard, [A, B]) == ["a", "a", "b", "b"]


def test_the_last_word_of_a_sentence_stays_with_it_though_the_turn_ended_early() -> None:
    heard = words(("See", 1.0, 1.4), ("you", 1.4, 1.8), ("soon.", 1.9, 2.3), ("Yes.", 2.4, 2.8))
    assert speakers_of(heard, [A, B]) == ["a", "a", "a", "b"]


def test_a_short_answer_between_two_sentences_is_kept() -> None:
    turns = [SpeakerTurn(0.0, 2.0, "a"), SpeakerTurn(2.0, 2.4, "b"), SpeakerTurn(2.4, 5.0, "a")]
    heard = words(("Ready?", 1.4, 1.9), ("No.", 2.0, 2.4), ("Then", 2.5, 2.8), ("wait.", 2.9, 3.3))
    assert speakers_of(heard, turns) == ["a", "b", "a", "a"]


def test_in_crosstalk_nobody_is_interrupted() -> None:
    turns = [SpeakerTurn(0.0, 4.0, "a"), SpeakerTurn(1.0, 2.0, "b")]
    heard = words(("We", 0.5, 0.9), ("meet", 1.1, 1.5), ("on", 1.5, 1.9), ("Monday.", 2.1, 2.8))
    assert speakers_of(heard, turns) == ["a"] * 4


def test_a_word_far_from_everybody_is_nobodys() -> None:
    assert speakers_of(words(("Hm.", 30.0, 30.3)), [A, B]) == [None]
    assert speakers_of(words(("Hm.", 4.5, 4.8)), [A, B]) == ["b"]


def test_without_turns_nobody_is_told_apart() -> None:
    assert speakers_of(words(("Hm.", 1.0, 1.2)), []) == [None]


def test_a_segment_is_cut_between_words_where_the_speaker_changes() -> None:
    heard = words(("Ready?", 1.4, 1.9), ("No.", 2.2, 2.6), ("Not", 2.7, 3.0), ("yet.", 3.0, 3.3))
    labelled = with_speakers(document(Segment("s1", 1.4, 3.3, heard)), [A, B], {"b": "Ana"}, 2)
    assert [(one.id, one.speaker, one.text) for one in labelled.segments] == [
        ("s1", "a", "Ready?"),
        ("s2.01", "Ana", "No. Not yet."),
    ]
    assert labelled.segments[1].start_seconds == 2.2
    assert with_speakers(labelled, [A, B], {"b": "Ana"}, 3) == labelled


def test_cuts_between_two_voices_that_are_one_person_leave_the_subtitles_as_they_were() -> None:
    said = "I have told you so often that I shall not say it again before the end of May."
    heard = words(*((text, number * 0.3, number * 0.3 + 0.3) for number, text in enumerate(said.split())))
    whole = document(Segment("s1", 0.0, heard[-1].end_seconds, heard, speaker="Ana"))
    turns = [SpeakerTurn(0.0, 0.3, "a"), SpeakerTurn(0.3, 3.0, "b"), SpeakerTurn(3.0, 6.0, "a")]
    unnamed = document(replace(whole.segments[0], speaker=None))
    labelled = with_speakers(unnamed, turns, {"a": "Ana", "b": "Ana"}, 2)
    assert len(labelled.segments) > 1
    assert {segment.speaker for segment in labelled.segments} == {"Ana"}
    assert make_cues(labelled, SubtitleOptions()) == make_cues(whole, SubtitleOptions())


def test_a_speaker_whom_a_person_named_stays() -> None:
    heard = words(("Ready?", 1.4, 1.9), ("No.", 2.2, 2.6))
    named = document(
        Segment("s1", 1.4, 1.9, heard[:1], speaker="Bo"), Segment("s2", 2.2, 2.6, heard[1:], speaker="b")
    )
    labelled = with_speakers(named, [A, B], {"a": "Cy", "b": "Ana"}, 2)
    assert [one.speaker for one in labelled.segments] == ["Bo", "Ana"]


def test_names_that_people_gave_stay_where_labels_of_another_diarization_go() -> None:
    heard = words(("Ready?", 1.4, 1.9), ("No.", 2.2, 2.6), ("Not", 2.7, 3.0), ("yet.", 3.0, 3.3))
    text = document(
        Segment("s1", 1.4, 1.9, heard[:1], speaker="Bo"),
        Segment("s2", 2.2, 3.3, heard[1:], speaker="speaker_1"),
    )
    assert [one.speaker for one in without_labels(text).segments] == ["Bo", None]


def test_a_text_that_is_cut_twice_under_one_number_has_each_id_once() -> None:
    heard = words(("Ready?", 1.4, 1.9), ("No.", 2.2, 2.6), ("Well.", 4.2, 4.6))
    text = document(Segment("s1", 1.4, 4.6, heard))
    once = with_speakers(
        text, [SpeakerTurn(0.0, 2.0, "speaker_1"), SpeakerTurn(2.0, 5.0, "speaker_2")], {}, 0
    )
    turns = [SpeakerTurn(0.0, 3.0, "speaker_1"), SpeakerTurn(4.0, 5.0, "speaker_2")]
    twice = with_speakers(without_labels(once), turns, {}, 0)
    assert [one.text for one in twice.segments] == ["Ready?", "No.", "Well."]
    assert [one.id for one in twice.segments] == ["s1", "s0.01", "s0.02"]


@given(
    st.lists(st.tuples(st.floats(0, 50), st.floats(0, 3)), max_size=30),
    st.lists(st.tuples(st.floats(0, 50), st.floats(0.1, 9), st.sampled_from("abc")), max_size=12),
)
def test_every_word_is_kept_once_and_whole(
    spans: list[tuple[float, float]], turns: list[tuple[float, float, str]]
) -> None:
    starts = sorted(spans)
    heard = words(*(("word", start, start + length) for start, length in starts))
    if not heard:
        return
    spoken = [SpeakerTurn(start, start + length, speaker) for start, length, speaker in turns]
    labelled = with_speakers(document(Segment("s1", 0.0, 60.0, heard)), spoken, {}, 2)
    assert labelled.words == heard
    ids = [segment.id for segment in labelled.segments]
    assert len(set(ids)) == len(ids)
