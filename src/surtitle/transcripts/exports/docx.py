"""A document for Word and its kin: title, paragraphs, a small grey time before each."""

from datetime import UTC, datetime
from io import BytesIO
from zipfile import ZIP_DEFLATED, ZipFile, ZipInfo

from docx import Document
from docx.document import Document as DocxDocument
from docx.oxml.ns import qn
from docx.shared import Pt, RGBColor
from docx.text.paragraph import Paragraph as DocxParagraph

from surtitle.domain.transcript import Transcript
from surtitle.transcripts.document import printable
from surtitle.transcripts.exports.paragraphs import Paragraph, clock_time, paragraphs

# Artifacts carry no clock: the earliest day that a zip archive can name stands in every field.
_FIXED_DAY = datetime(1980, 1, 1, tzinfo=UTC)
_TIME_SIZE = Pt(8)
_TIME_COLOUR = RGBColor(0x80, 0x80, 0x80)
_TITLE_CHARACTERS = 255  # the longest that python-docx takes for a core property


def docx_file(transcript: Transcript, title: str) -> bytes:
    """An Office Open XML document. Equal transcripts and titles give equal bytes."""
    document = new_docx(title, transcript.written_language)
    add_transcript(document, transcript)
    return saved_docx(document)


def new_docx(title: str, language: str | None) -> DocxDocument:
    """A document that has its title and no more."""
    document = Document()
    shown_title = printable(title).strip()
    _set_properties(document, shown_title, language)
    if shown_title:
        document.add_heading(shown_title, level=0)
    return document


def add_transcript(document: DocxDocument, transcript: Transcript) -> None:
    """What was said, a paragraph each."""
    for paragraph in paragraphs(transcript):
        _add(document, paragraph)


def add_time(block: DocxParagraph, seconds: float) -> None:
    """A moment of the recording, small and grey."""
    time = block.add_run(f"{clock_time(seconds)}  ")
    time.font.size = _TIME_SIZE
    time.font.color.rgb = _TIME_COLOUR


def saved_docx(document: DocxDocument) -> bytes:
    """The file. Equal documents give equal bytes."""
    saved = BytesIO()
    document.save(saved)
    return _without_clock(saved.getvalue())


def _set_properties(document: DocxDocument, title: str, language: str | None) -> None:
    properties = document.core_properties
    properties.title = title[:_TITLE_CHARACTERS]
    properties.author = properties.last_modified_by = "Surtitle"
    properties.comments = ""
    properties.created = properties.modified = _FIXED_DAY
    properties.language = language or ""
    if language:
        # Without it Word checks every language as if it were American English.
        for element in document.styles.element.xpath("w:docDefaults//w:lang"):
            element.set(qn("w:val"), language)
            element.set(qn("w:eastAsia"), language)


def _add(document: DocxDocument, paragraph: Paragraph) -> None:
    block = document.add_paragraph()
    add_time(block, paragraph.start_seconds)
    if paragraph.speaker:
        block.add_run(f"{printable(paragraph.speaker)}: ").bold = True
    block.add_run(paragraph.text)


def _without_clock(archive: bytes) -> bytes:
    """The same archive with one fixed date on every member."""
    rewritten = BytesIO()
    with ZipFile(BytesIO(archive)) as source, ZipFile(rewritten, "w") as target:
        for member in source.infolist():
            entry = ZipInfo(member.filename, date_time=_FIXED_DAY.timetuple()[:6])
            target.writestr(entry, source.read(member), compress_type=ZIP_DEFLATED)
    return rewritten.getvalue()
