from collections.abc import Callable
from itertools import pairwise
from pathlib import Path

import pysubs2
import pytest

from surtitle.domain.cues import Cue, CueSheet
from surtitle.domain.options import CaptionStyle, SubtitleOptions, TranscriptFormat
from surtitle.domain.transcript import Transcript, Word
from surtitle.pipelines.subtitles import ass_document, export, make_cues, srt_document, vtt_document

Speak = Callable[..., Transcript]
GOLDEN = Path(__file__).parent / "golden"
EMPTY = CueSheet(None, ())
TALK = """Ann> It took me eleven months to write down what was in every single box, & I knew three things.
Bob> Type {\\an8} or C:\\New --> <b>now</b>, Zoë!"""


def one_cue(*lines: str, speaker: str | None = None) -> CueSheet:
    words = tuple(
        Word(f"w{n}", text, n * 0.5, n * 0.5 + 0.5) for n, text in enumerate(" ".join(lines).split())
    )
    return CueSheet("en", (Cue(0.0, 3.0, lines, words, (len(lines[0].split()),), speaker),))


@pytest.mark.parametrize("name", [name for name in TranscriptFormat if name != TranscriptFormat.DOCX])
def test_each_text_format_is_what_it_was(spoken: Speak, name: TranscriptFormat) -> None:
    transcript = spoken(TALK)
    cues = make_cues(transcript, SubtitleOptions())
    assert export(name, transcript, cues, "Talk").data.decode() == (GOLDEN / f"talk.{name}").read_text()


@pytest.mark.parametrize("name", TranscriptFormat)
def test_each_format_has_a_type_an_extension_and_the_same_bytes_twice(
    spoken: Speak, name: TranscriptFormat
) -> None:
    transcript = spoken(TALK)
    cues = make_cues(transcript, SubtitleOptions())
    exported = export(name, transcript, cues, "Talk")
    assert exported == export(name, transcript, cues, "Talk")
    assert exported.extension == name.value
    assert "/" in exported.media_type
    assert b"\r" not in exported.data or name == TranscriptFormat.DOCX


def test_a_reader_finds_in_srt_and_ass_what_was_said() -> None:
    sheet = one_cue("Good morning,", "everybody.")
    for document in (srt_document(sheet), ass_document(sheet, CaptionStyle(), width=1280, height=720)):
        (event,) = pysubs2.SSAFile.from_string(document)
        assert (event.start, event.end, event.plaintext) == (0, 3000, "Good morning,\neverybody.")


def test_mark_up_in_srt_is_defused() -> None:
    document = srt_document(one_cue("a <b> {\\an8} 1 < 2", "x --> y"))
    assert document.count("-->") == 1
    assert "<b>" not in document
    assert "{\\an8}" not in document
    assert "1 < 2" in document


def test_vtt_escapes_text_and_names_the_speaker() -> None:
    document = vtt_document(one_cue("a --> b", "& <c>", speaker="Q&A"))
    assert document == (
        "WEBVTT\n\n00:00:00.000 --> 00:00:03.000\n<v Q&amp;A>a --&gt; b\n&amp; &lt;c&gt;</v>\n"
    )


def test_hours_and_milliseconds_are_written_in_full() -> None:
    sheet = CueSheet("en", (Cue(3599.9996, 360000.001, ("Long.",)),))
    assert "01:00:00,000 --> 100:00:00,001" in srt_document(sheet)


def test_spoken_braces_and_backslashes_are_text_in_ass() -> None:
    document = ass_document(one_cue("{\\b1} C:\\New", "}{"), CaptionStyle(), width=640, height=360)
    said = document.rsplit(",,", 1)[1].rstrip("\n")
    assert said == "\\{\\\u2060b1\\} C:\\\u2060New\\N\\}\\{"


def test_karaoke_lights_each_word_while_it_is_spoken_and_glues_what_is_glued() -> None:
    words = (
        Word("w1", "well", 10.0, 10.5),
        Word("w2", "-known", 10.5, 11.0, glued=True),
        Word("w3", "man", 12.0, 12.5),
    )
    sheet = CueSheet("en", (Cue(10.0, 13.0, ("well-known", "man"), words, (2,)),))
    document = ass_document(sheet, CaptionStyle(karaoke=True), width=1920, height=1080)
    white, lit = r"\1c&HFFFFFF&", r"\1c&H4AD5FF&"
    assert document.rstrip("\n").endswith(
        rf"{{{white}\t(0,60,{lit})\t(500,560,{white})}}well"
        rf"{{{white}\t(500,560,{lit})\t(1000,1060,{white})}}-known\N"
        rf"{{{white}\t(2000,2060,{lit})\t(2500,2560,{white})}}man"
    )


def test_style_options_reach_the_script() -> None:
    style = CaptionStyle(font="Poppins", size_percent=10, box=True, box_colour="#11223380", position="top")
    script = pysubs2.SSAFile.from_string(ass_document(one_cue("Hi", "you"), style, width=1000, height=500))
    made = script.styles["Default"]
    assert (made.fontname, made.fontsize, made.alignment) == ("Poppins", 50, pysubs2.Alignment.TOP_CENTER)
    assert made.backcolor == pysubs2.Color(0x11, 0x22, 0x33, 0x7F)
    assert (made.marginl, made.marginr, made.marginv) == (50, 50, 25)
    assert (script.info["PlayResX"], script.info["PlayResY"], script.info["WrapStyle"]) == (
        "1000",
        "500",
        "2",
    )


def test_letters_are_made_smaller_where_a_line_would_leave_an_upright_picture() -> None:
    sheet = one_cue("x" * 40, "y")
    upright = pysubs2.SSAFile.from_string(ass_document(sheet, CaptionStyle(), width=1080, height=1920))
    assert upright.styles["Default"].fontsize == pytest.approx(1080 * 0.9 / 20, abs=0.1)


def test_rounding_to_hundredths_makes_no_overlap_in_ass() -> None:
    cues = tuple(Cue(n * 1.005, n * 1.005 + 1.005, ("word",)) for n in range(50))
    script = ass_document(CueSheet("en", cues), CaptionStyle(), width=1280, height=720)
    events = list(pysubs2.SSAFile.from_string(script))
    assert all(before.end <= after.start for before, after in pairwise(events))


def test_a_sheet_without_cues_is_a_valid_file() -> None:
    assert srt_document(EMPTY) == ""
    assert vtt_document(EMPTY) == "WEBVTT\n"
    assert len(pysubs2.SSAFile.from_string(ass_document(EMPTY, CaptionStyle(), width=640, height=360))) == 0
