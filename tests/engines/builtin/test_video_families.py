"""Sizes, lengths and places of video models."""

import json
import struct
from collections.abc import Callable
from pathlib import Path

import pytest

from surtitle.domain.films import FilmRequest
from surtitle.engines.builtin.clips import Clip
from surtitle.engines.builtin.fal_models import asked_for, check_picture, fal_model, picture_size
from surtitle.engines.builtin.pipeline_placing import (
    GIB,
    PipelineWeights,
    Placement,
    has_room_for_single,
    placement_on_gpu,
    weights_of,
)
from surtitle.engines.builtin.video_families import (
    COGVIDEOX,
    FAMILIES,
    LTX,
    WAN,
    Family,
    drawn_size,
    family_of,
    version_of,
)
from surtitle.engines.builtin.weights import WeightsUnreadable
from surtitle.errors import Invalid, Unavailable

# 13 thousand million numbers, half of them in the largest part.
WEIGHTS = PipelineWeights(13_000_000_000, 6_500_000_000)

SaveWeights = Callable[[str, dict[str, list[int]]], Path]


def request(width: int, height: int) -> FilmRequest:
    return FilmRequest("a cat", width, height, 30, 4.0)


@pytest.mark.parametrize("family", FAMILIES)
@pytest.mark.parametrize("seconds", [0.01, 1.0, 2.37, 4.0, 60.0])
def test_clips_have_as_many_frames_as_the_family_draws(family: Family, seconds: float) -> None:
    frames = family.frames_for(seconds)
    assert (frames - 1) % family.frame_step == 0
    reached = frames >= round(seconds * family.rate)
    assert reached or frames == family.most_frames
    assert frames - family.frame_step < max(1, seconds * family.rate + 1)


@pytest.mark.parametrize("family", FAMILIES)
@pytest.mark.parametrize("size", [(1920, 1080), (1080, 1920), (1080, 1080), (640, 360), (100, 20)])
def test_pictures_have_the_steps_of_the_family_and_the_shape_of_the_film(
    family: Family, size: tuple[int, int]
) -> None:
    width, height = drawn_size(request(*size), family, family.most_pixels)
    assert width % family.size_step == height % family.size_step == 0
    assert width * height <= family.most_pixels * 1.1
    assert min(width, height) >= 64
    if min(size) >= 360:
        assert width / height == pytest.approx(size[0] / size[1], rel=0.12)


def test_versions_of_a_family_differ() -> None:
    def version(family: Family, packing: int, patch: int) -> Family:
        return version_of(family, pixels_a_latent=packing, frames_a_patch=patch, taught=(720, 480))

    assert (version(WAN, 16, 1).rate, version(WAN, 8, 1)) == (24, WAN)
    assert version(COGVIDEOX, 8, 1).only_size == (720, 480)
    assert (version(COGVIDEOX, 8, 2).rate, version(COGVIDEOX, 8, 2).only_size) == (16, None)
    assert version(LTX, 32, 1) is LTX
    assert family_of("LTXConditionPipeline") is LTX
    assert family_of("FluxPipeline") is None


@pytest.mark.parametrize(
    ("free_gib", "placement"),
    [(80, Placement.WHOLE), (24, Placement.BY_MODEL), (12, Placement.BY_LAYER)],
)
def test_a_model_is_placed_where_there_is_room(free_gib: int, placement: Placement) -> None:
    assert placement_on_gpu(WEIGHTS, free_gib * GIB, 2 * GIB) is placement


def test_a_cpu_computes_in_half_precision_where_single_has_no_room() -> None:
    folder = Path("big-model")
    assert has_room_for_single(WEIGHTS, 64 * GIB, folder)
    assert not has_room_for_single(WEIGHTS, 32 * GIB, folder)
    with pytest.raises(Unavailable, match=r"big-model needs 27\.8 GiB of memory, and 16\.0 GiB are free"):
        has_room_for_single(WEIGHTS, 16 * GIB, folder)


@pytest.fixture
def save_weights(tmp_path: Path) -> SaveWeights:
    def save(name: str, shapes: dict[str, list[int]]) -> Path:
        path = tmp_path / name
        path.parent.mkdir(exist_ok=True)
        entries = {name: {"dtype": "BF16", "shape": shape} for name, shape in shapes.items()}
        head = json.dumps({"__metadata__": {"format": "pt"}, **entries}).encode()
        path.write_bytes(struct.pack("<Q", len(head)) + head)
        return tmp_path

    return save


