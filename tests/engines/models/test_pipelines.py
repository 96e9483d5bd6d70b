"""Folders of video models, and what an engine that draws films is set up with."""

import json
from pathlib import Path

import pytest
from pydantic import ValidationError

from surtitle.config import DiffusersSettings, FalSettings, ModelSettings, RenderingSettings, Settings
from surtitle.engines.models import EngineChooser, Hardware, ModelStore
from surtitle.engines.models.hardware import GIB
from surtitle.engines.models.pipelines import PipelineFolders, pipeline_class
from surtitle.engines.protocols import Sampling
from surtitle.engines.registry import Capability, EngineRegistry
from surtitle.errors import Invalid, Unavailable


def save(root: Path, name: str, index: object = None) -> Path:
    folder = root / name
    folder.mkdir(parents=True)
    (folder / "model_index.json").write_text(json.dumps(index or {"_class_name": "LTXPipeline"}))
    return folder


def test_the_only_model_needs_no_name_and_of_several_one_has_to_be_named(tmp_path: Path) -> None:
    folders = PipelineFolders(None, tmp_path / "none", tmp_path)
    with pytest.raises(Unavailable, match="No weights of a video model"):
        folders.path(None)
    ltx = save(tmp_path, "ltx")
    assert folders.path(None) == ltx
    wan = save(tmp_path, "wan")
    with pytest.raises(Invalid, match="more than one video model here; choose one of: ltx, wan"):
        folders.path(None)
    assert folders.path("wan") == wan


@pytest.mark.parametrize("name", ["../ltx", "/etc", "ltx/..", "other"])
def test_a_name_finds_nothing_outside_its_folder(name: str, tmp_path: Path) -> None:
    save(tmp_path, "ltx")
    with pytest.raises(Invalid, match="no video model"):
        PipelineFolders(tmp_path / "models", tmp_path).path(name)


def test_the_users_own_folder_wins_over_the_store(tmp_path: Path) -> None:
    own, stored = save(tmp_path / "own", "ltx"), save(tmp_path / "store", "ltx")
    assert PipelineFolders(own.parent, stored.parent).path("ltx") == own


@pytest.mark.parametrize("index", ["[]", "{", "{}"])
def test_an_index_that_cannot_be_read_is_told(index: str, tmp_path: Path) -> None:
    (tmp_path / "model_index.json").write_text(index)
    with pytest.raises(Unavailable, match="Copy the model's folder again"):
        pipeline_class(tmp_path)


def chooser(tmp_path: Path, *, gpu: bool = False, **told: object) -> EngineChooser:
    models = ModelSettings(directory=tmp_path / "models", folder=tmp_path / "own", sources=("folder",))
    settings = Settings(data_dir=tmp_path, models=models, **told)  # type: ignore[arg-type]
    hardware = Hardware(4, 8 * GIB, 24 * GIB if gpu else None)
    return EngineChooser(settings, EngineRegistry(), ModelStore(settings), hardware)


def test_diffusers_is_set_up_with_a_folder_and_the_settings_of_its_steps(tmp_path: Path) -> None:
    save(tmp_path / "own", "wan")
    ltx = save(tmp_path / "own", "ltx")
    told = chooser(
        tmp_path,
        gpu=True,
        diffusers=DiffusersSettings(model="ltx", steps=8, guidance=1.0),
        rendering=RenderingSettings(ffmpeg=Path("/opt/ffmpeg")),
    )
    setup = told.setup_for(Capability.VIDEO_ENGINE, "diffusers")
    assert (setup.model, setup.model_directory, setup.device) == ("ltx", ltx, "cuda")
    assert (setup.sampling, setup.ffmpeg) == (Sampling(8, 1.0), Path("/opt/ffmpeg"))
    assert told.setup_for(Capability.VIDEO_ENGINE, "diffusers", "wan").model == "wan"


def test_fal_needs_a_key_and_says_so_before_any_work(tmp_path: Path) -> None:
    with pytest.raises(Unavailable, match="SURTITLE_FAL__API_KEY") as refusal:
        chooser(tmp_path).check(Capability.VIDEO_ENGINE, "fal")
    assert not refusal.value.passing


def test_fal_is_set_up_with_its_key_and_only_with_models_that_the_operator_allows(tmp_path: Path) -> None:
    fal = FalSettings.model_validate(
        {"api_key": "k:s", "models": ["fal-ai/veo3/fast"], "timeout_seconds": 600}
    )
    told = chooser(tmp_path, fal=fal)
    setup = told.setup_for(Capability.VIDEO_ENGINE, "fal")
    assert setup.endpoint is not None
    assert (setup.endpoint.url, setup.endpoint.api_key) == ("https://queue.fal.run", "k:s")
    assert (setup.endpoint.timeout_seconds, setup.model) == (600.0, "fal-ai/ltx-video-13b-distilled")
    assert "k:s" not in repr(setup)
    assert told.setup_for(Capability.VIDEO_ENGINE, "fal", "fal-ai/veo3/fast").model == "fal-ai/veo3/fast"
    with pytest.raises(Invalid, match="choose one of: fal-ai/ltx-video-13b-distilled, fal-ai/veo3/fast"):
        told.check(Capability.VIDEO_ENGINE, "fal", "fal-ai/veo3")


@pytest.mark.parametrize(
    "url", ["http://fal.example", "https://me:secret@fal.example", "https://fal.example?key=secret"]
)
def test_a_key_is_never_sent_where_others_can_read_along(url: str) -> None:
    with pytest.raises(ValidationError) as refusal:
        FalSettings.model_validate({"url": url})
    assert "secret" not in refusal.value.errors(include_input=False)[0]["msg"]


@pytest.mark.parametrize("name", ["veo3", "../x/y", "fal-ai//veo", "fal-ai/veo?x=1", "https://a/b"])
def test_a_model_of_fal_is_a_name_and_no_address(name: str) -> None:
    with pytest.raises(ValidationError):
        FalSettings(model=name)
