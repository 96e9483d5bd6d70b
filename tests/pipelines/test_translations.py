"""A translation is English text, whatever is spoken: everything that is made of it goes by that."""

from dataclasses import replace
from io import BytesIO

from docx import Document

from surtitle.domain.options import SubtitleOptions, TranscriptFormat
from surtitle.domain.transcript import Origin, Segment, Transcript, Word
from surtitle.pipelines.minutes.extraction import extracted
from surtitle.pipelines.search.chunking import chunks_of
from surtitle.pipelines.subtitles.formats import vtt_document
from surtitle.pipelines.subtitles.making import cues_for
from surtitle.transcripts.exports.docx import docx_file

SPANISH = Origin("whisper", "whisper-base", "int8", "cpu", "translate")


def translated(*sentences: str) -> Transcript:
    """Sentences of four seconds each, spoken in Spanish by one person and written in English."""
    segments = []
    for number, sentence in enumerate(sentences):
        texts = sentence.split()
        words = tuple(
            Word(f"w{number}.{place}", text, number * 4 + place * 0.3, number * 4 + place * 0.3 + 0.25)
            for place, text in enumerate(texts)
        )
        segments.append(Segment(f"s{number + 1}", number * 4.0, number * 4 + 3.5, words, "es", "speaker_1"))
    return Transcript(len(sentences) * 4.0, "es", 0.9, SPANISH, tuple(segments))


TALK = translated(
    "We decided to buy the boiler this year.", "I will send the offer to Ana by Friday.", "That is all."
)


def test_what_is_spoken_stays_known() -> None:
    assert (TALK.language, TALK.written_language) == ("es", "en")
    spoken = replace(TALK, origin=replace(SPANISH, task="transcribe"))
    assert (spoken.written_language, spoken.written_in(spoken.segments[0])) == ("es", "es")


def test_its_subtitles_are_english_ones() -> None:
    sheet = cues_for(TranscriptFormat.SRT, TALK, SubtitleOptions())
    assert sheet.language == "en"
    assert sheet.cues[0].lines[0].startswith("Speaker 1: We")
    assert "<v Speaker 1>" in vtt_document(cues_for(TranscriptFormat.VTT, TALK, SubtitleOptions()))


def test_its_minutes_find_english_decisions_and_its_moments_are_searched_as_english() -> None:
    minutes = extracted(TALK, "boiler.mp3")
    assert minutes.language == "en"
    assert [decision.text for decision in minutes.decisions] == ["We decided to buy the boiler this year."]
    assert {chunk.language for chunk in chunks_of(TALK)} == {"en"}


def test_its_document_is_proof_read_as_english() -> None:
    document = Document(BytesIO(docx_file(TALK, "Boiler")))
    assert document.core_properties.language == "en"
    assert any("Speaker 1" in paragraph.text for paragraph in document.paragraphs)
