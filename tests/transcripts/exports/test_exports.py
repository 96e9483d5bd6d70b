import io
import zipfile
from dataclasses import replace

import docx

from surtitle.domain.transcript import Origin, Segment, Transcript, Word
from surtitle.transcripts.exports import docx_file, json_file, tsv_file, txt_file
from surtitle.transcripts.exports.paragraphs import paragraphs
from surtitle.transcripts.schema import transcript_json

EMPTY = Transcript(60.0, None, None, Origin("dummy", "none", "float32", "cpu"))


def test_text_has_a_line_for_each_paragraph(transcript: Transcript) -> None:
    assert txt_file(transcript, "Talk") == "Good morning, Zoë Müller-Smith.\n<b>& {\\N}\n".encode()


def test_text_names_speakers_where_they_are_known(transcript: Transcript) -> None:
    first, second = transcript.segments
    spoken = replace(transcript, segments=(replace(first, speaker="Ann"), replace(second, speaker="Bob")))
    assert txt_file(spoken, "").decode().splitlines() == [
        "Ann: Good morning, Zoë Müller-Smith.",
        "Bob: <b>& {\\N}",
    ]


def test_a_short_pause_or_a_pause_within_a_sentence_begins_no_paragraph() -> None:
    words = (Word("w1", "The", 0, 0.2), Word("w2", "end.", 3.0, 3.4), Word("w3", "So", 4.0, 4.2))
    transcript = replace(EMPTY, segments=(Segment("s1", 0, 4.2, words),))
    assert [paragraph.text for paragraph in paragraphs(transcript)] == ["The end. So"]


def test_a_speaker_without_pauses_gets_paragraphs_of_readable_length() -> None:
    words = tuple(Word(f"w{n}", "Sentence.", float(n), n + 1.0) for n in range(400))
    transcript = replace(EMPTY, segments=(Segment("s1", 0, 400, words),))
    lengths = [len(paragraph.text) for paragraph in paragraphs(transcript)]
    assert len(lengths) == 5
    assert max(lengths) < 1000


def test_no_space_stands_between_two_segments_of_chinese() -> None:
    segments = tuple(
        Segment(f"s{n}", n, n + 0.9, (Word(f"w{n}", text, n, n + 0.9),), "zh")
        for n, text in enumerate(("我们今天", "去看电影。"), 1)
    )
    assert txt_file(replace(EMPTY, segments=segments), "").decode() == "我们今天去看电影。\n"


def test_tsv_is_whispers_table(transcript: Transcript) -> None:
    assert tsv_file(transcript, "Talk").decode() == (
        "start\tend\ttext\n500\t2400\tGood morning, Zoë Müller-Smith.\n5000\t6000\t<b>& {\\N}\n"
    )


def test_json_is_the_documented_document(transcript: Transcript) -> None:
    assert json_file(transcript, "Talk") == transcript_json(transcript)


def test_word_opens_the_document_with_title_times_and_language(transcript: Transcript) -> None:
    document = docx.Document(io.BytesIO(docx_file(transcript, "A talk\x00 <&>")))
    assert [block.text for block in document.paragraphs] == [
        "A talk <&>",
        "0:00:00  Good morning, Zoë Müller-Smith.",
        "0:00:05  <b>& {\\N}",
    ]
    assert document.core_properties.title == "A talk <&>"
    assert document.core_properties.language == "en"


def test_the_same_transcript_gives_the_same_document_to_the_byte(transcript: Transcript) -> None:
    data = docx_file(transcript, "Talk")
    assert data == docx_file(transcript, "Talk")
    with zipfile.ZipFile(io.BytesIO(data)) as archive:
        assert {member.date_time for member in archive.infolist()} == {(1980, 1, 1, 0, 0, 0)}
        assert b"1980-01-01T00:00:00Z" in archive.read("docProps/core.xml")


def test_a_transcript_without_a_word_is_no_problem_for_any_format() -> None:
    assert txt_file(EMPTY, "Silence") == b""
    assert tsv_file(EMPTY, "Silence") == b"start\tend\ttext\n"
    assert [block.text for block in docx.Document(io.BytesIO(docx_file(EMPTY, ""))).paragraphs] == []
    assert docx_file(EMPTY, "x" * 400)
