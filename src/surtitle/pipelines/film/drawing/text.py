"""Text set in lines, ready to be drawn word by word."""

from collections import Counter, OrderedDict
from collections.abc import Sequence
from dataclasses import dataclass
from itertools import pairwise
from typing import NamedTuple

import skia

from surtitle.pipelines.film.drawing.bidi import is_right_to_left, visual_order
from surtitle.pipelines.film.drawing.breaking import Atom, Strip, atoms_of, broken
from surtitle.pipelines.film.drawing.colours import Colour, argb
from surtitle.pipelines.film.drawing.fonts import Face, FontShelf

CAP_HEIGHT = 0.71
"""Of our typefaces, as a share of the size."""

_SMALLER = 0.94
# So much smaller a text may be, so that no word stands alone.
_WORTH = 0.78
_SHORT_LINE = 0.7
_KEPT_PARAGRAPHS = 600
_ENDLESS = 1e6
# A right-to-left embedding (UAX #9): the paragraphs themselves run to the right.
_FROM_RIGHT, _END = "\u202b", "\u202c"


class Shaped(NamedTuple):
    """A run of text as Skia laid it out. `ascent` is from its top to the line that letters stand on."""

    paragraph: skia.textlayout.Paragraph
    width: float
    ascent: float

    def draw(self, canvas: skia.Canvas, x: float, baseline: float) -> None:
        self.paragraph.paint(canvas, x, baseline - self.ascent)


@dataclass(frozen=True, slots=True)
class Setting:
    """How a text is to be set. Sizes in pixels, `leading` and `tracking` in shares of the size, `word_space`
    in those of the usual one.
    """

    face: Face
    largest: float
    smallest: float
    most_lines: int = 4
    leading: float = 1.2
    tracking: float = 0.0
    word_space: float = 1.0
    centred: bool = False


@dataclass(frozen=True, slots=True)
class Placed:
    """A word of a block: `x` from the left of the block, `order` as it is read."""

    text: str
    x: float
    width: float
    line: int
    order: int


@dataclass(frozen=True, slots=True)
class Block:
    """Text in lines. Its height is what the eye sees: from the first line's capitals to the last baseline."""

    words: tuple[Placed, ...]
    face: Face
    size: float
    leading: float
    tracking: float
    width: float
    line_count: int
    right_to_left: bool

    @property
    def line_height(self) -> float:
        return self.size * self.leading

    @property
    def height(self) -> float:
        return self.size * CAP_HEIGHT + (self.line_count - 1) * self.line_height

    @property
    def is_flawed(self) -> bool:
        """Whether a short word stands alone on a line, though there are words to spare."""
        counts = Counter(word.line for word in self.words)
        alone = (word for word in self.words if counts[word.line] == 1)
        spare = len(self.words) > self.line_count > 1
        return spare and any(word.width < self.width * _SHORT_LINE for word in alone)

    def baseline(self, line: int) -> float:
        """From the top of the block."""
        return self.size * CAP_HEIGHT + line * self.line_height


