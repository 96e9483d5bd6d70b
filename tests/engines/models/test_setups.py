"""Which engine does what, with which models of the store."""

from collections.abc import Callable
from pathlib import Path

import pytest
from pydantic import ValidationError

from surtitle.config import EmbeddingSettings, EngineSettings, ModelSettings, Settings
from surtitle.engines.models import EngineChooser, Hardware, ModelStore
from surtitle.engines.models.errors import PullFailed
from surtitle.engines.models.hardware import GIB
from surtitle.engines.models.manifest import packaged_manifest
from surtitle.engines.registry import Capability, EngineRegistry
from surtitle.errors import Invalid, Unavailable

Choose = Callable[..., EngineChooser]


@pytest.fixture
def choose(tmp_path: Path) -> Choose:
    """A chooser whose store has a folder as its only source, and none of the models in it."""

    def make(*, cores: int = 4, gpu_memory_bytes: int | None = None, **told: object) -> EngineChooser:
        models = ModelSettings(directory=tmp_path / "models", folder=tmp_path / "none", sources=("folder",))
        settings = Settings(data_dir=tmp_path, models=models, **told)  # type: ignore[arg-type]
        return EngineChooser(
            settings, EngineRegistry(), ModelStore(settings), Hardware(cores, 8 * GIB, gpu_memory_bytes)
        )

    return make


@pytest.mark.parametrize(
    ("capability", "engine"),
    [
        (Capability.DIARIZER, "local"),
        (Capability.VOICE_ENCODER, "campplus"),
        (Capability.TEXT_EMBEDDER, "minilm"),
    ],
)
def test_without_settings_everything_is_done_here(
    capability: Capability, engine: str, choose: Choose
) -> None:
    spec = choose().spec_for(capability)
    assert spec.name == engine
    # All that it needs is pinned in the manifest.
    assert all(packaged_manifest().find(name) for name in (spec.model, *spec.companions))
    assert not spec.needs_endpoint


def test_an_engine_of_another_kind_is_refused_with_those_that_would_do(choose: Choose) -> None:
    with pytest.raises(Invalid, match=r"no diarizer called 'minilm'; choose one of: .*local, pyannote"):
        choose().check(Capability.DIARIZER, "minilm")


def test_a_model_that_cannot_be_had_is_told_with_its_sources(choose: Choose) -> None:
    with pytest.raises(PullFailed, match="campplus could not be fetched"):
        choose().setup_for(Capability.VOICE_ENCODER)


def test_a_server_is_asked_only_where_one_is_named(choose: Choose) -> None:
    with pytest.raises(Unavailable, match="set SURTITLE_EMBEDDINGS__URL"):
        choose(embeddings=EmbeddingSettings(engine="openai")).check(Capability.TEXT_EMBEDDER)


def test_a_server_comes_with_its_key_model_and_patience(choose: Choose) -> None:
    told = {"engine": "openai", "url": "http://127.0.0.1:9/v1/", "api_key": "sk-x", "model": "bge-m3"}
    setup = choose(embeddings=EmbeddingSettings.model_validate(told)).setup_for(Capability.TEXT_EMBEDDER)
    assert setup.endpoint is not None
    assert (setup.endpoint.url, setup.endpoint.api_key) == ("http://127.0.0.1:9/v1", "sk-x")
    assert (setup.model, setup.model_directory, setup.endpoint.timeout_seconds) == ("bge-m3", None, 30.0)


@pytest.mark.parametrize("url", ["http://me:secret@host/v1", "ftp://host", "http://host/v1?key=secret"])
def test_an_address_with_a_secret_in_it_is_refused_without_repeating_it(url: str) -> None:
    with pytest.raises(ValidationError) as refusal:
        EmbeddingSettings.model_validate({"url": url})
    told = refusal.value.errors(include_input=False)[0]["msg"]
    assert "a key belongs into embeddings.api_key" in told
    assert "secret" not in told


def test_a_gpu_is_used_by_engines_that_can_and_cores_by_all(choose: Choose) -> None:
    chooser = choose(gpu_memory_bytes=8 * GIB, embeddings=EmbeddingSettings(engine="sentence-transformers"))
    on_gpu = chooser.for_slots(2).setup_for(Capability.TEXT_EMBEDDER)
    assert (on_gpu.device, on_gpu.model, on_gpu.threads) == ("cuda", "BAAI/bge-m3", 2)
    with pytest.raises(Unavailable, match="asks for a GPU"):
        choose(engines=EngineSettings(device="cuda")).setup_for(Capability.DIARIZER, "pyannote")


def test_a_model_of_the_settings_counts_where_the_engine_knows_several(choose: Choose) -> None:
    chooser = choose(engines=EngineSettings(diarization_model="/srv/pipelines/3.1"))
    assert chooser.setup_for(Capability.DIARIZER, "pyannote").model == "/srv/pipelines/3.1"
