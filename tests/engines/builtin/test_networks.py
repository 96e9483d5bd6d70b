"""The networks that are put together by hand give what their authors' code gives.

`torch_outputs.json` was made once with torch: pyannote's PyanNet, 3D-Speaker's CAMPPlus and transformers'
BertModel, with the same weights, on the same sounds and texts.
"""

import json
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from tests.engines.conftest import write_sound

from surtitle.config import Settings
from surtitle.domain.transcript import Stretch
from surtitle.engines.builtin.campplus import CampplusNet, CampplusVoiceEncoder, filterbank
from surtitle.engines.builtin.minilm import MiniLmEmbedder
from surtitle.engines.builtin.segmentation import POWERSET, SegmentationNet
from surtitle.engines.models import ModelStore
from surtitle.engines.protocols import EngineSetup
from surtitle.engines.sound import SAMPLE_RATE_HZ, Samples, SoundFile

TORCH: dict[str, Any] = json.loads(Path(__file__).with_name("torch_outputs.json").read_text("utf-8"))
CLOSE = 1e-4

pytestmark = pytest.mark.models


def setup_of(model: str) -> EngineSetup:
    """An engine of that model, fetched if it is not in this machine's store."""
    return EngineSetup(model, model, ModelStore(Settings()).pull(model), "cpu", "float32", 2)


def humming(seconds: float) -> Samples:
    """Something like a voice, the same everywhere."""
    time = np.arange(int(seconds * SAMPLE_RATE_HZ)) / SAMPLE_RATE_HZ
    pitches = (140, 280, 420, 700, 1150, 2400)
    tones = sum(np.sin(2 * np.pi * pitch * time) / (i + 1) for i, pitch in enumerate(pitches))
    syllables = np.clip(np.sin(2 * np.pi * 3 * time), 0, 1) * (np.sin(2 * np.pi * 0.4 * time) > -0.5)
    noise = 0.003 * np.random.default_rng(7).standard_normal(time.size)
    return np.asarray(0.1 * tones * syllables + noise, dtype=np.float32)


@pytest.fixture(scope="module")
def segmentation() -> SegmentationNet:
    return SegmentationNet(ModelStore(Settings()).pull("pyannote-segmentation-3.0"), 2)


@pytest.fixture(scope="module")
def campplus() -> CampplusNet:
    return CampplusNet(ModelStore(Settings()).pull("campplus"), 2)


@pytest.fixture(scope="module")
def minilm() -> MiniLmEmbedder:
    return MiniLmEmbedder(setup_of("all-minilm-l6-v2"))


def test_the_segmentation_network_gives_what_pyannotes_gives(segmentation: SegmentationNet) -> None:
    (found,) = segmentation.log_probabilities(humming(10)[None])
    assert found.shape == (589, len(POWERSET))
    for frame, expected in TORCH["segmentation"].items():
        np.testing.assert_allclose(found[int(frame)], expected, atol=CLOSE)


def test_windows_side_by_side_are_heard_as_if_alone(segmentation: SegmentationNet) -> None:
    windows = np.stack([humming(2), humming(4)[-2 * SAMPLE_RATE_HZ :]])
    together = segmentation.log_probabilities(windows)
    alone = segmentation.log_probabilities(windows[1:])
    np.testing.assert_allclose(together[1], alone[0], atol=CLOSE)


def test_the_voice_network_gives_what_its_authors_code_gives(campplus: CampplusNet) -> None:
    found = campplus.embedding(humming(2.5))
    assert found is not None
    np.testing.assert_allclose(found, TORCH["campplus"], atol=CLOSE)


def test_voices_side_by_side_are_encoded_as_if_alone(campplus: CampplusNet) -> None:
    features = np.stack([filterbank(humming(3)[start:][: 2 * SAMPLE_RATE_HZ]) for start in (0, 9000)])
    together = campplus.embeddings(features)
    np.testing.assert_allclose(together[1], campplus.embeddings(features[1:])[0], atol=CLOSE)
    assert abs(float(together[0] @ together[1])) < 0.999


def test_stretches_are_heard_as_one_and_half_a_second_is_the_least(tmp_path: Path) -> None:
    encoder = CampplusVoiceEncoder(setup_of("campplus"))
    with SoundFile(write_sound(tmp_path / "sound.wav", humming(4))) as sound:
        whole = encoder.encode(sound, [Stretch(0.0, 3.0)])
        parted = encoder.encode(sound, [Stretch(0.0, 1.5), Stretch(1.5, 3.0)])
        assert whole is not None
        assert parted is not None
        np.testing.assert_array_equal(whole, parted)
        assert np.linalg.norm(whole) == pytest.approx(1.0, abs=1e-5)
        assert encoder.encode(sound, [Stretch(0.0, 0.4)]) is None
        assert encoder.encode(sound, [Stretch(9.0, 12.0)]) is None
        assert encoder.encode(sound, []) is None


def test_texts_become_what_transformers_makes_of_them(minilm: MiniLmEmbedder) -> None:
    expected: dict[str, list[float]] = TORCH["minilm"]
    rows = minilm.embed(list(expected), is_query=False)
    np.testing.assert_allclose(rows[:, :24], list(expected.values()), atol=CLOSE)
    np.testing.assert_allclose(np.linalg.norm(rows, axis=1), 1.0, atol=1e-5)


def test_a_text_is_embedded_the_same_in_any_company(minilm: MiniLmEmbedder) -> None:
    question = "Who pays for the hall?"
    alone = minilm.embed([question], is_query=True)[0]
    crowd = minilm.embed(
        ["", "a " * 2000, question, "\ud800 lone surrogate", *["filler"] * 20], is_query=False
    )
    np.testing.assert_allclose(crowd[2], alone, atol=CLOSE)
    assert np.isfinite(crowd).all()


def test_no_texts_give_no_rows(minilm: MiniLmEmbedder) -> None:
    assert minilm.embed([], is_query=False).shape == (0, 384)
