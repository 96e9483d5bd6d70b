"""Where sentences and clauses end, as far as the written text tells."""

# ruff: noqa: RUF001 - look-alikes of ASCII marks are what this module is about

OPENING_MARKS = frozenset("([{¿¡«“‘「『（【《〈")
CLOSING_MARKS = frozenset(")]}»”’\"'」』）】》〉")
SENTENCE_MARKS = frozenset(".?!。！？؟।｡")
CLAUSE_MARKS = frozenset(";:…—–；：؛")
COMMA_MARKS = frozenset(",、，،")

# Words whose full stop is part of them. Lower case, without the stop.
_ABBREVIATION_ROWS = """
mr mrs ms dr prof sr jr st vs etc e.g i.e a.m p.m u.s u.k inc ltd approx dept fig vol
m mm mme mlle mgr av env p.ex c.-à-d
sra srta dra ud uds ee.uu p.ej núm pág
"""
_ABBREVIATIONS = frozenset(_ABBREVIATION_ROWS.split())


def ends_sentence(text: str) -> bool:
    """Whether the word `text` closes a sentence. Abbreviations (`Dr.`, `J.`) and `...` do not."""
    bare = _without_closing_marks(text)
    if not bare or bare[-1] not in SENTENCE_MARKS or bare.endswith("..."):
        return False
    stem = bare[:-1].lstrip("".join(OPENING_MARKS)).lower()
    is_initial = len(stem) == 1 and stem.isalpha() and stem.isascii()
    return bare[-1] != "." or not (stem in _ABBREVIATIONS or is_initial)


def ends_clause(text: str) -> bool:
    """Whether `text` ends in a mark between a comma and a full stop: `;`, `:`, a dash, an ellipsis."""
    bare = _without_closing_marks(text)
    return bare.endswith("...") or bare[-1:] in CLAUSE_MARKS


def ends_with_comma(text: str) -> bool:
    return _without_closing_marks(text)[-1:] in COMMA_MARKS


def _without_closing_marks(text: str) -> str:
    return text.rstrip("".join(CLOSING_MARKS) + " ")
