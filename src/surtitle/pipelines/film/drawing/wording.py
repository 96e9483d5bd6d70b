"""The words of a film without what cannot be drawn. Never boxes: left out and said, or refused."""

import unicodedata
from collections.abc import Callable, Iterable
from dataclasses import replace

from surtitle.domain.films import FilmRequest, Scene, Shot
from surtitle.domain.transcript import Word
from surtitle.pipelines.film.drawing.errors import NoFontForText
from surtitle.pipelines.film.drawing.fonts import FontShelf

_LOST = 1 / 3
_SHOWN = 10


def drawable(request: FilmRequest, shelf: FontShelf) -> tuple[FilmRequest, tuple[str, ...]]:
    """`request` without characters that no font here has, and what is to be said about it.

    Emoji, signs and a foreign word are left out. Raises `NoFontForText` where that would leave too little
    of a heading, a line or what is said.
    """
    texts = list(_texts(request))
    missing = shelf.missing("".join({character for text in texts for character in text}))
    if not missing:
        return request, ()
    if any(_is_lost(text, missing) for text in texts):
        raise NoFontForText(_named(character for character in missing if character.isalpha()))
    said = f"No font here can draw {_named(missing)}; they are left out of the picture."
    return _without(request, lambda text: _cleaned(text, missing)), (said,)


def _is_lost(text: str, missing: set[str]) -> bool:
    letters = [character for character in text if character.isalpha()]
    return sum(character in missing for character in letters) > len(letters) * _LOST


def _texts(request: FilmRequest) -> Iterable[str]:
    yield request.title
    for shot in request.shots:
        yield from (shot.scene.heading, *shot.scene.lines)
    yield " ".join(word.text for word in request.words)
    yield from (speaker for speaker in request.speakers if speaker)


def _without(request: FilmRequest, clean: Callable[[str], str]) -> FilmRequest:
    return replace(
        request,
        title=clean(request.title),
        shots=tuple(_shot(shot, clean) for shot in request.shots),
        words=tuple(_word(word, clean) for word in request.words),
        speakers=tuple(clean(speaker) if speaker else speaker for speaker in request.speakers),
    )


def _shot(shot: Shot, clean: Callable[[str], str]) -> Shot:
    scene: Scene = shot.scene
    lines = tuple(filter(None, map(clean, scene.lines)))
    return replace(shot, scene=replace(scene, heading=clean(scene.heading), lines=lines))


def _word(word: Word, clean: Callable[[str], str]) -> Word:
    """Captions keep every word's place: one that is all emoji becomes empty and takes no room."""
    return replace(word, text=clean(word.text))


def _cleaned(text: str, missing: set[str]) -> str:
    kept = (character for character in text if character not in missing)
    # What joined or coloured an emoji is left without it.
    plain = (c for c in kept if unicodedata.category(c) not in {"Cc", "Cf", "Cn", "Co"} and c != "\ufe0f")
    return " ".join("".join(plain).split())


def _named(characters: Iterable[str]) -> str:
    some = sorted(characters)
    shown = " ".join(f"{character} (U+{ord(character):04X})" for character in some[:_SHOWN])
    return shown + (f" and {len(some) - _SHOWN} more" if len(some) > _SHOWN else "")
