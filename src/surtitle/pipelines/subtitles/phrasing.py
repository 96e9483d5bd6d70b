"""How well a text may be broken between two words: the linguistics, as costs."""

from surtitle.pipelines.subtitles.function_words import FunctionWords, function_words
from surtitle.pipelines.subtitles.tokens import Token
from surtitle.transcripts.punctuation import (
    CLOSING_MARKS,
    OPENING_MARKS,
    ends_clause,
    ends_sentence,
    ends_with_comma,
)

# The order is that of the Netflix and BBC guides: after punctuation, before conjunctions, before
# prepositions; never between article and noun, adjective and noun, name and surname, verb and
# subject pronoun or auxiliary. The distances were settled by reading the results in three languages.
AFTER_SENTENCE = 0.0
AFTER_CLAUSE = 1.0
AFTER_SEGMENT = 1.5
AFTER_COMMA = 2.0
BEFORE_CONJUNCTION = 4.0
BEFORE_PREPOSITION = 5.5
BEFORE_VERB = 6.5
ANYWHERE = 9.0
ANYWHERE_UNSPACED = 4.0
WITHIN_NUMBER_PHRASE = 14.0
WITHIN_NAME = 18.0
AFTER_CLINGING_WORD = 20.0

# A pause makes a break natural wherever it falls; from this length on it counts in full.
FULL_PAUSE_MS = 700
# What the longest pause takes off a cost.
PAUSE_SHARE = 0.75

_TYPOGRAPHIC_APOSTROPHE = "\u2019"
_STRIPPED_MARKS = "".join(OPENING_MARKS | CLOSING_MARKS) + ".,;:!?…"


def break_cost(previous: Token, following: Token) -> float:
    """The cost of a line or a cue that ends after `previous`: 0 is ideal, 20 is never meant."""
    cost = _grammar_cost(previous, following)
    if following.opens_segment and cost < AFTER_CLINGING_WORD:
        cost = min(cost, AFTER_SEGMENT)
    pause_ms = max(0, following.start_ms - previous.end_ms)
    return cost * (1 - PAUSE_SHARE * min(1.0, pause_ms / FULL_PAUSE_MS))


def closes_sentence(previous: Token, following: Token) -> bool:
    """Whether a sentence ends between the two. A small letter after a full stop says that it does not."""
    ends = ends_sentence(previous.text, following.text, previous.language)
    return ends and not following.text[:1].islower()


def _grammar_cost(previous: Token, following: Token) -> float:
    last = previous.text
    words = function_words(previous.language)
    if closes_sentence(previous, following):
        return AFTER_SENTENCE
    if ends_clause(last):
        return AFTER_CLAUSE
    if ends_with_comma(last):
        return AFTER_COMMA
    if _clings(last, words):
        return AFTER_CLINGING_WORD
    return _open_cost(previous, following, words)


def _open_cost(previous: Token, following: Token, words: FunctionWords) -> float:
    opening = _key(_first_part(following.text))
    if opening in words.conjunctions or _key(following.text) in words.conjunctions:
        return BEFORE_CONJUNCTION
    if opening in words.prepositions:
        return BEFORE_PREPOSITION
    if _key(following.text) in words.verbs:
        return BEFORE_VERB
    if _looks_like_a_name(previous.text) and _looks_like_a_name(following.text):
        return WITHIN_NAME
    if previous.text[-1].isdigit():
        return WITHIN_NUMBER_PHRASE
    return ANYWHERE_UNSPACED if following.words[0].glued else ANYWHERE


def _clings(text: str, words: FunctionWords) -> bool:
    whole = _key(text)
    if whole in words.clings:
        return True
    before, apostrophe, after = whole.rpartition("'")
    return bool(apostrophe) and bool(before) and (after in words.clings or f"'{after}" in words.clings)


def _first_part(text: str) -> str:
    before, apostrophe, _ = text.replace(_TYPOGRAPHIC_APOSTROPHE, "'").partition("'")
    return before + apostrophe


def _key(text: str) -> str:
    return text.replace(_TYPOGRAPHIC_APOSTROPHE, "'").lower().strip(_STRIPPED_MARKS.replace("'", ""))


def _looks_like_a_name(text: str) -> bool:
    bare = text.strip(_STRIPPED_MARKS)
    return len(bare) > 1 and bare[0].isupper() and not bare.startswith(("I'", "I" + _TYPOGRAPHIC_APOSTROPHE))
