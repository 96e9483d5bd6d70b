"""The engine `diffusers` on real pipelines with random weights: loaded, run, stopped and repeated."""

import json
import shutil
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path

import pytest
from tests.fakes.film_control import KeptControl
from tests.films import film_facts, painted_png

from surtitle.domain.films import FilmRequest
from surtitle.engines.protocols import EngineCancelled, EngineSetup, Sampling
from surtitle.errors import Invalid, Unavailable

# `make test-diffusers` installs these; the ordinary tests go without torch.
torch = pytest.importorskip("torch")
pytest.importorskip("diffusers")

from tests.fakes.tiny_pipelines import BUILDERS, PICTURED_BUILDERS, save_tiny_pipeline  # noqa: E402 - needs torch

from surtitle.engines.builtin.diffusers_video import DiffusersVideo  # noqa: E402 - after the skip
from surtitle.engines.builtin.video_families import LTX  # noqa: E402 - as above

REQUEST = FilmRequest("a cat on a beach", 96, 64, 25, 0.32, seed=3)

Engine = Callable[..., DiffusersVideo]


@pytest.fixture(scope="module")
def folders(tmp_path_factory: pytest.TempPathFactory) -> dict[str, Path]:
    root = tmp_path_factory.mktemp("pipelines")
    return {name: save_tiny_pipeline(name, root / name) for name in (*BUILDERS, *PICTURED_BUILDERS)}


@pytest.fixture(scope="module")
def engine(folders: dict[str, Path]) -> Engine:
    kept: dict[str, DiffusersVideo] = {}

    def build(name: str) -> DiffusersVideo:
        if name not in kept:
            kept[name] = DiffusersVideo(setup_for(folders[name]))
        return kept[name]

    return build


def setup_for(folder: Path) -> EngineSetup:
    return EngineSetup("diffusers", folder.name, folder, "cpu", "float32", 2, sampling=Sampling(steps=3))


@pytest.mark.parametrize("name", list(BUILDERS))
def test_each_family_is_loaded_from_its_folder_and_draws_the_film_that_was_asked_for(
    name: str, engine: Engine, tmp_path: Path
) -> None:
    control, output = KeptControl(), tmp_path / "film.mp4"
    drawing = engine(name)
    drawing.generate(REQUEST, output, control)
    facts = film_facts(output)
    assert (facts.codec, facts.size, facts.rate, facts.frames) == ("h264", (96, 64), 25.0, 8)
    assert list(tmp_path.iterdir()) == [output]
    # A step of three, and the end.
    assert control.told == pytest.approx([0.3, 0.6, 0.9, 1.0])
    assert all(rate is None or rate > 0 for rate in control.rates)
    assert len(set(facts.hashes)) > 1, "a still picture is no film"


def test_the_same_seed_draws_the_same_frames_and_another_seed_others(engine: Engine, tmp_path: Path) -> None:
    films = []
    for number, seed in enumerate((3, 3, 4)):
        output = tmp_path / f"{number}.mp4"
        engine("ltx").generate(replace(REQUEST, seed=seed), output, KeptControl())
        films.append(film_facts(output).hashes)
    assert films[0] == films[1]
    assert films[0] != films[2]


def test_what_is_not_wanted_in_the_picture_changes_it(engine: Engine, tmp_path: Path) -> None:
    for number, words in enumerate(("", "rain")):
        request = replace(REQUEST, negative_prompt=words)
        engine("ltx").generate(request, tmp_path / f"{number}.mp4", KeptControl())
    assert film_facts(tmp_path / "0.mp4").hashes != film_facts(tmp_path / "1.mp4").hashes


@pytest.mark.parametrize("name", list(BUILDERS))
def test_a_film_that_is_not_wanted_any_more_ends_in_the_middle_of_a_step(
    name: str, engine: Engine, tmp_path: Path
) -> None:
    asked = 0

    def after_a_few_layers() -> bool:
        nonlocal asked
        asked += 1
        return asked > 5

    control = KeptControl(cancelled=after_a_few_layers)
    with pytest.raises(EngineCancelled):
        engine(name).generate(REQUEST, tmp_path / "film.mp4", control)
    assert asked == 6, "nothing more is computed once it was told to stop"
    assert len(control.told) < 3
    assert not list(tmp_path.iterdir())
    # The same engine draws the next film.
    engine(name).generate(REQUEST, tmp_path / "film.mp4", KeptControl())


def test_a_film_longer_than_a_clip_is_drawn_as_several(engine: Engine, tmp_path: Path) -> None:
    request = replace(REQUEST, duration_seconds=LTX.longest_seconds + 0.2, frames_per_second=8)
    told = engine("ltx").generate(request, tmp_path / "film.mp4", control := KeptControl())
    assert "2 clips" in told[-1]
    assert film_facts(tmp_path / "film.mp4").frames == request.frame_count
    assert len(control.told) == 7
    assert control.told == sorted(control.told)


