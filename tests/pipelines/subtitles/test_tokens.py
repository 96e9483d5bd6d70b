from surtitle.domain.transcript import Origin, Segment, Transcript, Word
from surtitle.pipelines.subtitles.tokens import tokens_of


def tokens(*texts: str, width: int = 20) -> list[str]:
    """Tokens of words; a leading space parts a word from the one before."""
    words = tuple(
        Word(f"w{n}", text.strip(), n, n + 1, glued=n > 0 and not text.startswith(" "))
        for n, text in enumerate(texts)
    )
    segment = Segment("s1", 0, len(words), words)
    transcript = Transcript(60, None, None, Origin("dummy", "none", "float32", "cpu"), (segment,))
    return [token.text for token in tokens_of(transcript, width)]


def test_a_hyphenated_word_stays_whole() -> None:
    assert tokens("a", " well", "-known", " man") == ["a", "well-known", "man"]


def test_punctuation_that_stands_alone_stays_with_its_word() -> None:
    assert tokens("«", " Quoi", " ?", " »", " Rien") == ["« Quoi ? »", "Rien"]


def test_japanese_may_break_between_words_but_not_before_closing_marks_or_small_kana() -> None:
    assert tokens("でし", "ょう", "。", "「", "京都", "」", "へ") == ["でしょう。", "「京都」", "へ"]


def test_glued_words_wider_than_a_line_are_parted_after_all() -> None:
    assert tokens("abcdef", "ghijkl", "mnop", width=12) == ["abcdefghijkl", "mnop"]


def test_a_word_is_never_cut_before_a_combining_mark() -> None:
    pieces = tokens("é".replace("é", "e\u0301") * 15, width=10)
    assert pieces == ["e\u0301" * 10, "e\u0301" * 5]
