"""A passage of the text as a scene: which template suits what it says."""

import re
from itertools import pairwise

from surtitle.domain.films import Scene, Template
from surtitle.pipelines.film.script.emphasis import emphasised
from surtitle.pipelines.film.script.text import shown

_QUOTED = re.compile(r"(?P<before>.*?)[\"“«„](?P<quote>[^\"”»“]{12,240})[\"”»“]\s*(?P<after>.*)", re.DOTALL)
_QUOTED_SHARE = 0.33
_ENUMERATION = re.compile(r"(?P<head>[^:：]{3,80})[:：]\s*(?P<points>.{5,400})", re.DOTALL)
_POINT_PARTS = re.compile(r"\s*[,;、，；]\s*")
_LAST_JOINT = re.compile(r"^(?:and|or|et|ou|y|e|o|und|oder|ed|od)\s+", re.IGNORECASE)
_LAST_TWO = re.compile(r"\s+(?:and|or|et|ou|y|e|o|und|oder)\s+", re.IGNORECASE)
_LONGEST_POINT_WORDS = 8
_FEWEST_POINTS, _MOST_POINTS = 3, 6
_NUMBER = re.compile(
    r"(?<![\w.])(?P<number>[$€£¥]?\s?\d{1,3}(?:[.,\u00a0\u202f]\d{3})*(?:[.,]\d{1,2})?"
    r"(?:\s?(?:%|‰|€|£|°C|°F|km/h|km|kg|kW|MW|GW|TB|GB|million|billion|millions|milliards|millones|"
    r"Millionen|Milliarden|milioni|miliardi|percent|pour cent|por ciento|Prozent|per cento))?)(?![\w])"
)
_FOUR_DIGITS = re.compile(r"\d{4}")
_YEARS = range(1000, 2100)
# A small bare figure counts things; it is not what the sentence is about.
_SMALLEST_NUMBER = 10
_LONGEST_NUMBER_WORDS = 18
_FEWEST_COUNTED_WORDS = 2
_SHORTEST_CLAUSE_WORDS = 5
_ENDS = ".。;；:："
_EDGES = " ,;:–—-.。"


def list_scene(head: str, points: tuple[str, ...]) -> Scene:
    """Points that were marked as such. A list too long for one picture is cut by the caller."""
    spoken = ". ".join(point.rstrip(_EDGES) for point in points)
    told = f"{head.rstrip(_EDGES)}: {spoken}." if head else f"{spoken}."
    return Scene(Template.LIST, _heading(head), tuple(_heading(point) for point in points), narration=told)


def quote_scene(quote: str, speaker: str, narration: str) -> Scene:
    return Scene(Template.QUOTE, _heading(speaker), (shown(quote).strip('"“”«»„ ,'),), narration=narration)


def scene_of(passage: str, language: str | None) -> Scene:
    """A sentence or two as the template that shows them best."""
    text = shown(passage)
    return (
        _as_quote(text, passage)
        or _as_list(text, passage)
        or _as_number(text, passage)
        or statement(text, passage, language)
    )


def statement(text: str, narration: str, language: str | None) -> Scene:
    heading = _heading(text)
    return Scene(Template.STATEMENT, heading, emphasis=emphasised(heading, language), narration=narration)


def _as_quote(text: str, narration: str) -> Scene | None:
    found = _QUOTED.fullmatch(text)
    if found is None or len(found["quote"]) < len(text) * _QUOTED_SHARE:
        return None
    said_by = (found["after"].strip(_EDGES) or found["before"]).strip(_EDGES)
    return quote_scene(found["quote"], said_by, narration)


def _as_list(text: str, narration: str) -> Scene | None:
    found = _ENUMERATION.fullmatch(text)
    if found is None:
        return None
    parts = [part for part in _POINT_PARTS.split(found["points"].rstrip(_EDGES)) if part]
    if not parts:
        return None
    points = [*parts[:-1], *_LAST_TWO.split(_LAST_JOINT.sub("", parts[-1]))]
    fits = _FEWEST_POINTS <= len(points) <= _MOST_POINTS
    if not fits or any(len(point.split()) > _LONGEST_POINT_WORDS for point in points):
        return None
    return Scene(Template.LIST, _heading(found["head"]), tuple(map(_capital, points)), narration=narration)


def _as_number(text: str, narration: str) -> Scene | None:
    numbers = [found for found in _NUMBER.finditer(text) if _is_prominent(found["number"])]
    if len(numbers) != 1 or len(text.split()) > _LONGEST_NUMBER_WORDS:
        return None
    number = numbers[0]
    after, before = text[number.end() :].strip(_EDGES), text[: number.start()].strip(_EDGES)
    counted = after if len(after.split()) >= _FEWEST_COUNTED_WORDS else before
    if len(counted.split()) < _FEWEST_COUNTED_WORDS:
        return None
    return Scene(Template.NUMBER, number["number"].strip(), (counted,), narration=narration)


def _is_prominent(number: str) -> bool:
    digits = re.sub(r"\D", "", number)
    bare = number.strip() == digits
    if bare and _FOUR_DIGITS.fullmatch(digits) and int(digits) in _YEARS:
        return False
    return not bare or int(digits) >= _SMALLEST_NUMBER


def _heading(text: str) -> str:
    """Without the point at its end: signs and slides have none."""
    plain = shown(text)
    return plain if plain.endswith("...") else plain.rstrip(_ENDS)


def _capital(text: str) -> str:
    return text[:1].upper() + text[1:]


def halves(sentence: str, longest_words: int) -> tuple[str, ...]:
    """A long sentence in clauses, each for a scene of its own; whole where it has no joint."""
    if len(sentence.split()) <= longest_words:
        return (sentence,)
    joints = [found.end() for found in re.finditer(r"[;:–—,，；]\s+", sentence)]
    pieces = [(sentence[:place], sentence[place:]) for place in joints]
    whole = [pair for pair in pieces if min(len(half.split()) for half in pair) >= _SHORTEST_CLAUSE_WORDS]
    if not whole:
        return (sentence,)
    nearest = min(whole, key=lambda pair: abs(len(pair[0]) - len(pair[1])))
    return tuple(part.strip() for half in nearest for part in halves(half, longest_words))


def turns(items: tuple[str, ...], most: int) -> tuple[tuple[str, ...], ...]:
    """`items` in groups of about one size, none above `most`."""
    count = -(-len(items) // most)
    edges = [round(place * len(items) / count) for place in range(count + 1)]
    return tuple(items[start:stop] for start, stop in pairwise(edges))
