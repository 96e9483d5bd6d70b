"""Which words are masked: those that two independent word lists name, and their inflections.

Each list alone holds hundreds of ordinary words, because they were made to filter searches. Where both
agree few are left, and those are let through here by name. The lists come with the build
(`hatch_build.py`); see docs/decisions/0004-dependencies.md.
"""

import json
import re
from collections.abc import Iterator
from functools import cache
from pathlib import Path

import surtitle
from surtitle.errors import Unavailable

SWEAR_LANGUAGES = frozenset({"en", "fr", "es"})
"""ISO 639-1 codes of the languages whose swear words are known."""

_LISTS = Path(surtitle.__file__).parent / "assets" / "profanity"
# cuss rates each word 0 (unlikely to be meant badly) to 2; it is a JavaScript module of one object.
_CUSS_ENTRY = re.compile(r"^\s+(?P<quote>['\"]?)(?P<word>\S+)(?P=quote): [12],$", re.MULTILINE)
_SHORTEST_STEM = 3

# Medicine, law, news, everyday things and names: masking them would hide what was meant.
_ORDINARY_ROWS = {
    "en": """
        anal anus bestiality beastiality bondage clitoris cocked cocker cockers cocking cum cunnilingus dicker
        ejaculation fellatio incest intercourse kinky livesex lolita masturbate masturbating nipple nude
        orgasm orgy pedophile penis playboy porn porno pornography rape rapist rectum rimming scat semen sex
        sexual sexually sexy snatch sodomize sodomy spunk strapon suck swastika threesome tit twinkie upskirt
        vagina vibrator vulva xxx
    """,
    "fr": "baiser bander chatte gueule pédale ramoner tapette",
    "es": """
        asesinato asno caca chupada chupetón concha heroína idiota imbécil infierno maciza maldito martillo
        orina pedo pervertido pezón pinche pis prostituta racista semen sexo sádico trio travesti vulva
    """,
}
_ORDINARY = {language: frozenset(rows.split()) for language, rows in _ORDINARY_ROWS.items()}
# Written with a capital they are somebody's name.
_ALSO_NAMES = frozenset({"dick"})

_ENGLISH_ENDINGS = "s es ed er ers ing ings"
_FRENCH_ENDINGS = "s e es x"
_FRENCH_VERB_ENDINGS = """
    e es ent ons ez é ée és ées ant ais ait ions iez aient erai eras era erons erez eront erais erait
"""
_SPANISH_ENDINGS = "s es a as o os"
_SPANISH_VERB_ENDINGS = """
    o a as amos áis an é aste ó aron aba abas aban ando ado ada ados adas ará aría e en es
"""


def is_swear_word(word: str, language: str) -> bool:
    """Whether `word`, letters only, is one in `language`, one of `SWEAR_LANGUAGES`, in any of its forms.

    Raises `Unavailable` when the lists are not installed.
    """
    folded = word.casefold()
    if folded in _ORDINARY[language] or (folded in _ALSO_NAMES and word != folded):
        return False
    known = _words(language)
    return folded in known or any(base in known for base in _BASES[language](folded))


@cache
def _words(language: str) -> frozenset[str]:
    try:
        named = json.loads((_LISTS / f"naughty-words-{language}.json").read_text("utf-8"))
        rated = (_LISTS / f"cuss-{language}.js").read_text("utf-8")
    except FileNotFoundError as error:
        raise Unavailable(
            f"The lists of swear words are missing from {_LISTS}. Reinstall Surtitle."
        ) from error
    agreed = {word.casefold() for word in named}
    agreed &= {found["word"].casefold() for found in _CUSS_ENTRY.finditer(rated)}
    return frozenset(agreed - _ORDINARY[language])


def _english_bases(word: str) -> Iterator[str]:
    for stem, ending in _cut(word, _ENGLISH_ENDINGS):
        # Before "e" and "i" a "c" would be soft: "spices" is no form of a word in "c".
        if ending == "s" or not stem.endswith("c"):
            yield stem
        if stem[-1] == stem[-2] and ending[0] in "ei":
            yield stem[:-1]
        if ending != "s":
            yield stem + "e"
    if word.endswith("ies"):
        yield word[:-3] + "y"


def _french_bases(word: str) -> Iterator[str]:
    for stem, _ in _cut(word, _FRENCH_ENDINGS):
        yield stem
        if stem[-1] == stem[-2]:
            yield stem[:-1]
        if stem.endswith("eus"):
            yield from (stem[:-1] + "r", stem[:-1] + "x")
    for stem, _ in _cut(word, _FRENCH_VERB_ENDINGS):
        yield stem + "er"


def _spanish_bases(word: str) -> Iterator[str]:
    for stem, _ in _cut(word, _SPANISH_ENDINGS):
        yield from (stem, stem + "a", stem + "o")
        if stem.endswith("on"):
            yield stem[:-2] + "ón"
    for stem, _ in _cut(word, _SPANISH_VERB_ENDINGS):
        yield stem + "ar"


def _cut(word: str, endings: str) -> Iterator[tuple[str, str]]:
    """`word` as stem and ending, for each of the `endings` that it has."""
    for ending in endings.split():
        if word.endswith(ending) and len(word) - len(ending) >= _SHORTEST_STEM:
            yield word[: -len(ending)], ending


_BASES = {"en": _english_bases, "fr": _french_bases, "es": _spanish_bases}
