"""Words that are written with a full stop of their own, by language: that stop ends no sentence."""

import re
from collections.abc import Mapping
from dataclasses import dataclass

_RANK_DIGITS = 3
# "L'avv. Bianchi"
_ELISION = re.compile(r"^\w+['\u2019]")


@dataclass(frozen=True, slots=True)
class Abbreviations:
    """Without their stop. `before_figures` are words of their own, or end a sentence, unless a figure follows
    ("No."). `ranks`: "8." may be a rank, though a capital follows, as of German nouns.
    """

    always: frozenset[str] = frozenset()
    before_figures: frozenset[str] = frozenset()
    ranks: bool = False

    def hold(self, word: str, following: str) -> bool:
        """Whether the stop after `word` is its own where `following` comes next, "" where nothing does."""
        if self.ranks and word.isdecimal() and len(word) <= _RANK_DIGITS:
            return following[:1].isalnum()
        word = _ELISION.sub("", word)
        written = {word, word[:1].lower() + word[1:]}
        return bool(written & self.always or (written & self.before_figures and following[:1].isdecimal()))


_ANYWHERE = """
mr mrs ms dr prof sr jr st vs etc e.g i.e a.m p.m u.s u.k inc ltd approx dept fig vol
m mm mme mlle mgr av env p.ex c.-à-d
sra srta dra ud uds ee.uu p.ej núm pág
"""
ANYWHERE = frozenset(_ANYWHERE.split())
"""In lower case: of no language in particular."""


def _of(always: str, before_figures: str, *, ranks: bool = False) -> Abbreviations:
    return Abbreviations(frozenset(always.split()), frozenset(before_figures.split()), ranks)


_BY_LANGUAGE: Mapping[str, Abbreviations] = {
    "en": _of(
        "Gen Sen Gov Lt Col Maj Capt Cmdr Adm Sgt Cpl Rep Rev Hon Pres Messrs Mt Ft Co est cf",
        "No Nos no nos p pp ch sec art ext Jan Feb Mar Apr Jun Jul Aug Sep Sept Oct Nov Dec",
    ),
    "fr": _of("Mmes Mlles cf ex apr éd", "p pp art chap max min tél janv févr avr juil sept oct nov déc"),
    "es": _of(
        "Sres Dña Vd Gral Cnel Ing Lic Arq EE ej aprox avda págs",
        "UU art cap máx mín tel p pp",
    ),
    "de": _of(
        "Hr Fr Frl Nr Ing Mio Mrd bzw bspw ca evtl exkl ggf inkl max min sog vgl zzgl",
        "usw ä Abs Art Bd Kap Str Tel Jan Feb Aug Sept Okt Nov Dez",
        ranks=True,
    ),
    "it": _of("Sig Sigg Dott Avv Ing Geom Rag On es p.es ca pag pagg", "ecc art cap max min tel"),
}
_NONE = Abbreviations()


def abbreviations_in(language: str | None) -> Abbreviations:
    """Those of a language by its ISO 639-1 code, in which case tells words apart."""
    return _BY_LANGUAGE.get(language or "", _NONE)
