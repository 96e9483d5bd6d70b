"""A name in minutes, where it stands not only where it says who spoke. Pure; minutes as JSON."""

import re
from collections.abc import Iterator
from typing import Any

from surtitle.pipelines.voices.places import Names

MINUTES = "minutes"
"""The key in a document, and the beginning of the names of files, under which minutes stand."""

_WRITTEN = "written"
_WORD = re.compile(r"\w+")
_SHORTEST_PART = 3
_WORDED = frozenset({"title", "text", "what", "who", "when", "quote", "speaker", "key_phrases"})
"""Keys of what is told in words. Anything else is an id, a method, a language."""

# A quotation is no wording of a model's.
_MODEL_WORDED = _WORDED - {"quote"}


def without_names(minutes: Any, names: Names) -> Any:
    """The names become labels wherever they stand, within sentences too, and at a sentence's beginning also
    with the capital that stands there.

    Language models call people by a part of their name. In what one wrote such a part becomes the label too,
    unless somebody else who speaks there bears it, or it is the whole name.
    """
    speakers = set(_speakers(minutes))
    minutes = _own_actions(minutes, names)
    if isinstance(minutes, dict) and minutes.get("method") == _WRITTEN:
        parts = _parts(names, speakers - set(names))
        return _replaced(_replaced(minutes, _spellings(names), _WORDED), parts, _MODEL_WORDED)
    return _replaced(minutes, _spellings(names), _WORDED)


def _spellings(names: Names) -> dict[str, str]:
    capitals = {name[:1].upper() + name[1:]: label for name, label in names.items()}
    # The longest first: "Ana Duarte" is not "Ana" and somebody else.
    return dict(sorted({**capitals, **names}.items(), key=lambda one: -len(one[0])))


def _parts(names: Names, others: set[str]) -> dict[str, str]:
    borne = {word for other in others for word in _WORD.findall(other)}
    return {
        word: label
        for name, label in names.items()
        for word in _WORD.findall(name)
        if word != name and len(word) >= _SHORTEST_PART and word[0].isupper() and word not in borne
    }


def _own_actions(document: Any, names: Names) -> Any:
    """Who is to do something that they say themselves is who speaks, by whatever part of the name."""
    if isinstance(document, list):
        return [_own_actions(one, names) for one in document]
    if not isinstance(document, dict):
        return document
    after = {key: _own_actions(value, names) for key, value in document.items()}
    who = document.get("who")
    if isinstance(who, str):
        called = set(_WORD.findall(who.casefold()))
        for name in {*_speakers(document)} & names.keys():
            if called and called <= set(_WORD.findall(name.casefold())):
                after["who"] = names[name]
    return after


def _speakers(document: Any) -> Iterator[str]:
    if isinstance(document, list):
        for one in document:
            yield from _speakers(one)
    elif isinstance(document, dict):
        for key, value in document.items():
            if key == "speaker" and isinstance(value, str):
                yield value
            else:
                yield from _speakers(value)


def _replaced(document: Any, words: Names, under: frozenset[str], key: str = "") -> Any:
    """With labels for `words` in all strings that stand under one of these keys."""
    if isinstance(document, dict):
        return {inner: _replaced(value, words, under, inner) for inner, value in document.items()}
    if isinstance(document, list):
        return [_replaced(one, words, under, key) for one in document]
    if key in under and isinstance(document, str):
        for word, label in words.items():
            document = re.sub(rf"(?<!\w){re.escape(word)}(?!\w)", label, document)
    return document
