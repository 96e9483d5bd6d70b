from collections.abc import Callable
from dataclasses import replace

import pytest

from surtitle.domain.cues import CueSheet
from surtitle.domain.options import SubtitleOptions
from surtitle.domain.transcript import Origin, Segment, Transcript, Word
from surtitle.pipelines.subtitles import CueFaultKind, check_cues, make_cues

Speak = Callable[..., Transcript]
OPTIONS = SubtitleOptions()
ORIGIN = Origin("dummy", "none", "float32", "cpu")


def shown(sheet: CueSheet) -> list[str]:
    return [" / ".join(cue.lines) for cue in sheet.cues]


def timed(*words: tuple[str, float, float], duration_seconds: float = 60) -> Transcript:
    made = tuple(Word(f"w{n}", text, start, end) for n, (text, start, end) in enumerate(words, 1))
    segment = Segment("s1", made[0].start_seconds, made[-1].end_seconds, made, "en")
    return Transcript(duration_seconds, "en", 1.0, ORIGIN, (segment,))


@pytest.mark.parametrize(
    ("language", "text", "expected"),
    [
        (
            "en",
            (
                "It took me eleven months to write down what was in every single box, "
                "and by the end of it I knew three things."
            ),
            [
                "It took me eleven months to write down / what was in every single box,",
                "and by the end of it I knew three things.",
            ],
        ),
        (
            "en",
            (
                "I knew that Dr. James Whitfield, whose statue you walked past this morning, "
                "had never actually been a doctor."
            ),
            [
                "I knew that Dr. James Whitfield, / whose statue you walked past this morning,",
                "had never actually been a doctor.",
            ],
        ),
        (
            "en",
            "I knew that the town had been founded twice.",
            ["I knew that the town / had been founded twice."],
        ),
        (
            "fr",
            (
                "Je savais que le docteur Jean Lefèvre, dont vous avez croisé la statue ce matin, "
                "n'avait jamais été médecin."
            ),
            [
                "Je savais que le docteur Jean Lefèvre, / dont vous avez croisé la statue ce matin,",
                "n'avait jamais été médecin.",
            ],
        ),
        (
            "fr",
            "Alors, que fait-on de quatre cents cartons ?",
            ["Alors, que fait-on / de quatre cents cartons ?"],
        ),
        (
            "es",
            "Y sabía que en alguna parte tenía que haber un mapa, dibujado en 1642.",
            ["Y sabía que en alguna parte / tenía que haber un mapa, dibujado en 1642."],
        ),
    ],
)
def test_text_breaks_where_a_subtitle_editor_would_break_it(
    spoken: Speak, language: str, text: str, expected: list[str]
) -> None:
    assert shown(make_cues(spoken(text, language), OPTIONS)) == expected


def test_speech_too_fast_for_any_division_is_still_broken_at_phrases(spoken: Speak) -> None:
    text = (
        "Eh bien, la première chose, c'est de paniquer. La deuxième, que je recommande à tous ceux "
        "qui se trouveraient dans cette situation, c'est de faire une liste."
    )
    slow_readers = SubtitleOptions(max_chars_per_second=12.5)
    sheet = make_cues(spoken(text, "fr"), slow_readers)
    assert shown(sheet) == [
        "Eh bien, la première chose, / c'est de paniquer.",
        "La deuxième, que je recommande à tous ceux / qui se trouveraient dans cette situation,",
        "c'est de faire une liste.",
    ]
    assert [fault.kind for fault in check_cues(sheet, slow_readers)] == [CueFaultKind.TOO_FAST]


def test_short_sentences_of_one_breath_share_a_cue(spoken: Speak) -> None:
    assert shown(make_cues(spoken("Now, rivers move. That isn't news."), OPTIONS)) == [
        "Now, rivers move. That isn't news."
    ]


def test_a_new_speaker_is_a_new_cue(spoken: Speak) -> None:
    sheet = make_cues(spoken("Ann> Shall we go\nBob> home now?\nAnn> Yes, at once."), OPTIONS)
    assert shown(sheet) == ["Shall we go", "home now?", "Yes, at once."]
    assert [cue.speaker for cue in sheet.cues] == ["Ann", "Bob", "Ann"]


def test_a_long_silence_ends_a_cue_even_within_a_sentence() -> None:
    sheet = make_cues(timed(("The", 1, 1.3), ("answer", 4, 4.5), ("is", 4.5, 4.7), ("no.", 4.7, 5)), OPTIONS)
    assert shown(sheet) == ["The", "answer is no."]


def test_a_cue_stays_into_the_silence_until_it_can_be_read() -> None:
    sheet = make_cues(timed(("Incomprehensibilities!", 1, 1.2)), OPTIONS)
    assert sheet.cues[0].duration_seconds == pytest.approx(22 / 15, abs=0.01)


def test_a_cue_comes_a_little_early_only_when_it_would_be_too_short() -> None:
    hurried = make_cues(timed(("Incomprehensible", 10, 10.6), duration_seconds=10.7), OPTIONS)
    assert (hurried.cues[0].start_seconds, hurried.cues[0].end_seconds) == (9.8, 10.7)
    easy = make_cues(timed(("Incomprehensible", 10, 10.6), duration_seconds=20), OPTIONS)
    assert easy.cues[0].start_seconds == 10


