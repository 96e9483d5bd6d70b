"""The picture as a place: its shape, its safe areas, and the measure that everything is sized by."""

from dataclasses import dataclass

_UNIT_SIDE = 1080
_TALL = 0.8
_WIDE = 1.25


@dataclass(frozen=True, slots=True)
class Box:
    """Pixels from the upper left."""

    left: float
    top: float
    right: float
    bottom: float

    @property
    def width(self) -> float:
        return self.right - self.left

    @property
    def height(self) -> float:
        return self.bottom - self.top

    @property
    def middle(self) -> float:
        return (self.left + self.right) / 2

    @property
    def centre(self) -> float:
        return (self.top + self.bottom) / 2

    def inset(self, x: float, y: float) -> "Box":
        return Box(self.left + x, self.top + y, self.right - x, self.bottom - y)


@dataclass(frozen=True, slots=True)
class Stage:
    """A picture of `width` by `height` pixels.

    Nothing that is to be read leaves the inner 90 % (EBU R 95). On upright pictures the lowest fifth and a
    strip at the right stay free too: there the players of phones lay their buttons.
    """

    width: int
    height: int

    @property
    def unit(self) -> float:
        """One pixel of a picture whose shorter side is 1080."""
        return min(self.width, self.height) / _UNIT_SIDE

    @property
    def is_upright(self) -> bool:
        return self.width < self.height * _TALL

    @property
    def is_wide(self) -> bool:
        return self.width > self.height * _WIDE

    @property
    def content(self) -> Box:
        """Where a scene puts what it has to say; captions lie below."""
        if self.is_upright:
            return self._box(0.09, 0.13, 0.90, 0.62)
        if self.is_wide:
            return self._box(0.075, 0.12, 0.925, 0.74)
        return self._box(0.085, 0.12, 0.915, 0.72)

    @property
    def captions(self) -> Box:
        if self.is_upright:
            return self._box(0.09, 0.65, 0.90, 0.79)
        if self.is_wide:
            return self._box(0.12, 0.78, 0.88, 0.945)
        return self._box(0.075, 0.76, 0.925, 0.94)

    @property
    def logo(self) -> Box:
        """The upper right corner. Content keeps clear of it."""
        side = 0.05 * min(self.width, self.height)
        right = self.width * (0.90 if self.is_upright else 0.95)
        top = self.height * 0.06 if self.is_upright else side
        return Box(right - 4 * side, top, right, top + 1.3 * side)

    def _box(self, left: float, top: float, right: float, bottom: float) -> Box:
        return Box(self.width * left, self.height * top, self.width * right, self.height * bottom)