def test_a_film_larger_than_the_model_knows_is_enlarged_and_that_is_told(
    engine: Engine, tmp_path: Path
) -> None:
    told = engine("cogvideox").generate(
        replace(REQUEST, width=192, height=108), tmp_path / "film.mp4", KeptControl()
    )
    assert told == ("The model draws 48x32; the film was enlarged to 192x108.",)
    assert film_facts(tmp_path / "film.mp4").size == (192, 108)


@pytest.mark.parametrize("name", ["ltx", *PICTURED_BUILDERS])
def test_a_film_begins_with_the_picture_that_was_given(name: str, engine: Engine, tmp_path: Path) -> None:
    films = []
    for number, colour in enumerate([(200, 30, 30), (30, 30, 200), (200, 30, 30)]):
        picture = tmp_path / f"{number}.png"
        picture.write_bytes(painted_png(300, 90, colour))
        request = replace(REQUEST, pictures=(picture,))
        engine(name).generate(request, tmp_path / f"{number}.mp4", KeptControl())
        films.append(film_facts(tmp_path / f"{number}.mp4"))
    assert {(film.size, film.frames) for film in films} == {((96, 64), 8)}
    assert films[0].hashes == films[2].hashes
    assert films[0].hashes != films[1].hashes


def test_a_model_draws_with_and_without_a_picture_in_turn(engine: Engine, tmp_path: Path) -> None:
    (tmp_path / "view.png").write_bytes(painted_png(96, 64))
    pictured = replace(REQUEST, pictures=(tmp_path / "view.png",))
    films = []
    for request in (REQUEST, pictured, REQUEST):
        engine("ltx").generate(request, tmp_path / "film.mp4", KeptControl())
        films.append(film_facts(tmp_path / "film.mp4").hashes)
    assert films[0] == films[2] != films[1]


def test_a_long_film_goes_on_from_where_its_picture_led(engine: Engine, tmp_path: Path) -> None:
    (tmp_path / "view.png").write_bytes(painted_png(96, 64))
    request = replace(REQUEST, pictures=(tmp_path / "view.png",), duration_seconds=5.3, frames_per_second=8)
    told = engine("wan-i2v").generate(request, tmp_path / "film.mp4", KeptControl())
    assert "2 clips" in told[-1]
    assert film_facts(tmp_path / "film.mp4").frames == request.frame_count


@pytest.mark.parametrize("name", ["wan", "cogvideox"])
def test_weights_that_know_words_alone_refuse_a_picture(name: str, engine: Engine, tmp_path: Path) -> None:
    (tmp_path / "view.png").write_bytes(painted_png(96, 64))
    request = replace(REQUEST, pictures=(tmp_path / "view.png",))
    with pytest.raises(Invalid, match="words alone") as refused:
        engine(name).generate(request, tmp_path / "film.mp4", KeptControl())
    assert refused.value.fields["field"] == "options.image"


@pytest.mark.parametrize("name", ["wan-i2v", "cogvideox-i2v"])
def test_weights_that_go_on_from_a_picture_refuse_words_alone(
    name: str, engine: Engine, tmp_path: Path
) -> None:
    with pytest.raises(Invalid, match="goes on from a picture"):
        engine(name).generate(REQUEST, tmp_path / "film.mp4", KeptControl())


def test_little_memory_decodes_in_tiles(
    engine: Engine, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    placed = engine("ltx")._placed
    monkeypatch.setattr(placed, "_free_bytes", lambda: 1024)
    engine("ltx").generate(REQUEST, tmp_path / "film.mp4", KeptControl())
    assert placed.pipe.vae.use_tiling
    monkeypatch.undo()
    engine("ltx").generate(REQUEST, tmp_path / "film.mp4", KeptControl())
    assert not placed.pipe.vae.use_tiling


def test_half_a_folder_is_told_with_what_to_do(folders: dict[str, Path], tmp_path: Path) -> None:
    half = shutil.copytree(folders["ltx"], tmp_path / "half")
    (half / "vae" / "config.json").unlink()
    with pytest.raises(Unavailable, match="Copy it again"):
        DiffusersVideo(setup_for(half))


def test_weights_that_could_run_programs_are_not_read(folders: dict[str, Path], tmp_path: Path) -> None:
    pickled = shutil.copytree(folders["ltx"], tmp_path / "pickled")
    for path in pickled.glob("*/*.safetensors"):
        path.rename(path.with_suffix(".bin"))
    with pytest.raises(Unavailable, match="no weights in the format safetensors"):
        DiffusersVideo(setup_for(pickled))


def test_a_pipeline_of_another_kind_is_refused_with_those_that_it_knows(tmp_path: Path) -> None:
    (tmp_path / "model_index.json").write_text(json.dumps({"_class_name": "StableDiffusionPipeline"}))
    with pytest.raises(Unavailable, match="LTX-Video, Wan, CogVideoX"):
        DiffusersVideo(setup_for(tmp_path))


def test_a_model_that_was_not_set_up_is_refused(engine: Engine, tmp_path: Path) -> None:
    with pytest.raises(Invalid, match="set up with ltx"):
        engine("ltx").generate(replace(REQUEST, model="wan"), tmp_path / "film.mp4", KeptControl())
