from dataclasses import replace

from hypothesis import given
from hypothesis import strategies as st
from tests.pipelines.search.conftest import HELPLINE, conversation

from surtitle.pipelines.search.chunking import chunks_of

turns = st.lists(
    st.tuples(
        st.sampled_from(["Ann", "Bob"]),
        st.lists(st.sampled_from(["so", "well.", "yes?", "no"]), min_size=1, max_size=200).map(" ".join),
    ),
    min_size=1,
    max_size=8,
)


@given(turns)
def test_every_word_is_in_one_moment_and_none_is_endless(said: list[tuple[str, str]]) -> None:
    transcript = conversation(said)
    chunks = chunks_of(transcript)
    assert " ".join(chunk.text for chunk in chunks) == transcript.text
    assert [chunk.position for chunk in chunks] == list(range(len(chunks)))
    assert max(len(chunk.text.split()) for chunk in chunks) <= 90
    assert all(chunk.start_seconds < chunk.end_seconds for chunk in chunks)


def test_an_answer_stays_with_its_question_and_a_long_turn_stands_alone() -> None:
    first, second = chunks_of(conversation(HELPLINE[:3]))
    assert first.speakers == ("Joanna", "Caller")
    assert first.speaker == "Caller"
    assert second.speakers == ("Joanna",)


def test_a_long_pause_ends_a_moment() -> None:
    said = conversation((("Chair", "Here."), ("Chair", "There.")))
    assert len(chunks_of(said)) == 1
    second = said.segments[1]
    later = tuple(replace(word, start_seconds=30.0, end_seconds=31.0) for word in second.words)
    assert len(chunks_of(replace(said, segments=(said.segments[0], replace(second, words=later))))) == 2


def test_no_moment_ends_with_an_abbreviation() -> None:
    [whole] = chunks_of(conversation([("Ann", " ".join(["so"] * 39) + " Gov. Newsom agreed.")]))
    assert whole.text.endswith("Gov. Newsom agreed.")


def test_a_moment_of_two_segments_in_chinese_has_no_space_between_them() -> None:
    [whole] = chunks_of(conversation([("Ann", "我们今天"), ("Ann", "去看电影。")], "zh"))
    assert whole.text == "我们今天去看电影。"
