"""Error rates of results against references."""

import json
from pathlib import Path
from typing import Any

import pytest

from surtitle.cli.evaluation.command import evaluate
from surtitle.cli.evaluation.rates import turn_rates, word_rates
from surtitle.cli.evaluation.reading import read_together, read_told
from surtitle.cli.evaluation.told import Said
from surtitle.errors import Invalid

REFERENCE = [Said("anna", 0.0, 10.0), Said("ben", 8.0, 20.0)]


def test_equal_turns_have_no_errors_whatever_speakers_are_called() -> None:
    rates = turn_rates(REFERENCE, [Said("speaker_2", 0.0, 10.0), Said("speaker_1", 8.0, 20.0)])
    assert (rates.der, rates.der_collar, rates.jer) == (0, 0, 0)
    assert (rates.speakers, rates.speakers_found) == (2, 2)


def test_what_is_missed_made_up_and_confused_is_told_apart() -> None:
    # 22 s of speech: 2 s of overlap missed, 1 s made up, 4 s of Ben given to Anna.
    rates = turn_rates(
        REFERENCE, [Said("a", 0.0, 10.0), Said("a", 16.0, 20.0), Said("b", 10.0, 16.0), Said("b", 20.0, 21.0)]
    )
    assert rates.missed == pytest.approx(2 / 22)
    assert rates.false_alarm == pytest.approx(1 / 22)
    assert rates.confused == pytest.approx(4 / 22)
    assert rates.der == pytest.approx(7 / 22)


def test_the_collar_forgives_a_quarter_of_a_second_on_each_side() -> None:
    late = [Said("a", 0.0, 10.2), Said("b", 12.2, 20.0)]
    right = [Said("a", 0.0, 10.0), Said("b", 12.0, 20.0)]
    assert turn_rates(right, late).der > 0
    assert turn_rates(right, late).der_collar == 0
    later = [Said("a", 0.0, 10.0), Said("b", 12.5, 20.0)]
    assert turn_rates(right, later).der_collar > 0


def test_turns_of_one_speaker_that_lie_on_one_another_count_once() -> None:
    doubled = [*REFERENCE, Said("anna", 3.0, 9.0)]
    assert turn_rates(doubled, REFERENCE).der == 0


def test_words_of_swapped_labels_are_right_and_words_of_the_wrong_speaker_are_not() -> None:
    said = [
        Said("anna", 0, 2, "Good morning, Ben."),
        Said("ben", 2, 4, "It isn\N{RIGHT SINGLE QUOTATION MARK}t!"),
    ]
    swapped = [Said("s2", 0, 2, "good morning ben"), Said("s1", 2, 4, "it isn't")]
    assert word_rates(said, swapped).cpwer == 0
    merged = [Said("s1", 0, 2, "good morning ben"), Said("s1", 2, 4, "it isn't")]
    rates = word_rates(said, merged)
    assert rates.wer == 0
    assert rates.cpwer == pytest.approx(4 / 5)


@pytest.mark.parametrize(
    ("said", "heard", "words", "wer"),
    [
        ("की हिन्दी", "का हिन्दी", 2, 0.5),
        ("বাংলা ভাষা", "বাংলা ভাষা", 2, 0.0),
        ("क्\u200dष यह", "क्ष यह", 2, 0.0),
        ("Thank you \u2764\ufe0f all", "thank you all", 3, 0.0),
    ],
)
def test_vowels_that_are_marks_are_part_of_their_words(said: str, heard: str, words: int, wer: float) -> None:
    rates = word_rates([Said(None, 0, 0, said)], [Said(None, 0, 0, heard)])
    assert (rates.words, rates.wer) == (words, wer)


def test_plain_text_has_words_and_no_speakers() -> None:
    rates = word_rates([Said(None, 0, 0, "one two three four")], [Said("a", 0, 1, "one too four")])
    assert rates.wer == pytest.approx(2 / 4)
    assert rates.cpwer is None


