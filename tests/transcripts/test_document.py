import math

from surtitle.domain.recognition import RecognizedSegment, RecognizedWindow, RecognizedWord, WindowCursor
from surtitle.domain.transcript import Origin, Transcript, Word
from surtitle.transcripts.document import assemble

ORIGIN = Origin("dummy", "none", "float32", "cpu")


def heard(*words: tuple[str, float, float], language: str | None = "en") -> RecognizedSegment:
    recognized = tuple(RecognizedWord(text, start, end, 0.98765) for text, start, end in words)
    return RecognizedSegment(words[0][1] if words else 0, words[-1][2] if words else 0, recognized, language)


def document(
    *segments: RecognizedSegment, duration_seconds: float = 60, cursor: WindowCursor | None = None
) -> Transcript:
    window = RecognizedWindow(0, duration_seconds, segments, cursor or WindowCursor(1, 960_000))
    return assemble([window], duration_seconds=duration_seconds, origin=ORIGIN)


def test_words_and_segments_are_numbered_through_all_windows() -> None:
    windows = [
        RecognizedWindow(0, 5, (heard((" One", 0, 1), (" two", 1, 2)),), WindowCursor(1, 80_000)),
        RecognizedWindow(5, 9, (heard((" three", 6, 7)),), WindowCursor(2, 144_000)),
    ]
    transcript = assemble(iter(windows), duration_seconds=9, origin=ORIGIN)
    assert [word.id for word in transcript.words] == ["w1", "w2", "w3"]
    assert [segment.id for segment in transcript.segments] == ["s1", "s2"]
    assert transcript.text == "One two three"
    assert transcript == assemble(windows, duration_seconds=9, origin=ORIGIN)


def test_a_word_without_a_leading_space_is_glued_unless_it_opens_a_segment() -> None:
    transcript = document(heard(("well", 0, 1), ("-known", 1, 2), (" man", 2, 3)))
    assert [word.glued for word in transcript.words] == [False, True, False]
    assert transcript.text == "well-known man"


def test_empty_words_and_segments_are_dropped() -> None:
    transcript = document(heard((" ", 0, 1), ("", 1, 2)), heard((" Yes.", 3, 4), ("\x00", 4, 5)), heard())
    assert [word.text for word in transcript.words] == ["Yes."]
    assert [segment.id for segment in transcript.segments] == ["s1"]


def test_silence_gives_an_empty_transcript_without_a_language() -> None:
    transcript = assemble([], duration_seconds=3600, origin=ORIGIN)
    assert transcript.segments == ()
    assert transcript.language is None
    assert transcript.language_probability is None


def test_times_never_run_backwards_and_stay_within_the_recording() -> None:
    transcript = document(
        heard((" a", -0.5, 1.2), (" b", 1.0, 4.0), (" c", 0.7, 0.8)),
        heard((" d", 0.9, 0.95), (" e", 9.99, 12.0), (" f", math.nan, math.nan)),
        duration_seconds=10,
    )
    edges = [edge for word in transcript.words for edge in (word.start_seconds, word.end_seconds)]
    assert edges == sorted(edges)
    assert edges[0] == 0
    assert edges[-1] <= 10
    for segment in transcript.segments:
        assert (segment.start_seconds, segment.end_seconds) == (
            segment.words[0].start_seconds,
            segment.words[-1].end_seconds,
        )


def test_times_are_milliseconds_and_confidence_has_three_decimals() -> None:
    word = document(heard((" a", 1.00049, 1.99951))).words[0]
    assert word == Word("w1", "a", 1.0, 2.0, 0.988)


def test_the_language_is_the_one_spoken_longest() -> None:
    cursor = WindowCursor(1, 960_000, "fr", 0.87654)
    transcript = document(
        heard((" Hello", 0, 1), language="en"),
        heard((" Bonjour", 1, 3), language=None),
        heard((" you", 3, 3.5), language="en"),
        cursor=cursor,
    )
    assert (transcript.language, transcript.language_probability) == ("fr", 0.877)


def test_an_engine_that_knows_phrases_only_has_their_time_shared_out() -> None:
    transcript = document(heard((" ab  cdef", 1.0, 2.2)))
    assert [(word.text, word.start_seconds, word.end_seconds) for word in transcript.words] == [
        ("ab", 1.0, 1.4),
        ("cdef", 1.4, 2.2),
    ]
    assert transcript.text == "ab cdef"
