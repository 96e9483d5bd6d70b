"""Words as the full-text index knows them, alike in SQLite and PostgreSQL.

Accents and case are folded here; endings are cut by the databases, by Porter's rules
(https://tartarus.org/martin/PorterStemmer/), whatever the language: index and question alike.
"""

import re
import unicodedata
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from hashlib import blake2b
from itertools import pairwise
from uuid import UUID

from surtitle.transcripts.shown_speakers import label_of

_WORD = re.compile(r"\w+")
_PHRASE = re.compile(r'["“”«»]([^"“”«»]+)["“”«»]')
_APOSTROPHES = re.compile(r"(?<=\w)['\u2019](?=\w)")
# Written without spaces: Thai, Lao, Khmer, kana, Han.
_UNSPACED = re.compile(r"[\u0e00-\u0eff\u1780-\u17ff\u3040-\u30ff\u3400-\u4dbf\u4e00-\u9fff\uf900-\ufaff]+")
_TERM_CHARACTERS = 60
_MOST_WORDS = 32
_MOST_PHRASES = 8

# Words of questions and of grammar: they are in every recording and tell nothing of what is sought.
_ENGLISH = """
    a about all am an and any are as at be been but by can could d did do does for from had has have he her
    him his how i if in into is it its ll m me my no not of on or our out re s she should so some t than
    that the their them then there these they this those to up us ve was we were what when where which who
    whom whose why will with would you your"""
_FRENCH = """
    au aux avec c ce ces cette combien comment d dans de des du elle elles en est et etait etre il ils j je
    l la le les leur leurs lui m ma mais me mes mon n ne nos notre nous on ou par pas pour pourquoi qu quand
    que quel quelle quelles quels qui s sa se ses son sont sur t ta te tes ton tu un une vos votre vous y"""
_SPANISH = """
    al como con cual cuales cuando cuanto cuantas cuantos de del donde e el ella ellas ellos en era es esa
    ese eso esta este esto fue ha hay la las le les lo los mas me mi mis muy no nos o para pero por que
    quien quienes se si sin sobre son su sus te tu tus un una uno y ya"""
_STOP_WORDS = frozenset(f"{_ENGLISH} {_FRENCH} {_SPANISH}".split())


@dataclass(frozen=True, slots=True)
class Wanted:
    """What a question looks for: any of `words`, and all of `phrases` word by word."""

    words: tuple[str, ...] = ()
    phrases: tuple[tuple[str, ...], ...] = ()

    def __bool__(self) -> bool:
        return bool(self.words or self.phrases)


def terms_of(text: str) -> list[str]:
    """The words of `text` in order, folded. Of scripts without spaces every two neighbours are a word."""
    return list(_terms(folded(text)))


def wanted(question: str) -> Wanted:
    """What is looked for: phrases stand in quotation marks; of the rest the words that tell something."""
    phrases = [tuple(terms_of(found)) for found in _PHRASE.findall(question)]
    words = list(dict.fromkeys(terms_of(_PHRASE.sub(" ", question))))
    telling = [word for word in words if word not in _STOP_WORDS]
    # "To be or not to be" is still a question.
    chosen = telling or ([] if any(phrases) else words)
    return Wanted(tuple(chosen[:_MOST_WORDS]), tuple(phrase for phrase in phrases if phrase)[:_MOST_PHRASES])


def is_unspaced(run: str) -> bool:
    """Whether it holds a script that is written without spaces."""
    return _UNSPACED.search(run) is not None


def project_term(project_id: UUID) -> str:
    """The word that stands in the index with every moment of a project. Digits have no ending to cut."""
    return f"p{project_id.int}"


def speaker_term(name: str) -> str:
    """The word that stands in the index with every moment in which somebody of this name speaks: `speaker_1`
    and `Speaker 1`, as people read it, are one.
    """
    label = label_of(" ".join(folded(name).split()))
    return f"s{int.from_bytes(blake2b(label.encode(), digest_size=12).digest())}"


def folded(text: str) -> str:
    """Without accents and case."""
    if text.isascii():
        return text.lower()
    decomposed = unicodedata.normalize("NFKD", text.casefold())
    return "".join(character for character in decomposed if not unicodedata.combining(character))


def _terms(folded: str) -> Iterator[str]:
    for run in _WORD.findall(_APOSTROPHES.sub(" ", folded).replace("_", " ")):
        # Nearly all: a thousand a question are looked at.
        if run.isascii():
            yield run[:_TERM_CHARACTERS]
            continue
        spaced = _UNSPACED.sub(" ", run).split()
        yield from (word[:_TERM_CHARACTERS] for word in spaced)
        for unspaced in _UNSPACED.findall(run):
            yield from _pairs(unspaced)


def _pairs(run: str) -> Sequence[str]:
    return [first + second for first, second in pairwise(run)] or [run]
