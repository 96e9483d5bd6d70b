"""The audiogram as a moving picture. What stands still is drawn once; each frame redraws what moves."""

import numpy as np
import skia

from surtitle.domain.films import FilmRequest
from surtitle.pipelines.film.audiogram.cover import OwnCover, draw_cover, draw_picture
from surtitle.pipelines.film.audiogram.levels import Levels, SoundLevels
from surtitle.pipelines.film.audiogram.plan import plan_for
from surtitle.pipelines.film.audiogram.speakers import SpeakerSign
from surtitle.pipelines.film.drawing.canvas import Sheet
from surtitle.pipelines.film.drawing.captions import CaptionTrack
from surtitle.pipelines.film.drawing.colours import argb
from surtitle.pipelines.film.drawing.fonts import Face
from surtitle.pipelines.film.drawing.lettering import draw_block
from surtitle.pipelines.film.drawing.pictures import draw_logo, opened_picture
from surtitle.pipelines.film.drawing.stage import Box, Stage
from surtitle.pipelines.film.drawing.text import CAP_HEIGHT, Block, Setting, Typesetter
from surtitle.pipelines.film.storyboard.looks import Look


class Panel:
    """Draws the frames of an audiogram in the order of time."""

    def __init__(
        self, request: FilmRequest, stage: Stage, setter: Typesetter, look: Look, levels: SoundLevels
    ) -> None:
        self._request, self._stage, self._setter, self._look = request, stage, setter, look
        self._plan = plan_for(stage)
        self._levels = levels
        self._speaker = SpeakerSign(request, setter, look)
        self._title = self._set_title()
        self._captions = self._caption_track()
        self._ground = Sheet(stage.width, stage.height)
        self._draw_ground()
        # One sheet goes on from frame to frame: of a picture that hardly moves, little is drawn anew.
        self._current = Sheet(stage.width, stage.height)
        np.copyto(self._current.pixels, self._ground.pixels)
        self._shown: dict[str, tuple[object, ...]] = {}

    def draw(self, sheet: Sheet, frame: int) -> None:
        seconds = frame / self._request.frames_per_second
        self._draw_bars(self._levels.at(frame))
        self._draw_progress(seconds)
        self._draw_speaker(seconds)
        self._draw_captions(seconds)
        np.copyto(sheet.pixels, self._current.pixels)

    # -- what stands still ------------------------------------------------------------------------------

    def _draw_ground(self) -> None:
        canvas, plan = self._ground.canvas, self._plan
        self._look.backdrop(self._stage).draw(canvas, 0.0)
        pictures = self._request.pictures
        if pictures:
            draw_cover(canvas, plan.cover, lambda room: draw_picture(canvas, room, pictures[0]))
        else:
            own = OwnCover(self._request.title, self._look.accent, self._setter)
            draw_cover(canvas, plan.cover, lambda room: own.draw(canvas, room))
        x, y = self._title_place()
        draw_block(canvas, self._setter, self._title, (x, y), self._look.text)
        if self._request.brand.logo is not None:
            draw_logo(canvas, opened_picture(self._request.brand.logo), self._stage.logo)
        _pill(canvas, plan.line, argb(self._look.text, 0.2))

    def _set_title(self) -> Block:
        unit, plan = self._stage.unit, self._plan
        setting = Setting(
            Face.DISPLAY,
            (92 if self._stage.is_wide else 76) * unit,
            38 * unit,
            most_lines=2,
            leading=1.14,
            tracking=-0.01,
            centred=plan.title_centred,
        )
        return self._setter.set(self._request.title, setting, plan.title.width, plan.title.height * 0.62)

    def _title_place(self) -> tuple[float, float]:
        plan, title = self._plan, self._title
        sign = self._speaker.height + 48 * self._stage.unit if self._speaker.is_needed else 0.0
        y = plan.title.top if plan.title_centred else plan.title.centre - (title.height + sign) / 2
        if plan.title_centred:
            return plan.title.middle - title.width / 2, y
        return plan.title.right - title.width if title.right_to_left else plan.title.left, y

    def _caption_track(self) -> CaptionTrack | None:
        request = self._request
        if request.captions is None or not request.words:
            return None
        return CaptionTrack(
            request.words,
            request.captions,
            self._stage,
            self._setter,
            request.language,
            room=self._plan.captions,
            larger=1.0 if self._stage.is_upright else 1.35,
        )

    # -- what moves -------------------------------------------------------------------------------------

    def _renewed(self, name: str, state: tuple[object, ...], room: Box) -> bool:
        """Whether what is shown in `room` changes; its ground is then laid bare."""
        if self._shown.get(name) == state:
            return False
        self._shown[name] = state
        left, right = max(0, int(room.left)), min(self._stage.width, int(room.right) + 1)
        top, bottom = max(0, int(room.top)), min(self._stage.height, int(room.bottom) + 1)
        self._current.pixels[top:bottom, left:right] = self._ground.pixels[top:bottom, left:right]
        return True

    def _draw_bars(self, levels: Levels) -> None:
        room = self._plan.bars_room
        # Half a pixel is the least that is seen.
        heights = (np.round(levels * room.height * 2) / 2).astype(np.float32)
        if not self._renewed("bars", tuple(heights.tolist()), room):
            return
        pitch = room.width / self._plan.bars
        paint = skia.Paint(AntiAlias=True, Color=argb(self._look.accent))
        width = max(2.0, pitch * 0.56)
        for number, height in enumerate(_mirrored(heights)):
            tall = max(width, float(height))
            left = room.left + number * pitch + (pitch - width) / 2
            bar = skia.Rect.MakeXYWH(left, room.centre - tall / 2, width, tall)
            self._current.canvas.drawRoundRect(bar, width / 2, width / 2, paint)

    def _draw_progress(self, seconds: float) -> None:
        plan, unit = self._plan, self._stage.unit
        length = self._request.duration_seconds
        reach = plan.line.width * min(1.0, seconds / length)
        radius = 11 * unit
        room = Box(
            plan.line.left - radius,
            plan.line.centre - radius,
            plan.line.right + radius,
            plan.times + 24 * unit,
        )
        state = (round(reach * 2), int(seconds))
        if not self._renewed("progress", state, room):
            return
        canvas = self._current.canvas
        if reach > plan.line.height:
            done = Box(plan.line.left, plan.line.top, plan.line.left + reach, plan.line.bottom)
            _pill(canvas, done, argb(self._look.accent))
        knob = skia.Paint(AntiAlias=True, Color=argb(self._look.text))
        canvas.drawCircle(plan.line.left + reach, plan.line.centre, radius, knob)
        self._draw_times(canvas, seconds, length)

    def _draw_times(self, canvas: skia.Canvas, seconds: float, length: float) -> None:
        size = 24 * self._stage.unit
        baseline = self._plan.times + size * CAP_HEIGHT / 2
        for text, at_right in ((clock(seconds), False), (clock(length), True)):
            shaped = self._setter.shaped(text, Face.BODY, size, self._look.muted)
            x = self._plan.line.right - shaped.width if at_right else self._plan.line.left
            shaped.draw(canvas, x, baseline)

    def _draw_speaker(self, seconds: float) -> None:
        if not self._speaker.is_needed:
            return
        title, unit = self._plan.title, self._stage.unit
        top = self._title_place()[1] + self._title.height + 48 * unit
        room = Box(title.left, top, title.right, top + self._speaker.height)
        name = self._speaker.at(seconds)
        if self._renewed("speaker", (name,), room) and name:
            self._speaker.draw(self._current.canvas, name, room, centred=self._plan.title_centred)

    def _draw_captions(self, seconds: float) -> None:
        if self._captions is None:
            return
        room = self._plan.captions.inset(-12 * self._stage.unit, -4 * self._stage.unit)
        if self._renewed("captions", self._captions.state(seconds), room):
            self._captions.draw(self._current.canvas, seconds, (self._look.ground,))


def clock(seconds: float) -> str:
    """12:05, or 1:02:05 from an hour on."""
    minutes, rest = divmod(int(seconds), 60)
    hours, minutes = divmod(minutes, 60)
    return f"{hours}:{minutes:02}:{rest:02}" if hours else f"{minutes}:{rest:02}"


def _mirrored(values: Levels) -> list[float]:
    """Low pitches in the middle, high ones towards both sides: speech then swells from the middle."""
    size = len(values)
    spread = [0.0] * size
    for number, value in enumerate(values):
        step = (number + 1) // 2
        spread[size // 2 + (-step if number % 2 else step)] = float(value)
    return spread


def _pill(canvas: skia.Canvas, box: Box, colour: int) -> None:
    radius = min(box.width, box.height) / 2
    shape = skia.Rect.MakeLTRB(box.left, box.top, box.right, box.bottom)
    canvas.drawRoundRect(shape, radius, radius, skia.Paint(AntiAlias=True, Color=colour))
