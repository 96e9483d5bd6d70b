"""Captions in the picture: what is said, page by page, with the word that is being said lit."""

from collections.abc import Sequence

import skia

from surtitle.domain.options import CaptionStyle
from surtitle.domain.transcript import Word
from surtitle.pipelines.film.drawing.caption_pages import CaptionPages, Page, ShownWord
from surtitle.pipelines.film.drawing.colours import (
    TEXT_CONTRAST,
    Colour,
    argb,
    contrast,
    opacity,
    parse,
    readable_on,
)
from surtitle.pipelines.film.drawing.easing import between, ease_out, progress
from surtitle.pipelines.film.drawing.fonts import Face
from surtitle.pipelines.film.drawing.stage import Box, Stage
from surtitle.pipelines.film.drawing.text import CAP_HEIGHT, Typesetter

_LEADING = 1.36
_SLIDE_SECONDS = 0.1
_CLEAR_CONTRAST, _CALM = 7.0, 0.5
_PLATE = "#160E2ECC"
# The size of a style is that of a line, as libass counts it; letters take this share of it.
_LETTERS_SHARE = 0.83
# About 18 letters are to fit on a line, however narrow the picture is.
_FEWEST_SIZES_A_LINE = 10.5


class CaptionTrack:
    """All captions of a film. They lie in `room`, or where the style puts them on the stage.

    With `room` they stand in its middle and are `larger` than the style says: nothing else is to be read.
    """

    def __init__(
        self,
        words: Sequence[Word],
        style: CaptionStyle,
        stage: Stage,
        setter: Typesetter,
        language: str,
        *,
        breaks: Sequence[float] = (),
        room: Box | None = None,
        larger: float = 1.0,
    ) -> None:
        self._style, self._setter = style, setter
        self._room = room or _room(stage, style)
        self._position = "middle" if room else style.position
        wanted = stage.height * style.size_percent / 100 * _LETTERS_SHARE * larger
        self._size = min(wanted, self._room.width / _FEWEST_SIZES_A_LINE)
        self._layer = _whole(self._room, self._size, stage)
        self._kept: tuple[object, skia.Image] | None = None
        self._pages = CaptionPages(words, setter, language, self._size, self._room.width, breaks=breaks)
        self._colour, self._lit = parse(style.colour), parse(style.karaoke_colour)
        self._on_lit = readable_on(self._lit)
        self._outline = 2 * self._size * style.outline_percent / style.size_percent / _LETTERS_SHARE

    def state(self, seconds: float) -> tuple[object, ...]:
        """Equal for moments at which the same is to be seen."""
        page = self._pages.at(seconds)
        if page is None:
            return ()
        lit = page.lit_at(seconds) if self._style.karaoke else None
        slides = lit is not None and seconds - page.words[lit].word.start_seconds < _SLIDE_SECONDS
        return (page.start_seconds, lit, seconds if slides else None)

    def draw(self, canvas: skia.Canvas, seconds: float, grounds: Sequence[Colour]) -> None:
        """`grounds` are about the colours that lie below: a plate is drawn where the text needs one."""
        state = self.state(seconds)
        if not state:
            return
        if state[-1] is not None:
            self._draw(canvas, seconds, grounds)
            return
        # Between two words nothing moves: what was drawn once is laid on every frame until the next.
        key = (state, tuple(grounds))
        if self._kept is None or self._kept[0] != key:
            layer = skia.Surface(round(self._layer.width), round(self._layer.height))
            layer.getCanvas().translate(-self._layer.left, -self._layer.top)
            self._draw(layer.getCanvas(), seconds, grounds)
            self._kept = (key, layer.makeImageSnapshot())
        canvas.drawImage(self._kept[1], self._layer.left, self._layer.top)

    def _draw(self, canvas: skia.Canvas, seconds: float, grounds: Sequence[Colour]) -> None:
        page = self._pages.at(seconds)
        assert page is not None
        clear = min(contrast(self._colour, ground) for ground in grounds)
        plated = self._style.box or clear < TEXT_CONTRAST
        if plated:
            self._draw_plate(canvas, page)
        lit = page.lit_at(seconds) if self._style.karaoke else None
        if not plated and self._outline:
            # On a ground that is clear of itself the whole outline would only be heavy.
            width = self._outline * (_CALM if clear >= _CLEAR_CONTRAST else 1.0)
            self._draw_outlines(canvas, page, width)
        for shown in page.words:
            self._draw_word(canvas, page, shown, self._colour)
        if lit is not None:
            self._draw_light(canvas, page, lit, seconds)

    def _top(self, page: Page) -> float:
        """The last line keeps its place, whether there is one above it or not."""
        height = len(page.line_widths) * self._line_height
        match self._position:
            case "bottom":
                return self._room.bottom - height
            case "top":
                return self._room.top
            case _:
                return self._room.centre - height / 2

    def _place(self, page: Page, shown: ShownWord) -> tuple[float, float]:
        """Left and baseline of a word."""
        line = self._top(page) + shown.line * self._line_height
        left = self._room.middle - page.line_widths[shown.line] / 2 + shown.x
        return left, line + (self._line_height + self._size * CAP_HEIGHT) / 2

    def _draw_plate(self, canvas: skia.Canvas, page: Page) -> None:
        colour = self._style.box_colour if self._style.box else _PLATE
        height = len(page.line_widths) * self._line_height
        half = max(page.line_widths) / 2 + self._size * 0.5
        top, middle = self._top(page), self._room.middle
        shape = skia.Rect.MakeLTRB(
            middle - half, top - self._size * 0.08, middle + half, top + height + self._size * 0.08
        )
        paint = skia.Paint(AntiAlias=True, Color=argb(parse(colour), opacity(colour)))
        canvas.drawRoundRect(shape, self._size * 0.34, self._size * 0.34, paint)

    def _draw_light(self, canvas: skia.Canvas, page: Page, lit: int, seconds: float) -> None:
        """The light slides from word to word on a line, and jumps to the next one."""
        shown = page.words[lit]
        left, baseline = self._place(page, shown)
        right = left + shown.width
        before = page.words[lit - 1] if lit else None
        if before is not None and before.line == shown.line:
            slid = ease_out(progress(seconds, shown.word.start_seconds, _SLIDE_SECONDS))
            was_left, _ = self._place(page, before)
            left, right = between(was_left, left, slid), between(was_left + before.width, right, slid)
        side = min(self._size * 0.16, self._pages.space * 0.4)
        top = baseline - self._size * (CAP_HEIGHT + 0.24)
        shape = skia.Rect.MakeLTRB(left - side, top, right + side, baseline + self._size * 0.27)
        radius = self._size * 0.18
        canvas.save()
        # Letters change their colour exactly at the edge of the light.
        canvas.clipRRect(skia.RRect.MakeRectXY(shape, radius, radius), doAntiAlias=True)
        canvas.drawPaint(skia.Paint(Color=argb(self._lit)))
        for word in page.words[max(0, lit - 1) : lit + 1]:
            self._draw_word(canvas, page, word, self._on_lit)
        canvas.restore()

    def _draw_outlines(self, canvas: skia.Canvas, page: Page, width: float) -> None:
        """Below all words, so that none's outline lies on its neighbour."""
        colour = parse(self._style.outline_colour)
        for shown in page.words:
            left, baseline = self._place(page, shown)
            shaped = self._setter.shaped(
                shown.word.text, Face.CAPTION, self._squeezed(shown), colour, outline=width
            )
            shaped.draw(canvas, left, baseline)

    def _draw_word(self, canvas: skia.Canvas, page: Page, shown: ShownWord, colour: Colour) -> None:
        left, baseline = self._place(page, shown)
        shaped = self._setter.shaped(shown.word.text, Face.CAPTION, self._squeezed(shown), colour)
        shaped.draw(canvas, left, baseline)

    def _squeezed(self, shown: ShownWord) -> float:
        natural = self._pages.natural_width(shown.word.text)
        return self._size * min(1.0, shown.width / natural) if natural else self._size

    @property
    def _line_height(self) -> float:
        return self._size * _LEADING


def _room(stage: Stage, style: CaptionStyle) -> Box:
    below, above = stage.captions, stage.content
    match style.position:
        case "bottom":
            return below
        case "top":
            return Box(below.left, above.top, below.right, above.top + below.height)
        case "middle":
            return Box(below.left, above.top, below.right, below.bottom)


def _whole(room: Box, size: float, stage: Stage) -> Box:
    """`room` with what reaches over its edges, in whole pixels: a layer is then copied, not blurred."""
    left, right = max(0, round(room.left - size)), min(stage.width, round(room.right + size))
    top, bottom = max(0, round(room.top - 2 * size)), min(stage.height, round(room.bottom + size))
    return Box(left, top, right, bottom)
