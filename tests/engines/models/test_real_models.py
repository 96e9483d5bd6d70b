import pytest

from surtitle.config import Settings
from surtitle.engines.models.store import ModelStore


@pytest.mark.models
def test_whisper_base_is_fetched_if_missing_and_every_byte_is_the_pinned_one() -> None:
    store = ModelStore(Settings())
    folder = store.pull("whisper-base")

    assert store.path("base") == folder
    assert [result.faults for result in store.verify("whisper-base")] == [()]
    assert (folder / "model.bin").stat().st_size == 145_217_532


@pytest.mark.models
@pytest.mark.parametrize(
    ("name", "weights"),
    [
        ("pyannote-segmentation-3.0", "pytorch_model.bin"),
        ("campplus", "campplus_cn_en_common.pt"),
        ("minilm", "model.safetensors"),
    ],
)
def test_the_models_of_meetings_are_fetched_if_missing_and_every_byte_is_the_pinned_one(
    name: str, weights: str
) -> None:
    store = ModelStore(Settings())
    folder = store.pull(name)

    assert [result.faults for result in store.verify(name)] == [()]
    assert (folder / weights).is_file()
