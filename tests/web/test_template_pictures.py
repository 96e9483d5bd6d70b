"""The pictures of layouts are those that films have."""

import runpy
from pathlib import Path

import numpy as np
import pytest

from surtitle.domain.films import Template
from surtitle.web.catalogues import LANGUAGES
from surtitle.web.film_words import SAME_EVERYWHERE

ROOT = Path(__file__).resolve().parents[2]
KEPT = ROOT / "frontend" / "src"
# Of 255, on average: other encoders and other machines round in other ways.
_SAME = 3.0


def test_there_is_one_for_each_layout_in_each_language() -> None:
    wanted = {f"template-{one}.{code}.webp" for one in SAME_EVERYWHERE["template"] for code in LANGUAGES}
    assert {file.name for file in KEPT.glob("template-*.webp")} == wanted
    assert set(SAME_EVERYWHERE["template"]) == {"auto", *Template}


def test_they_are_drawn_as_films_are() -> None:
    skia = pytest.importorskip("skia", exc_type=ImportError)
    drawn = dict(runpy.run_path(str(ROOT / "scripts" / "template_pictures.py"))["pictures"]())

    def pixels(data: bytes) -> np.ndarray:
        return np.asarray(skia.Image.MakeFromEncoded(skia.Data.MakeWithCopy(data)).toarray(), float)

    for name, data in drawn.items():
        kept = pixels((KEPT / name).read_bytes())
        assert np.abs(pixels(data) - kept).mean() < _SAME, f"run scripts/template_pictures.py: {name}"
    other = pixels((KEPT / "template-list.en.webp").read_bytes())
    assert np.abs(pixels(drawn["template-quote.en.webp"]) - other).mean() > _SAME
