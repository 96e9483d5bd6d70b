import pytest

from surtitle.domain.options import CaptionStyle, SubtitleOptions
from surtitle.domain.transcript import Origin, Segment, Transcript, Word, join_words
from surtitle.pipelines.subtitles import ass_document, make_cues, srt_document
from surtitle.pipelines.subtitles.masking import masked, unmaskable_languages

ORIGIN = Origin("dummy", "dummy", "int8", "cpu")
MASK = SubtitleOptions(profanity="mask")


def said(text: str, language: str | None = "en", origin: Origin = ORIGIN) -> Transcript:
    """Half a second a word; a `|` parts words that follow each other without a space."""
    words: list[Word] = []
    for token in text.split():
        for place, piece in enumerate(token.split("|")):
            at = len(words) / 2
            words.append(Word(f"w{len(words)}", piece, at, at + 0.4, 0.9, glued=place > 0))
    segment = Segment("s1", 0.0, len(words) / 2, tuple(words), language)
    return Transcript(len(words) / 2, "en", 0.9, origin, (segment,))


@pytest.mark.parametrize(
    ("language", "heard", "shown"),
    [
        ("en", 'Fuck! That\'s "bullshit", you fuckers.', 'F***! That\'s "b*******", you f******.'),
        ("en", "SHIT, pussies shitting.", "S***, p****** s*******."),
        ("en", "mother|-fucker mother-fucker", "m*****-****** m*****-******"),
        ("fr", "Merde, l'enculé et ces connes emmerdent.", "M****, l'e***** et ces c***** e********."),
        ("es", "¡Mierda, cabrones! Putos.", "¡M*****, c*******! P****."),
        (None, "what a shit", "what a s***"),
    ],
)
def test_swear_words_keep_their_first_letter(language: str | None, heard: str, shown: str) -> None:
    assert masked(said(heard, language)).text == shown


@pytest.mark.parametrize(
    ("language", "text"),
    [
        ("en", "Scunthorpe, Essex: Dick assessed the class of spiced cocktails, cum laude."),
        ("en", "A rapist had sex; the penis and the vagina are organs."),
        ("fr", "cul|-de|-sac cul-de-sac, la culture, un concert, le bord de la pédale"),
        ("es", "El cálculo del folleto: un martillo, la heroína, el cono."),
        ("de", "fuck shit"),
    ],
)
def test_ordinary_words_and_other_languages_stay(language: str, text: str) -> None:
    spoken = said(text, language)
    assert masked(spoken) == spoken


def test_times_ids_and_lengths_stay() -> None:
    spoken = said("mother|-fucker, what the fuck is this")
    for before, after in zip(spoken.words, masked(spoken).words, strict=True):
        assert (before.id, before.start_seconds, before.end_seconds, before.glued, len(before.text)) == (
            after.id, after.start_seconds, after.end_seconds, after.glued, len(after.text),
        )  # fmt: skip


def test_cues_are_masked_when_asked_and_the_lit_words_with_them() -> None:
    spoken = said("Well, what the fuck is this, ladies and gentlemen, in front of the house?")
    kept, sheet = make_cues(spoken, SubtitleOptions()), make_cues(spoken, MASK)
    assert "fuck" in srt_document(kept)
    assert "what the f*** is" in srt_document(sheet).replace("\n", " ")
    assert all(join_words(cue.words) == " ".join(cue.lines) for cue in sheet.cues)
    lit = ass_document(sheet, CaptionStyle(karaoke=True), width=640, height=360)
    assert "}f***" in lit
    assert "fuck" not in lit


def test_a_translation_is_masked_as_the_english_that_it_is() -> None:
    translated = said("what a shit", "de", Origin("dummy", "dummy", "int8", "cpu", "translate"))
    assert masked(translated).text == "what a s***"
    assert unmaskable_languages(translated) == []
    assert unmaskable_languages(said("hallo", "de")) == ["de"]
