"""A film's words as one ASS document: scenes in the middle, captions below."""

from pysubs2 import Color, SSAEvent, SSAFile, SSAStyle

from surtitle.domain.films import FilmRequest, Scene, Shot, Template
from surtitle.domain.options import CaptionStyle, SubtitleOptions
from surtitle.domain.transcript import Origin, Segment, Transcript
from surtitle.pipelines.film.drawing.colours import Colour
from surtitle.pipelines.film.drawing.stage import Stage
from surtitle.pipelines.subtitles.ass import ass_document, escaped
from surtitle.pipelines.subtitles.making import make_cues

_SCENE = "Scene"
_FADE = r"\fad(300,200)"
_SIZE = 108
_SMALL = 0.55
_LETTERS_A_LINE = 42
_UPRIGHT_LETTERS_A_LINE = 20


def film_document(request: FilmRequest, text: Colour) -> str:
    """UTF-8 text, its scenes in the colour `text`."""
    stage = Stage(request.width, request.height)
    script = _captions(request, stage)
    script.styles[_SCENE] = _scene_style(stage, text)
    script.events += [_scene_event(shot, stage) for shot in _shots(request)]
    document: str = script.to_string("ass", header_notice="")
    return document


def _captions(request: FilmRequest, stage: Stage) -> SSAFile:
    """The captions as they are burned into any video; where none are asked for, the empty sheet."""
    words = request.words if request.captions else ()
    letters = _UPRIGHT_LETTERS_A_LINE if stage.is_upright else _LETTERS_A_LINE
    segments = (Segment("film", words[0].start_seconds, words[-1].end_seconds, words),) if words else ()
    transcript = Transcript(
        duration_seconds=request.duration_seconds,
        language=request.language,
        language_probability=None,
        origin=Origin("", "", "", ""),
        segments=segments,
    )
    sheet = make_cues(transcript, SubtitleOptions(max_chars_per_line=letters))
    style = request.captions or CaptionStyle()
    return SSAFile.from_string(ass_document(sheet, style, width=stage.width, height=stage.height))


def _scene_style(stage: Stage, text: Colour) -> SSAStyle:
    content = stage.content
    return SSAStyle(
        fontname="Poppins ExtraBold",
        fontsize=round(_SIZE * stage.unit, 1),
        primarycolor=Color(*text),
        outline=0.0,
        shadow=0.0,
        bold=False,
        marginl=round(content.left),
        marginr=round(stage.width - content.right),
        marginv=0,
    )


def _shots(request: FilmRequest) -> tuple[Shot, ...]:
    scene = Scene(Template.TITLE, heading=request.title)
    return request.shots or (Shot(scene, 0.0, request.duration_seconds),)


def _scene_event(shot: Shot, stage: Stage) -> SSAEvent:
    """The heading, and smaller the lines below it. libass breaks long ones evenly."""
    scene, content = shot.scene, stage.content
    place = rf"\an5\pos({content.middle:.0f},{content.centre:.0f})\q0"
    smaller = rf"{{\fs{_SIZE * _SMALL * stage.unit:.1f}\fnInter SemiBold}}"
    parts = [_literally(scene.heading)] if scene.heading else []
    parts += [smaller + _literally(line) for line in _lines(scene)]
    return SSAEvent(
        start=round(shot.start_seconds * 1000),
        end=round(shot.end_seconds * 1000),
        style=_SCENE,
        text=f"{{{place}{_FADE}}}" + r"\N".join(parts),
    )


def _lines(scene: Scene) -> list[str]:
    if scene.template is Template.LIST:
        return [f"{number}. {line}" for number, line in enumerate(scene.lines, 1)]
    return list(scene.lines)


def _literally(text: str) -> str:
    return escaped(" ".join(text.split()))