def test_a_word_stretched_over_a_silence_does_not_hold_its_cue_on_the_screen() -> None:
    sheet = make_cues(timed(("So.", 1, 9), ("Next.", 9, 9.5)), OPTIONS)
    assert sheet.cues[0].end_seconds < 3.2


def test_a_flicker_of_a_gap_is_closed_to_the_minimum() -> None:
    text = [("Hello,", 1, 2.5), ("everybody.", 2.5, 5.0), ("Welcome,", 5.6, 8.0), ("strangers.", 8.0, 10.0)]
    first, second = make_cues(timed(*text), OPTIONS).cues
    assert round(second.start_seconds - first.end_seconds, 3) == 0.08


def test_a_word_longer_than_a_line_is_cut_rather_than_overflowing() -> None:
    address = "https://www.example.org/reports/environment/2019/clay-bank-survey-final-version.pdf"
    transcript = timed(("See", 1, 1.2), (address, 1.2, 8), ("now.", 8, 8.5))
    sheet = make_cues(transcript, OPTIONS)
    assert not {fault.kind for fault in check_cues(sheet, OPTIONS)} & {CueFaultKind.LINE_TOO_LONG}
    pieces = [word for cue in sheet.cues for word in cue.words if word.id == "w2"]
    assert "".join(piece.text for piece in pieces) == address
    assert all(piece.text.endswith(("/", "-", ".pdf")) for piece in pieces)


def test_glued_words_stay_on_one_line(spoken: Speak) -> None:
    transcript = spoken("The very well known and widely respected author came to see us.")
    (segment,) = transcript.segments
    words = tuple(replace(word, glued=word.text == "known") for word in segment.words)
    sheet = make_cues(replace(transcript, segments=(replace(segment, words=words),)), OPTIONS)
    assert any("wellknown" in line for cue in sheet.cues for line in cue.lines)


def test_japanese_breaks_between_words_but_no_line_begins_with_closing_punctuation() -> None:
    pieces = [
        "私",
        "は",
        "東京",
        "に",
        "行き",
        "ます",
        "。",
        "それ",
        "から",
        "、",
        "「",
        "京都",
        "」",
        "へ",
    ] * 12
    words = tuple(
        Word(f"w{n}", piece, n * 0.25, n * 0.25 + 0.25, glued=n > 0) for n, piece in enumerate(pieces)
    )
    transcript = Transcript(60, "ja", 1.0, ORIGIN, (Segment("s1", 0, 45, words, "ja"),))
    sheet = make_cues(transcript, OPTIONS)
    lines = [line for cue in sheet.cues for line in cue.lines]
    assert "".join(lines) == "".join(pieces)
    assert not [line for line in lines if line.startswith(("。", "、", "」", "ょ")) or line.endswith("「")]
    assert max(map(len, lines)) <= 21


def test_a_cue_of_two_segments_in_chinese_has_no_space_between_them() -> None:
    said = (Word("w1", "我们今天", 0.0, 0.8), Word("w2", "去看电影。", 0.8, 1.8))
    segments = tuple(
        Segment(f"s{n}", one.start_seconds, one.end_seconds, (one,), "zh") for n, one in enumerate(said)
    )
    assert shown(make_cues(Transcript(60, "zh", 1.0, ORIGIN, segments), OPTIONS)) == ["我们今天去看电影。"]


def test_words_heaped_on_one_instant_still_come_one_cue_after_the_other() -> None:
    sheet = make_cues(timed(*[("word", 5.0, 5.0)] * 100), OPTIONS)
    kinds = {fault.kind for fault in check_cues(sheet, OPTIONS)}
    assert not kinds & {CueFaultKind.OVERLAP, CueFaultKind.GAP_TOO_SHORT, CueFaultKind.LINE_TOO_LONG}
    assert sum(len(cue.words) for cue in sheet.cues) == 100


def test_silence_has_no_cues() -> None:
    assert make_cues(Transcript(3600, None, None, ORIGIN), OPTIONS) == CueSheet(None, ())


def test_lines_and_words_of_a_cue_tell_the_same(spoken: Speak) -> None:
    sheet = make_cues(spoken("I knew that the town had been founded twice."), OPTIONS)
    (cue,) = sheet.cues
    assert cue.line_breaks == (5,)
    assert " ".join(word.text for word in cue.words[5:]) == cue.lines[1]


def test_where_a_person_cut_a_cue_begins() -> None:
    said = timed(("We", 0, 0.3), ("came", 0.3, 0.6), ("home", 0.6, 0.9))
    [segment] = said.segments
    parts = (
        replace(segment, words=segment.words[:1], end_seconds=0.3),
        replace(segment, id="s2.1", words=segment.words[1:], start_seconds=0.3),
    )
    assert shown(make_cues(replace(said, segments=parts), OPTIONS)) == ["We", "came home"]
    heard = (parts[0], replace(parts[1], id="s2"))
    assert shown(make_cues(replace(said, segments=heard), OPTIONS)) == ["We came home"]