class Typesetter:
    """Sets and shapes text with the typefaces of a shelf."""

    def __init__(self, shelf: FontShelf, language: str) -> None:
        self.shelf = shelf
        self._language = language
        self._fonts = skia.textlayout.FontCollection()
        self._fonts.setDefaultFontManager(shelf.provider)
        self._unicode = skia.Unicodes.ICU.Make()
        self._kept: OrderedDict[tuple[object, ...], Shaped] = OrderedDict()

    def shaped(
        self,
        text: str,
        face: Face,
        size: float,
        colour: Colour,
        *,
        alpha: float = 1.0,
        outline: float = 0.0,
        tracking: float = 0.0,
    ) -> Shaped:
        """`text` on one line; with `outline` only its contour, so wide."""
        key = (text, face, size, colour, alpha, outline, tracking)
        if key not in self._kept:
            paint = skia.Paint(AntiAlias=True, Color=argb(colour, alpha))
            if outline:
                paint.setStyle(skia.Paint.kStroke_Style)
                paint.setStrokeWidth(outline)
                paint.setStrokeJoin(skia.Paint.kRound_Join)
            self._kept[key] = self._lay_out(text, face, size, paint, tracking)
            if len(self._kept) > _KEPT_PARAGRAPHS:
                self._kept.popitem(last=False)
        self._kept.move_to_end(key)
        return self._kept[key]

    def width(self, text: str, face: Face, size: float, tracking: float = 0.0) -> float:
        return self.shaped(text, face, size, Colour(0, 0, 0), tracking=tracking).width

    def space(self, face: Face, size: float, tracking: float = 0.0) -> float:
        both = self.width("n n", face, size, tracking)
        return both - 2 * self.width("n", face, size, tracking)

    def set(self, text: str, setting: Setting, width: float, height: float = _ENDLESS) -> Block:
        """`text` as large as it fits into the room, in at most `most_lines`.

        A little smaller where that spares a word alone on its line. What does not fit at the smallest size
        either goes on below, or is cut where a word is too wide.
        """
        atoms, size, first = atoms_of(text), setting.largest, None
        while True:
            block = self._set_at(atoms, setting, size, width)
            if block and block.line_count <= setting.most_lines and block.height <= height:
                first = first or block
                if not block.is_flawed or size < first.size * _WORTH:
                    return first if block.is_flawed else block
            if size <= setting.smallest:
                cut = self._cut(text, setting, size, width)
                return first or block or self._set_at(cut, setting, size, width) or _EMPTY
            size = max(setting.smallest, size * _SMALLER)

    def _set_at(self, atoms: Sequence[Atom], setting: Setting, size: float, width: float) -> Block | None:
        tracking = setting.tracking * size
        widths = [self.width(atom.text, setting.face, size, tracking) for atom in atoms]
        space = self.space(setting.face, size, tracking) * setting.word_space
        strip = Strip(atoms, widths, space)
        lines = broken(strip, width, self._language) if atoms else []
        if lines is None:
            return None
        right_to_left = is_right_to_left(" ".join(atom.text for atom in atoms))
        widest = max((strip.width(*line) for line in lines), default=0.0)
        placed: list[Placed] = []
        for number, (start, end) in enumerate(lines):
            spare = widest - strip.width(start, end)
            x = spare / 2 if setting.centred else spare if right_to_left else 0.0
            row = row_of(strip, start, end, right_to_left=right_to_left)
            placed += [Placed(atoms[n].text, x + at, widths[n], number, n) for n, at in row]
        placed.sort(key=lambda word: word.order)
        return Block(
            tuple(placed), setting.face, size, setting.leading, tracking, widest, len(lines), right_to_left
        )

    def _cut(self, text: str, setting: Setting, size: float, width: float) -> list[Atom]:
        """Words too wide for the room, cut to pieces that fit."""
        atoms: list[Atom] = []
        for atom in atoms_of(text):
            pieces = [""]
            for character in atom.text:
                if pieces[-1] and self.width(pieces[-1] + character, setting.face, size) > width:
                    pieces.append("")
                pieces[-1] += character
            atoms += [Atom(piece, glued=atom.glued or place > 0) for place, piece in enumerate(pieces)]
        return atoms

    def _lay_out(self, text: str, face: Face, size: float, paint: skia.Paint, tracking: float) -> Shaped:
        style = skia.textlayout.TextStyle()
        style.setFontFamilies(self.shelf.families(face, text))
        style.setFontSize(size)
        style.setForegroundPaint(paint)
        style.setLetterSpacing(tracking)
        whole = skia.textlayout.ParagraphStyle()
        whole.setTextStyle(style)
        builder = skia.textlayout.ParagraphBuilder.make(whole, self._fonts, self._unicode)
        builder.pushStyle(style)
        # Or the full stop of a word that runs to the left would stand on its right.
        builder.addText(f"{_FROM_RIGHT}{text}{_END}" if is_right_to_left(text) else text)
        paragraph = builder.Build()
        paragraph.layout(_ENDLESS)
        return Shaped(paragraph, paragraph.MaxIntrinsicWidth, paragraph.AlphabeticBaseline)


_EMPTY = Block((), Face.BODY, 1.0, 1.2, 0.0, 0.0, 0, right_to_left=False)


def row_of(strip: Strip, start: int, end: int, *, right_to_left: bool) -> list[tuple[int, float]]:
    """The atoms of a line as they stand from left to right: which one, and its place."""
    order = visual_order([atom.text for atom in strip.atoms[start:end]], right_to_left=right_to_left)
    row: list[tuple[int, float]] = []
    x = 0.0
    for here, following in pairwise([*order, order[-1]]):
        row.append((start + here, x))
        # The later one of two neighbours says whether a space parts them.
        is_glued = strip.atoms[start + max(here, following)].glued
        x += strip.widths[start + here] + (0.0 if is_glued else strip.space)
    return row
