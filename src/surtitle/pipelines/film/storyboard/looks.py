"""The colours of a film: three looks that take turns, from a brand's colours or ours.

Our own are ink, paper and sun: deep violet with coloured light, warm white, and the accent from edge to edge.
"""

from dataclasses import dataclass

from surtitle.domain.films import Brand
from surtitle.pipelines.film.drawing.backdrops import Backdrop, Glow
from surtitle.pipelines.film.drawing.colours import (
    INK,
    PAPER,
    TEXT_CONTRAST,
    WHITE,
    Colour,
    contrast,
    luminance,
    mixed,
    parse,
    readable_on,
    told_apart,
)
from surtitle.pipelines.film.drawing.stage import Stage

SUN = Colour(255, 202, 58)
_VIOLET, _MAGENTA, _BLUE, _CORAL = (
    Colour(92, 52, 226),
    Colour(206, 44, 130),
    Colour(16, 104, 178),
    Colour(255, 122, 74),
)
# What is only accent says nothing by itself: it need not stand out as text must, but it must be seen.
_SEEN = 1.25
_LILAC = Colour(226, 214, 255)
_PEACH = Colour(255, 226, 196)


@dataclass(frozen=True, slots=True)
class Look:
    """Colours that go together. `ornament` is faint, for shapes that say nothing."""

    ground: Colour
    text: Colour
    muted: Colour
    accent: Colour
    on_accent: Colour
    ornament: Colour
    glows: tuple[Glow, ...]
    shade: float = 0.0

    def backdrop(self, stage: Stage) -> Backdrop:
        return Backdrop(stage, self.ground, self.glows, shade=self.shade)


@dataclass(frozen=True, slots=True)
class Looks:
    """`deep` for titles and statements, `bright` for lists and quotes, `loud` for numbers."""

    deep: Look
    bright: Look
    loud: Look
    warnings: tuple[str, ...] = ()


def looks_for(brand: Brand) -> Looks:
    """A brand's colours where it names them; what could not be read on its ground is changed, and said."""
    warnings: list[str] = []
    accent = parse(brand.accent) if brand.accent else SUN
    if brand.background is None:
        deep = _look(INK, _text(brand, INK, warnings), accent, _night(), shade=0.35)
        bright = _look(PAPER, INK, accent if brand.accent else _VIOLET, _dawn())
    else:
        ground = parse(brand.background)
        text = _text(brand, ground, warnings)
        deep = _look(ground, text, accent, _branded(ground, accent))
        lifted = mixed(ground, text, 0.07)
        bright = _look(lifted, text, accent, _branded(lifted, accent))
    if brand.accent and contrast(accent, deep.ground) < _SEEN:
        warnings.append(f"The accent {brand.accent} is hardly seen on its background; it was made clearer.")
    loud = _look(accent, readable_on(accent), readable_on(accent), _sunny(accent))
    return Looks(deep, bright, loud, tuple(warnings))


def _look(
    ground: Colour, text: Colour, accent: Colour, glows: tuple[Glow, ...], *, shade: float = 0.0
) -> Look:
    clear = told_apart(accent, ground, _SEEN)
    return Look(
        ground=ground,
        text=text,
        muted=told_apart(mixed(text, ground, 0.28), ground, TEXT_CONTRAST),
        accent=clear,
        on_accent=readable_on(clear),
        ornament=mixed(ground, clear if luminance(ground) > 0.4 else _LILAC, 0.2),  # noqa: PLR2004
        glows=glows,
        shade=shade,
    )


def _text(brand: Brand, ground: Colour, warnings: list[str]) -> Colour:
    if brand.text is None:
        return readable_on(ground)
    text = parse(brand.text)
    if contrast(text, ground) >= TEXT_CONTRAST:
        return text
    better = readable_on(ground)
    warnings.append(
        f"Text in {brand.text} cannot be read on its background; it is drawn in "
        f"{'white' if better == WHITE else 'a dark ink'}."
    )
    return better


def _night() -> tuple[Glow, ...]:
    return (
        Glow(0.10, 0.05, 0.85, _VIOLET, 0.62),
        Glow(0.95, 0.15, 0.60, _MAGENTA, 0.50),
        Glow(0.85, 1.00, 0.80, _BLUE, 0.55),
    )


def _dawn() -> tuple[Glow, ...]:
    return (Glow(0.95, 0.0, 0.7, _PEACH, 0.8), Glow(0.0, 1.0, 0.8, _LILAC, 0.85))


def _sunny(accent: Colour) -> tuple[Glow, ...]:
    warm = _CORAL if accent == SUN else mixed(accent, WHITE, 0.25)
    return (Glow(1.0, 0.9, 0.8, warm, 0.75), Glow(0.0, 0.0, 0.6, mixed(accent, WHITE, 0.4), 0.6))


def _branded(ground: Colour, accent: Colour) -> tuple[Glow, ...]:
    return (
        Glow(0.05, 0.0, 0.8, mixed(ground, WHITE, 0.16), 0.8),
        Glow(1.0, 0.95, 0.75, mixed(ground, accent, 0.32), 0.8),
    )
