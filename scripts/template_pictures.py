"""Draws the pictures that the studio of films shows of each layout, as films themselves are drawn.

python scripts/template_pictures.py

One for each layout and language goes into `frontend/src`; `auto` shows four of them. A test draws them anew
and compares: run this after a change of how films look.
"""

import runpy
import tempfile
from collections.abc import Iterator
from pathlib import Path

import skia

from surtitle.domain.films import Template
from surtitle.pipelines.film.small_pictures import webp

SHEETS = runpy.run_path(str(Path(__file__).with_name("contact_sheets.py")))
OUTPUT = Path(__file__).resolve().parents[1] / "frontend" / "src"
WIDTH, HEIGHT = 1280, 720
SHOWN = 320
_SMOOTH = skia.SamplingOptions(skia.FilterMode.kLinear, skia.MipmapMode.kLinear)


def main() -> None:
    for name, data in pictures():
        (OUTPUT / name).write_bytes(data)


def pictures() -> Iterator[tuple[str, bytes]]:
    """Names and contents of all files."""
    with tempfile.TemporaryDirectory() as folder:
        street = Path(folder) / "street.png"
        SHEETS["draw_street"]().save(str(street), skia.kPNG)
        for language in SHEETS["STORIES"]:
            frames = dict(zip(Template, SHEETS["story"](language, WIDTH, HEIGHT, street), strict=True))
            for template, frame in frames.items():
                yield f"template-{template}.{language}.webp", webp(frame, SHOWN)
            mixed = (Template.TITLE, Template.LIST, Template.NUMBER, Template.PICTURE)
            yield f"template-auto.{language}.webp", webp(four([frames[one] for one in mixed]), SHOWN)


def four(frames: list[skia.Image]) -> skia.Image:
    """Two above two."""
    surface = skia.Surface(WIDTH, HEIGHT)
    for number, frame in enumerate(frames):
        x, y = number % 2 * WIDTH / 2, number // 2 * HEIGHT / 2
        place = skia.Rect.MakeXYWH(x, y, WIDTH / 2, HEIGHT / 2)
        surface.getCanvas().drawImageRect(frame.withDefaultMipmaps(), place, _SMOOTH)
    return surface.makeImageSnapshot()


if __name__ == "__main__":
    main()