def test_weights_are_counted_without_reading_them_and_copies_count_once(save_weights: SaveWeights) -> None:
    save_weights("vae/a.safetensors", {"x": [10, 10], "y": [5]})
    save_weights("transformer/a-1-of-2.safetensors", {"x": [1000]})
    save_weights("transformer/a-1-of-2.fp16.safetensors", {"x": [1000]})
    folder = save_weights("transformer/a-2-of-2.safetensors", {"x": [2, 1000]})
    assert weights_of(folder) == PipelineWeights(3105, 3000)


@pytest.mark.parametrize("content", [b"", b"\xff" * 8, b"\x02\0\0\0\0\0\0\0[]"])
def test_a_damaged_file_of_weights_is_told(content: bytes, tmp_path: Path) -> None:
    (tmp_path / "vae").mkdir()
    (tmp_path / "vae" / "a.safetensors").write_bytes(content)
    with pytest.raises(WeightsUnreadable):
        weights_of(tmp_path)


@pytest.mark.parametrize(
    ("model", "seconds", "size", "expected"),
    [
        ("fal-ai/ltx-video-13b-distilled", 2.0, (1920, 1080), {"num_frames": 49, "resolution": "720p"}),
        ("fal-ai/wan/v2.2-a14b/text-to-video", 0.2, (640, 360), {"num_frames": 17, "resolution": "480p"}),
        ("fal-ai/kling-video/v2.5-turbo/pro/text-to-video", 5.1, (1080, 1080), {"duration": "10"}),
        ("fal-ai/veo3/fast", 4.5, (1920, 1080), {"duration": "6s", "generate_audio": False}),
        ("somebody/new-model", 3.0, (1080, 1920), {"seed": 7, "aspect_ratio": "9:16"}),
    ],
)
def test_each_model_of_fal_is_asked_in_its_own_words(
    model: str, seconds: float, size: tuple[int, int], expected: dict[str, object]
) -> None:
    asked = asked_for(model, Clip("a cat", seconds, 7), request(*size))
    assert asked.endpoint == model
    told = asked.arguments
    assert expected.items() <= told.items()
    assert told["prompt"] == "a cat"
    assert "negative_prompt" not in told, "an empty wish is none"


def test_a_model_without_squares_draws_a_square_film_wide() -> None:
    told = asked_for("fal-ai/veo3", Clip("a cat", 4.0, 7), request(1080, 1080)).arguments
    assert told["aspect_ratio"] == "16:9"
    assert fal_model("fal-ai/veo3").longest_seconds == 8.0


@pytest.mark.parametrize(
    ("model", "endpoint", "aspect"),
    [
        ("fal-ai/ltx-video-13b-distilled", "fal-ai/ltx-video-13b-distilled/image-to-video", "9:16"),
        ("fal-ai/wan/v2.2-a14b/text-to-video", "fal-ai/wan/v2.2-a14b/image-to-video", "9:16"),
        ("fal-ai/veo3/fast", "fal-ai/veo3/fast/image-to-video", "9:16"),
        (
            "fal-ai/kling-video/v2.5-turbo/pro/text-to-video",
            "fal-ai/kling-video/v2.5-turbo/pro/image-to-video",
            None,
        ),
        ("fal-ai/minimax/image-to-video", "fal-ai/minimax/image-to-video", None),
    ],
)
def test_a_picture_goes_to_the_model_that_begins_with_one(
    model: str, endpoint: str, aspect: str | None
) -> None:
    asked = asked_for(model, Clip("a cat", 4.0, 7), request(720, 1280), "data:image/jpeg;base64,AA==")
    assert asked.endpoint == endpoint
    assert asked.arguments["image_url"] == "data:image/jpeg;base64,AA=="
    assert asked.arguments.get("aspect_ratio") == aspect
    assert picture_size(model, request(720, 1280)) == (720, 1280)
    assert fal_model(endpoint).longest_seconds == fal_model(model).longest_seconds


def test_a_model_of_fal_that_cannot_begin_with_a_picture_or_has_to_says_so() -> None:
    with pytest.raises(Invalid, match="words alone"):
        check_picture("fal-ai/hunyuan-video", None, True)
    with pytest.raises(Invalid, match="goes on from a picture"):
        check_picture("fal-ai/minimax/image-to-video", None, False)
    check_picture("fal-ai/hunyuan-video", None, False)
    check_picture("fal-ai/minimax/image-to-video", None, True)