RTTM = """\
;; a comment
SPKR-INFO m 1 <NA> <NA> <NA> unknown anna <NA>
SPEAKER m 1 1.5 2.0 <NA> <NA> anna <NA> <NA>
"""
STM = "m 1 anna 1.5 3.5 <o,f0> hello there\n"
SEGLST = """[
  {"session_id": "m", "speaker": "anna", "start_time": 1.5, "end_time": "3.5", "words": "hello there"}
]"""


@pytest.mark.parametrize(("name", "text"), [("a.rttm", RTTM), ("a.stm", STM), ("a.json", SEGLST)])
def test_the_formats_of_the_field_are_read(tmp_path: Path, name: str, text: str) -> None:
    (tmp_path / name).write_text(text, encoding="utf-8")
    told = read_told(tmp_path / name)
    assert told.recordings == {"m"}
    (said,) = told.speaking or []
    assert (said.speaker, said.start_seconds, said.end_seconds) == ("anna", 1.5, 3.5)
    assert said.text == (None if name == "a.rttm" else "hello there")


ENTRY = {"session_id": "m", "speaker": "anna", "start_time": 1.5, "end_time": 3.5, "words": "hello"}
GOOD_LINE = "SPEAKER m 1 0 1 <NA> <NA> a <NA> <NA>\n"


@pytest.mark.parametrize(
    ("name", "text", "message"),
    [
        ("a.rttm", GOOD_LINE + "SPEAKER m 1 zero 1 <NA> <NA> a\n", "line 2: 'zero' is no time"),
        ("a.rttm", "SPEAKER m 1 0\n", "line 1: 4 fields where 8 belong"),
        ("a.rttm", "SPEAKER m 1 0 -1 <NA> <NA> a\n", "'-1' is no time"),
        ("a.rttm", "SPEAKER m 1 0 nan <NA> <NA> a\n", "'nan' is no time"),
        ("a.rttm", "speaker m 1 0 1 <NA> <NA> a\n", "no lines of the type 'speaker'"),
        ("a.rttm", GOOD_LINE + "SPEAKER n 1 0 1 <NA> <NA> a\n", "2 recordings"),
        ("a.stm", "m 1 anna 3.5 1.5 hello\n", "line 1: a turn from 3.5 to 1.5 s"),
        ("a.json", "{", "no JSON"),
        ("a.json", '{"schema_version": 1}', "neither SegLST"),
        ("a.json", "[7]", "entry 1: 'speaker' is missing"),
        ("a.mp3", "", "cannot be evaluated"),
    ],
)
def test_a_file_with_errors_is_refused_by_the_line(
    tmp_path: Path, name: str, text: str, message: str
) -> None:
    (tmp_path / name).write_text(text, encoding="utf-8")
    with pytest.raises(Invalid, match=message) as refused:
        read_together([tmp_path / name])
    assert name in refused.value.message


@pytest.mark.parametrize(
    ("wrong", "message"),
    [
        ({"start_time": float("nan")}, "nan is no time"),
        ({"end_time": float("inf")}, "inf is no time"),
        ({"start_time": -1}, "-1 is no time"),
        ({"start_time": True}, "True is no time"),
        ({"start_time": None}, "None is no time"),
        ({"end_time": 1.0}, "from 1.5 to 1 s cannot be"),
        ({"speaker": 7}, "7 is no speaker"),
        ({"words": ["hello"]}, "is no text"),
    ],
)
def test_json_is_checked_entry_by_entry(tmp_path: Path, wrong: dict[str, Any], message: str) -> None:
    path = tmp_path / "a.json"
    path.write_text(json.dumps([ENTRY, {**ENTRY, **wrong}]), encoding="utf-8")
    with pytest.raises(Invalid, match=rf"a\.json, entry 2: .*{message}"):
        read_told(path)
    turn = {"speaker": "anna", "start_seconds": 1.5, "end_seconds": 3.5}
    of_ours = {key.replace("_time", "_seconds"): value for key, value in wrong.items() if key != "words"}
    if of_ours:
        path.write_text(json.dumps({"turns": [turn, {**turn, **of_ours}]}), encoding="utf-8")
        with pytest.raises(Invalid, match=rf"turns, entry 2: .*{message}"):
            read_told(path)


