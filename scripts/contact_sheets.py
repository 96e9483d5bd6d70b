# ruff: noqa: RUF001 - French writes its apostrophes so
"""Draws what docs/user/films.md shows: every template in three languages and three shapes, and audiograms.

python scripts/contact_sheets.py
"""

import sys
import tempfile
import wave
from pathlib import Path

import numpy as np
import skia

ROOT = Path(__file__).resolve().parents[1]
sys.path.insert(0, str(ROOT / "src"))

from surtitle.domain.films import Brand, FilmRequest, Scene, Shot, Template  # noqa: E402
from surtitle.domain.options import CaptionStyle  # noqa: E402
from surtitle.domain.transcript import Word  # noqa: E402
from surtitle.pipelines.film.audiogram.levels import SoundLevels  # noqa: E402
from surtitle.pipelines.film.audiogram.panel import Panel  # noqa: E402
from surtitle.pipelines.film.audiogram.plan import plan_for  # noqa: E402
from surtitle.pipelines.film.drawing.canvas import Sheet, opaque_image  # noqa: E402
from surtitle.pipelines.film.drawing.fonts import FontShelf  # noqa: E402
from surtitle.pipelines.film.drawing.stage import Stage  # noqa: E402
from surtitle.pipelines.film.drawing.text import Typesetter  # noqa: E402
from surtitle.pipelines.film.storyboard.board import Board  # noqa: E402
from surtitle.pipelines.film.storyboard.looks import looks_for  # noqa: E402

OUTPUT = ROOT / "docs" / "user" / "films"
RATE = 30
SECONDS = 6.0
# When each frame is taken: everything has come in, and somebody still speaks.
TAKEN_SECONDS = 4.95
GAP = 8
QUALITY = 86
SHAPES = {"wide": (1920, 1080, 352), "upright": (1080, 1920, 190), "square": (1080, 1080, 240)}
STYLE = CaptionStyle(karaoke=True)

TITLE, STATEMENT, LIST, QUOTE, NUMBER, PICTURE = Template
STORIES = {
    "en": (
        Scene(TITLE, "The garden street", ("How one street cooled itself down",)),
        Scene(STATEMENT, "Trees are the cheapest air conditioning", emphasis=("cheapest",)),
        Scene(LIST, "What they changed", ("Lifted the asphalt", "Planted forty limes", "Moved the cars")),
        Scene(QUOTE, "Amina Diallo, baker", ("Now people sit outside my shop until eight.",)),
        Scene(NUMBER, "87 %", ("of the neighbours voted to keep it",)),
        Scene(PICTURE, "Four degrees cooler, every summer"),
    ),
    "fr": (
        Scene(TITLE, "La rue aux tilleuls", ("Comment une rue s’est rafraîchie",)),
        Scene(STATEMENT, "Un arbre est le climatiseur le moins cher", emphasis=("moins", "cher")),
        Scene(
            LIST, "Ce qui a changé", ("L’asphalte enlevé", "Quarante tilleuls plantés", "Moins de voitures")
        ),
        Scene(QUOTE, "Amina Diallo, boulangère", ("On reste assis devant ma boutique jusqu’à huit heures.",)),
        Scene(NUMBER, "1 250", ("litres d’eau de pluie gardés par an",)),
        Scene(PICTURE, "Quatre degrés de moins, chaque été"),
    ),
    "es": (
        Scene(TITLE, "La calle jardín", ("Cómo una calle se enfrió sola",)),
        Scene(STATEMENT, "Un árbol es el aire acondicionado más barato", emphasis=("más", "barato")),
        Scene(
            LIST, "Lo que cambiaron", ("Levantaron el asfalto", "Plantaron cuarenta tilos", "Menos coches")
        ),
        Scene(QUOTE, "Amina Diallo, panadera", ("Ahora la gente se sienta fuera hasta las ocho.",)),
        Scene(NUMBER, "12,5 %", ("de los tejados ya son verdes",)),
        Scene(PICTURE, "Cuatro grados menos, cada verano"),
    ),
}


def main() -> None:
    OUTPUT.mkdir(exist_ok=True)
    with tempfile.TemporaryDirectory() as folder:
        street, voice = Path(folder) / "street.png", Path(folder) / "voice.wav"
        draw_street().save(str(street), skia.kPNG)
        write_voice(voice)
        for name, (width, height, shown) in SHAPES.items():
            frames = [frame for language in STORIES for frame in story(language, width, height, street)]
            save(frames, len(Template), shown, OUTPUT / f"storyboard-{name}.jpg")
        audiograms = [audiogram(width, height, voice) for width, height, _ in SHAPES.values()]
        save(audiograms, len(audiograms), 0, OUTPUT / "audiogram.jpg", shown_height=360)


def story(language: str, width: int, height: int, street: Path) -> list[skia.Image]:
    shots = tuple(Shot(s, n * SECONDS, (n + 1) * SECONDS) for n, s in enumerate(STORIES[language]))
    request = FilmRequest(
        prompt="",
        width=width,
        height=height,
        frames_per_second=RATE,
        duration_seconds=SECONDS * len(shots),
        language=language,
        shots=shots,
        words=tuple(word for shot in shots for word in said(shot.scene, shot.start_seconds)),
        captions=STYLE,
        pictures=(street,),
    )
    board = Board(request, Stage(width, height), Typesetter(FontShelf(), language), looks_for(Brand()))
    return [drawn(board, request, shot.start_seconds + TAKEN_SECONDS) for shot in shots]


