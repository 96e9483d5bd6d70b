"""The storyboard as a moving picture: which scene is seen when, how they change, what lies on top."""

from collections.abc import Callable
from itertools import count

import skia

from surtitle.domain.films import FilmRequest, Scene, Shot, Template
from surtitle.pipelines.film.drawing.backdrops import Backdrop
from surtitle.pipelines.film.drawing.canvas import Sheet
from surtitle.pipelines.film.drawing.captions import CaptionTrack
from surtitle.pipelines.film.drawing.colours import Colour
from surtitle.pipelines.film.drawing.pictures import draw_logo, filling, opened_picture
from surtitle.pipelines.film.drawing.stage import Stage
from surtitle.pipelines.film.drawing.text import Typesetter
from surtitle.pipelines.film.storyboard.listing import ListScene
from surtitle.pipelines.film.storyboard.looks import Look, Looks
from surtitle.pipelines.film.storyboard.moments import line_moments
from surtitle.pipelines.film.storyboard.number import NumberScene
from surtitle.pipelines.film.storyboard.pictured import PictureScene
from surtitle.pipelines.film.storyboard.quote import QuoteScene
from surtitle.pipelines.film.storyboard.scene import DrawnScene, SceneKit
from surtitle.pipelines.film.storyboard.statement import StatementScene
from surtitle.pipelines.film.storyboard.title import TitleScene
from surtitle.pipelines.film.storyboard.transitions import (
    TRANSITION_SECONDS,
    Change,
    fraction_at,
    transition_for,
)

_SCENES: dict[Template, Callable[[SceneKit], DrawnScene]] = {
    Template.TITLE: TitleScene,
    Template.STATEMENT: StatementScene,
    Template.LIST: ListScene,
    Template.QUOTE: QuoteScene,
    Template.NUMBER: NumberScene,
    Template.PICTURE: PictureScene,
}
_PICTURE_SPARE = 1.15


class Board:
    """Draws any frame of a storyboard, quickest in the order of time: two scenes are held at most."""

    def __init__(self, request: FilmRequest, stage: Stage, setter: Typesetter, looks: Looks) -> None:
        self._request, self._stage, self._setter, self._looks = request, stage, setter, looks
        self._shots = request.shots or (_only_shot(request),)
        self._backdrops: dict[int, Backdrop] = {}
        self._scenes: dict[int, DrawnScene] = {}
        self._picture_numbers = _picture_numbers(self._shots)
        self._logo = opened_picture(request.brand.logo) if request.brand.logo else None
        self._captions = (
            CaptionTrack(
                request.words,
                request.captions,
                stage,
                setter,
                request.language,
                breaks=[shot.start_seconds for shot in self._shots],
            )
            if request.captions and request.words
            else None
        )

    def draw(self, sheet: Sheet, frame: int) -> None:
        self.draw_at(sheet.canvas, frame / self._request.frames_per_second)

    def draw_at(self, canvas: skia.Canvas, seconds: float) -> None:
        number = self._number_at(seconds)
        since = seconds - self._shots[number].start_seconds
        changes = number > 0 and since < TRANSITION_SECONDS
        if changes:
            self._draw_change(canvas, number, seconds)
        else:
            self._draw_scene(canvas, number, seconds)
        if self._logo is not None:
            draw_logo(canvas, self._logo, self._stage.logo)
        if self._captions is not None:
            self._captions.draw(canvas, seconds, self._grounds(number, changes=changes))

    def _draw_change(self, canvas: skia.Canvas, number: int, seconds: float) -> None:
        change = Change(
            self._stage,
            old=lambda seen: self._draw_scene(seen, number - 1, seconds),
            new=lambda seen: self._draw_scene(seen, number, seconds),
            colour=self._scene(number).kit.look.accent,
            fraction=fraction_at(seconds - self._shots[number].start_seconds),
        )
        transition_for(number, self._request.seed)(canvas, change)

    def _grounds(self, number: int, *, changes: bool) -> list[Colour]:
        scene = self._scene(number)
        if not changes:
            return [scene.caption_ground]
        return [scene.caption_ground, scene.kit.look.accent, self._scene(number - 1).caption_ground]

    def _draw_scene(self, canvas: skia.Canvas, number: int, seconds: float) -> None:
        self._scene(number).draw(canvas, seconds - self._shots[number].start_seconds)

    def _number_at(self, seconds: float) -> int:
        return next(
            (n for n in range(len(self._shots) - 1, 0, -1) if self._shots[n].start_seconds <= seconds), 0
        )

    def _scene(self, number: int) -> DrawnScene:
        if number not in self._scenes:
            self._scenes = {n: scene for n, scene in self._scenes.items() if abs(n - number) <= 1}
            self._scenes[number] = self._made(number)
        return self._scenes[number]

    def _made(self, number: int) -> DrawnScene:
        shot = self._shots[number]
        template = self._template(shot.scene)
        look = self._look(template, number)
        kit = SceneKit(
            scene=shot.scene,
            seconds=shot.end_seconds - shot.start_seconds,
            stage=self._stage,
            setter=self._setter,
            look=look,
            backdrop=self._backdrop(look),
            moments=line_moments(shot, self._request.words),
            number=number,
            picture=lambda: self._picture(number),
        )
        return _SCENES[template](kit)

    def _template(self, scene: Scene) -> Template:
        """A picture scene without a picture says the same in words."""
        if scene.template is Template.PICTURE and not self._request.pictures:
            return Template.STATEMENT
        return scene.template

    def _look(self, template: Template, number: int) -> Look:
        looks = self._looks
        match template:
            case Template.LIST | Template.QUOTE:
                return looks.bright
            case Template.NUMBER:
                return looks.loud
            case Template.STATEMENT if number % 3 == 2:  # noqa: PLR2004 - so that not all of a row look alike
                return looks.bright
            case _:
                return looks.deep

    def _backdrop(self, look: Look) -> Backdrop:
        if id(look) not in self._backdrops:
            self._backdrops[id(look)] = look.backdrop(self._stage)
        return self._backdrops[id(look)]

    def _picture(self, number: int) -> skia.Image:
        pictures = self._request.pictures
        path = pictures[self._picture_numbers[number] % len(pictures)]
        # A little larger than the picture: it is drawn grown, and is to stay sharp.
        width, height = (round(side * _PICTURE_SPARE) for side in (self._stage.width, self._stage.height))
        return filling(opened_picture(path), width, height)


def _picture_numbers(shots: tuple[Shot, ...]) -> dict[int, int]:
    """Which picture each picture scene shows: one after another."""
    counter = count()
    return {n: next(counter) for n, shot in enumerate(shots) if shot.scene.template is Template.PICTURE}


def _only_shot(request: FilmRequest) -> Shot:
    scene = Scene(Template.TITLE, heading=request.title or request.prompt[:120])
    return Shot(scene, 0.0, request.duration_seconds)
