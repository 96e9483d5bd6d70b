import subprocess
import sys
from pathlib import Path

import av
from tests.drawn_films import SCENES, request_for
from tests.films import film_facts

from surtitle.domain.films import Scene, Template
from surtitle.pipelines.film.drawing.colours import WHITE
from surtitle.pipelines.film.plain.document import film_document

WITHOUT_SKIA = """
import sys
sys.modules["skia"] = None
from pathlib import Path
from tests.drawn_films import SCENES, request_for
from tests.fakes.film_control import KeptControl
from surtitle.engines.protocols import EngineSetup
from surtitle.pipelines.film.storyboard.engine import StoryboardEngine

setup = EngineSetup("storyboard", "skia", None, "cpu", "float32", 2)
said = StoryboardEngine(setup).generate(request_for(SCENES[:2]), Path(sys.argv[1]), KeptControl())
print(*said, sep="\\n")
"""


def test_without_skia_the_words_are_drawn_all_the_same(tmp_path: Path) -> None:
    output = tmp_path / "film.mp4"
    run = subprocess.run(
        [sys.executable, "-c", WITHOUT_SKIA, str(output)], capture_output=True, text=True, check=True
    )
    assert "drawn plainly" in run.stdout
    assert "libegl1" in run.stdout
    facts = film_facts(output)
    assert (facts.size, facts.rate, facts.frames) == ((320, 180), 10.0, 40)
    with av.open(str(output)) as film:
        frame = list(film.decode(video=0))[15].to_ndarray(format="gray")
    assert (frame > 180).sum() > 200


def test_what_people_write_is_text_and_no_markup() -> None:
    document = film_document(request_for((Scene(Template.TITLE, r"{\fs400}Big \N words"),)), WHITE)
    text = next(line for line in document.splitlines() if line.startswith("Dialogue:"))
    # An invisible joiner parts each backslash from what it would change.
    assert text.endswith("}\\{\\\u2060fs400\\}Big \\\u2060N words")


def test_a_list_is_numbered() -> None:
    document = film_document(request_for((SCENES[2],), captions=None), WHITE)
    assert "1. Lifted the asphalt" in document
    assert "3. Moved cars" in document