def audiogram(width: int, height: int, voice: Path) -> skia.Image:
    text = "So we lifted the asphalt and planted forty lime trees, and by summer the street was cooler."
    words = said(Scene(STATEMENT, text), 0.0)
    request = FilmRequest(
        prompt="",
        width=width,
        height=height,
        frames_per_second=RATE,
        duration_seconds=185.0,
        title="The garden street, one year later",
        words=words,
        speakers=("Amina Diallo",) * len(words),
        sound=voice,
        captions=STYLE,
    )
    stage = Stage(width, height)
    with SoundLevels(voice, plan_for(stage).bars, RATE) as levels:
        panel = Panel(request, stage, Typesetter(FontShelf(), "en"), looks_for(Brand()).deep, levels)
        return drawn(panel, request, TAKEN_SECONDS)


def drawn(picture: Board | Panel, request: FilmRequest, seconds: float) -> skia.Image:
    sheet = Sheet(request.width, request.height)
    picture.draw(sheet, round(seconds * request.frames_per_second))
    return opaque_image(sheet.pixels)


def said(scene: Scene, start_seconds: float) -> tuple[Word, ...]:
    """The words of a scene, spread so that one of them is lit when its frame is taken."""
    text = (". ".join(scene.lines) or scene.heading).split()
    step = (TAKEN_SECONDS - 0.35) / len(text)
    return tuple(
        Word(str(n), word, start_seconds + 0.2 + n * step, start_seconds + 0.2 + (n + 0.95) * step)
        for n, word in enumerate(text)
    )


def save(
    frames: list[skia.Image], columns: int, shown_width: int, output: Path, *, shown_height: int = 0
) -> None:
    """Frames in rows, `shown_width` wide each, or all `shown_height` high."""
    scales = [
        shown_height / frame.height() if shown_height else shown_width / frame.width() for frame in frames
    ]
    sizes = [
        (round(f.width() * scale), round(f.height() * scale)) for f, scale in zip(frames, scales, strict=True)
    ]
    width = sum(wide + GAP for wide, _ in sizes[:columns]) - GAP
    rows = len(frames) // columns
    surface = skia.Surface(width, rows * (sizes[0][1] + GAP) - GAP)
    canvas = surface.getCanvas()
    canvas.clear(skia.ColorWHITE)
    smooth = skia.SamplingOptions(skia.FilterMode.kLinear, skia.MipmapMode.kLinear)
    x = 0
    for number, (frame, (wide, tall)) in enumerate(zip(frames, sizes, strict=True)):
        x = 0 if number % columns == 0 else x
        place = skia.Rect.MakeXYWH(x, number // columns * (tall + GAP), wide, tall)
        canvas.drawImageRect(frame.withDefaultMipmaps(), place, smooth)
        x += wide + GAP
    surface.makeImageSnapshot().save(str(output), skia.kJPEG, QUALITY)


def draw_street() -> skia.Image:
    """A row of houses behind trees."""
    surface = skia.Surface(1600, 1100)
    canvas = surface.getCanvas()
    sky = skia.GradientShader.MakeLinear([(0, 0), (0, 800)], [0xFF79B8E8, 0xFFFCE6C0])
    canvas.drawPaint(skia.Paint(Shader=sky))
    for house, colour in enumerate(
        (0xFFD98F6C, 0xFFE8D3B0, 0xFFB9695A, 0xFFEBDCC4, 0xFFCF8A5B, 0xFFDFC29A) * 2
    ):
        top = 270 + 70 * (house % 3)
        canvas.drawRect(skia.Rect.MakeXYWH(house * 145 - 20, top, 138, 560), skia.Paint(Color=colour))
        for window in range(6):
            place = (house * 145 + 14 + 58 * (window % 2), top + 40 + 105 * (window // 2))
            canvas.drawRect(skia.Rect.MakeXYWH(*place, 34, 60), skia.Paint(Color=0xFF4E5A72))
    canvas.drawRect(skia.Rect.MakeXYWH(0, 800, 1600, 300), skia.Paint(Color=0xFFB7AC9C))
    for tree in range(9):
        x, paint = 80 + tree * 185, skia.Paint(AntiAlias=True, Color=0xFF5B4636)
        canvas.drawRect(skia.Rect.MakeXYWH(x - 9, 640, 18, 190), paint)
        for leaf, (dx, dy) in enumerate(((0, 0), (-55, 40), (55, 40), (0, 75), (-30, -45), (32, -40))):
            paint.setColor((0xFF3F7D45, 0xFF5E9B52, 0xFF4B8C4A)[leaf % 3])
            canvas.drawCircle(x + dx, 570 + dy, 62, paint)
    return surface.makeImageSnapshot()


def write_voice(path: Path) -> None:
    """Something that sounds about like vowels."""
    rate_hz = 16_000
    time = np.arange(rate_hz * 8) / rate_hz
    pitch = 130 + 15 * np.sin(2 * np.pi * 0.7 * time)
    phase = 2 * np.pi * np.cumsum(pitch) / rate_hz
    hum = sum(np.sin(k * phase) / k ** (1.1 + 0.5 * np.sin(2 * np.pi * 0.9 * time)) for k in range(1, 30))
    voiced = hum * (0.55 + 0.45 * np.sin(2 * np.pi * 3.1 * time)) * 0.12
    with wave.open(str(path), "wb") as sound:
        sound.setnchannels(1)
        sound.setsampwidth(2)
        sound.setframerate(rate_hz)
        sound.writeframes((np.clip(voiced, -1, 1) * 32767).astype("<i2").tobytes())


if __name__ == "__main__":
    main()
