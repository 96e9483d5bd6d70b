"""Who is speaking, by name, on a small sign under the title."""

from bisect import bisect_right

import skia

from surtitle.domain.films import FilmRequest
from surtitle.pipelines.film.drawing.colours import argb
from surtitle.pipelines.film.drawing.fonts import Face
from surtitle.pipelines.film.drawing.stage import Box
from surtitle.pipelines.film.drawing.text import CAP_HEIGHT, Typesetter
from surtitle.pipelines.film.storyboard.looks import Look

_SIZE = 36
_LONGEST_NAME = 40


class SpeakerSign:
    """Nothing where nobody is known by name."""

    def __init__(self, request: FilmRequest, setter: Typesetter, look: Look) -> None:
        self._setter, self._look = setter, look
        self._size = _SIZE * min(request.width, request.height) / 1080
        pairs = zip(request.words, request.speakers, strict=False)
        turns = sorted((word.start_seconds, speaker) for word, speaker in pairs if speaker)
        self._starts = [start for start, _ in turns]
        self._names = [name for _, name in turns]

    @property
    def is_needed(self) -> bool:
        return bool(self._names)

    @property
    def height(self) -> float:
        return self._size * 1.75

    def at(self, seconds: float) -> str | None:
        """Whoever spoke last; before the first word, whoever will."""
        return self._names[max(0, bisect_right(self._starts, seconds) - 1)] if self._names else None

    def draw(self, canvas: skia.Canvas, name: str, room: Box, *, centred: bool) -> None:
        shown = name if len(name) <= _LONGEST_NAME else f"{name[: _LONGEST_NAME - 1]}…"
        text = self._setter.shaped(shown, Face.BODY, self._size, self._look.text)
        dot = self._size * 0.26
        padding = self._size * 0.7
        width = min(room.width, text.width + 2 * padding + 3.2 * dot)
        left = room.middle - width / 2 if centred else room.left
        shape = skia.Rect.MakeLTRB(left, room.top, left + width, room.bottom)
        radius = room.height / 2
        canvas.drawRoundRect(
            shape, radius, radius, skia.Paint(AntiAlias=True, Color=argb(self._look.text, 0.14))
        )
        accent = skia.Paint(AntiAlias=True, Color=argb(self._look.accent))
        canvas.drawCircle(left + padding + dot, room.centre, dot, accent)
        text.draw(canvas, left + padding + 3.2 * dot, room.centre + self._size * CAP_HEIGHT / 2)