def test_references_of_two_recordings_are_not_laid_on_one_another(tmp_path: Path) -> None:
    (tmp_path / "a.rttm").write_text(GOOD_LINE, encoding="utf-8")
    (tmp_path / "b.stm").write_text("another 1 anna 1.5 3.5 hello\n", encoding="utf-8")
    with pytest.raises(Invalid, match=r"2 recordings \('another' in .*b\.stm, 'm' in .*a\.rttm\)"):
        read_together([tmp_path / "a.rttm", tmp_path / "b.stm"])


@pytest.mark.parametrize(
    ("name", "text"),
    [
        ("nobody.rttm", ""),
        ("nobody.stm", ";; nothing was heard\n"),
        ("nobody.json", json.dumps({"fusion": [], "diarization": {"turns": []}})),
    ],
)
def test_a_result_in_which_nobody_speaks_has_missed_everybody(
    tmp_path: Path, capsys: pytest.CaptureFixture[str], name: str, text: str
) -> None:
    (tmp_path / name).write_text(text, encoding="utf-8")
    (tmp_path / "right.stm").write_text(STM, encoding="utf-8")
    evaluate([tmp_path / name], [tmp_path / "right.stm"], as_json=True)
    told = json.loads(capsys.readouterr().out)
    assert (told["turns"]["der"], told["turns"]["missed"], told["turns"]["jer"]) == (1, 1, 1)
    assert told["turns"]["speakers_found"] == 0
    if not name.endswith("rttm"):
        assert (told["words"]["wer"], told["words"]["cpwer"]) == (1, 1)
    with pytest.raises(Invalid, match="nobody speaks"):
        evaluate([tmp_path / "right.stm"], [tmp_path / name])


def test_words_of_nobody_are_those_of_a_speaker_without_a_name() -> None:
    said = [Said("anna", 0, 2, "good morning ben"), Said("ben", 2, 4, "it is")]
    rates = word_rates(said, [Said("s1", 0, 2, "good morning ben"), Said(None, 2, 4, "it is")])
    assert (rates.wer, rates.cpwer) == (0, 0)
    merged = [Said("s1", 0, 2, "good morning ben"), Said(None, 0, 2, "um"), Said("s2", 2, 4, "it is")]
    assert word_rates(said, merged).cpwer == pytest.approx(1 / 5)


def test_a_meetings_result_is_held_against_turns_and_words(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    turns = [{"start_seconds": 0, "end_seconds": 2, "speaker": "speaker_1"}]
    result = {"fusion": [{**turns[0], "speaker": "Anna", "text": "Hello."}], "diarization": {"turns": turns}}
    (tmp_path / "result.json").write_text(json.dumps(result), encoding="utf-8")
    (tmp_path / "right.rttm").write_text("SPEAKER m 1 0 2 <NA> <NA> anna <NA> <NA>\n", encoding="utf-8")
    (tmp_path / "right.stm").write_text("m 1 anna 0 2 hello\n", encoding="utf-8")
    references = [tmp_path / "right.rttm", tmp_path / "right.stm"]
    evaluate([tmp_path / "result.json"], references, as_json=True)
    told = json.loads(capsys.readouterr().out)
    assert (told["turns"]["der"], told["words"]["wer"], told["words"]["cpwer"]) == (0, 0, 0)


def test_words_only_and_turns_only_have_nothing_in_common(tmp_path: Path) -> None:
    (tmp_path / "right.txt").write_text("hello", encoding="utf-8")
    (tmp_path / "found.rttm").write_text("SPEAKER m 1 0 2 <NA> <NA> anna <NA> <NA>\n", encoding="utf-8")
    with pytest.raises(Invalid, match="nothing in common"):
        evaluate([tmp_path / "found.rttm"], [tmp_path / "right.txt"])
