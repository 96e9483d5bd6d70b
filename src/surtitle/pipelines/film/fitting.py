"""What was asked for against what an engine can draw: fitted and told, or refused. Pure."""

import math
from collections.abc import Iterator
from dataclasses import dataclass

from surtitle.domain.film_wishes import picture_size, pictures_of
from surtitle.domain.films import FilmRules
from surtitle.domain.options import FilmJobOptions
from surtitle.errors import Invalid

_USUAL_FRAMES_PER_SECOND = 30
# Times are asked for in whole or half seconds; less than a frame is no difference.
_SAME_SECONDS = 0.05


@dataclass(frozen=True, slots=True)
class Fitted:
    """What is drawn, and what a person must be told of how it differs from their wish."""

    width: int
    height: int
    frames_per_second: int
    warnings: tuple[str, ...] = ()


def fitted(options: FilmJobOptions, rules: FilmRules, largest: str) -> Fitted:
    """The picture for `options`; `largest` is the resolution that the installation allows.

    Raises `Invalid` for what cannot be fitted: a resolution above that, a film longer than the engine draws.
    """
    _require_resolution(options, largest)
    if options.duration_seconds is not None and options.duration_seconds > rules.longest_seconds:
        raise Invalid(
            f"The engine {options.engine!r} draws {rules.longest_seconds:g} s at most, and "
            f"{options.duration_seconds:g} s were asked for. Ask for less, or for another engine.",
            field="options.duration_seconds",
        )
    width, height = _size(*picture_size(options), rules)
    rate = _rate(options.fps, rules)
    return Fitted(width, height, rate, tuple(_told(options, rules, (width, height), rate)))


def fitted_seconds(seconds: float, frames_per_second: int, rules: FilmRules) -> float:
    """The length to draw for a film of `seconds`: whole frames, as many as the engine can count to, and no
    longer than it draws.
    """
    longest = int(rules.longest_seconds * frames_per_second)
    frames = min(max(1, math.ceil(round(seconds * frames_per_second, 3))), longest)
    groups = max(0, math.ceil((frames - rules.frame_offset) / rules.frame_step))
    counted = groups * rules.frame_step + rules.frame_offset
    if counted > longest:
        counted -= rules.frame_step
    return max(counted, rules.frame_offset, 1) / frames_per_second


def repeats(seconds: float, drawn_seconds: float) -> bool:
    """Whether a picture of `drawn_seconds` has to begin anew to last `seconds`."""
    return drawn_seconds < seconds - max(1.0, _SAME_SECONDS)


def require_drawn_whole(told: str, seconds: float, engine: str, rules: FilmRules, *, field: str) -> None:
    """A picture that shows what is said while it is said cannot begin anew. `told`: what lasts `seconds`.
    Raises `Invalid`.
    """
    if rules.draws_captions and repeats(seconds, rules.longest_seconds):
        raise Invalid(
            f"{told} {seconds:.0f} s, and the engine {engine!r} draws {rules.longest_seconds:g} s at most. "
            "Make it in parts.",
            field=field,
        )


def _require_resolution(options: FilmJobOptions, largest: str) -> None:
    if int(options.resolution[:-1]) > int(largest[:-1]):
        raise Invalid(
            f"This installation makes films up to {largest}, and {options.resolution} was asked for. "
            "An administrator allows more with SURTITLE_FILMS__LARGEST.",
            field="options.resolution",
        )


def _size(width: int, height: int, rules: FilmRules) -> tuple[int, int]:
    scale = min(1.0, math.sqrt(rules.most_pixels / (width * height)))
    step = rules.size_step
    across, down = (max(step, round(side * scale / step) * step) for side in (width, height))
    while across * down > rules.most_pixels and max(across, down) > step:
        # Rounding up may have passed the limit again: the longer side gives way.
        across, down = (across - step, down) if across >= down else (across, down - step)
    return across, down


def _rate(wished: int | None, rules: FilmRules) -> int:
    wanted = wished or _USUAL_FRAMES_PER_SECOND
    if not rules.frames_per_second:
        return wanted
    return min(rules.frames_per_second, key=lambda rate: (abs(rate - wanted), -rate))


def _told(options: FilmJobOptions, rules: FilmRules, size: tuple[int, int], rate: int) -> Iterator[str]:
    engine = options.engine
    if size != picture_size(options):
        wished = "x".join(map(str, picture_size(options)))
        yield f"The engine {engine!r} cannot draw {wished}; the film is {size[0]}x{size[1]}."
    if options.fps is not None and options.fps != rate:
        yield f"The engine {engine!r} draws {rate} frames a second, not {options.fps}."
    count = len(pictures_of(options))
    if count > rules.uses_pictures:
        shown = "none" if not rules.uses_pictures else f"the first {rules.uses_pictures}"
        yield f"Of {count} picture(s), the engine {engine!r} shows {shown}."
