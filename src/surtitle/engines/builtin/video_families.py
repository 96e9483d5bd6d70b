"""The families of video models that the engine `diffusers` knows: their sizes, rates and habits.

From the authors' model cards and diffusers' own pipelines: Lightricks/LTX-Video, Wan-AI/Wan2.1 and 2.2,
THUDM/CogVideoX-2b, -5b and 1.5.
"""

import math
from dataclasses import dataclass, field, replace

from surtitle.domain.films import FilmRequest, FilmRules

# A model's sizes, rates and clip lengths are nobody's business but the engine's: it draws in what the model
# knows, and the film comes out as it was asked for.
RULES = FilmRules(from_prompt=True, longest_seconds=60.0, uses_pictures=1, avoids=True)


@dataclass(frozen=True, slots=True)
class Family:
    """`pipeline` is the class of diffusers that draws, of a folder saved from one of `classes`, and
    `pictured_pipeline` the one that goes on from a picture.

    Sizes are multiples of `size_step`, the number of frames is `frame_step` * k + 1. `most_pixels` is the
    largest picture that it was taught, `patient_pixels` what is asked of a CPU. A family with an `only_size`
    knows no other.
    """

    name: str
    pipeline: str
    pictured_pipeline: str
    classes: tuple[str, ...]
    frame_step: int
    most_frames: int
    rate: int
    most_pixels: int
    patient_pixels: int
    steps: int
    guidance: float
    prompt_tokens: int
    extras: dict[str, float] = field(default_factory=dict)
    size_step: int = 32
    only_size: tuple[int, int] | None = None
    all_take_pictures: bool = False
    """The same weights draw with and without a picture."""
    has_exact_vae: bool = False
    """Its decoder loses too much in half precision."""

    @property
    def longest_seconds(self) -> float:
        return self.most_frames / self.rate

    def frames_for(self, seconds: float) -> int:
        """The number of frames of the family's form that reaches over `seconds`."""
        wanted = max(1, round(seconds * self.rate))
        return min(math.ceil((wanted - 1) / self.frame_step) * self.frame_step + 1, self.most_frames)


LTX = Family(
    name="LTX-Video",
    pipeline="LTXPipeline",
    pictured_pipeline="LTXImageToVideoPipeline",
    all_take_pictures=True,
    # Later versions are saved from a pipeline that also takes pictures; its parts are the same.
    classes=("LTXPipeline", "LTXConditionPipeline", "LTXImageToVideoPipeline"),
    frame_step=8,
    most_frames=161,
    rate=24,
    most_pixels=1216 * 704,
    patient_pixels=704 * 480,
    steps=50,
    guidance=3.0,
    prompt_tokens=128,
    # Of use from 0.9.1 on, whose decoder takes the last step of the noise away; others do not look at it.
    extras={"decode_timestep": 0.05, "decode_noise_scale": 0.025},
)
WAN = Family(
    name="Wan",
    pipeline="WanPipeline",
    pictured_pipeline="WanImageToVideoPipeline",
    classes=("WanPipeline", "WanImageToVideoPipeline"),
    frame_step=4,
    most_frames=81,
    rate=16,
    most_pixels=832 * 480,
    patient_pixels=832 * 480,
    steps=50,
    guidance=5.0,
    prompt_tokens=512,
    has_exact_vae=True,
)
COGVIDEOX = Family(
    name="CogVideoX",
    pipeline="CogVideoXPipeline",
    pictured_pipeline="CogVideoXImageToVideoPipeline",
    classes=("CogVideoXPipeline", "CogVideoXImageToVideoPipeline"),
    # Its decoder takes an odd number of latents, four frames each after the first; of an even number it makes
    # still frames at the beginning.
    frame_step=8,
    most_frames=49,
    rate=8,
    most_pixels=720 * 480,
    patient_pixels=720 * 480,
    steps=50,
    guidance=6.0,
    prompt_tokens=226,
)
FAMILIES = (LTX, WAN, COGVIDEOX)
# Wan 2.2 5B; the others pack 8 pixels into one.
_WAN_5B_PACKING = 16


def family_of(pipeline_class: str) -> Family | None:
    """The family that a folder saved from this class of diffusers belongs to."""
    return next((family for family in FAMILIES if pipeline_class in family.classes), None)


def version_of(
    family: Family, *, pixels_a_latent: int, frames_a_patch: int, taught: tuple[int, int] | None
) -> Family:
    """The family as the version that was loaded has it.

    `pixels_a_latent` and `frames_a_patch` are how far a version packs space and time, `taught` the size that
    it was taught, where it says so.
    """
    if family is WAN and pixels_a_latent == _WAN_5B_PACKING:
        return replace(WAN, rate=24, most_frames=121, most_pixels=1280 * 704)
    if family is COGVIDEOX and frames_a_patch == 1:
        return replace(COGVIDEOX, only_size=taught)
    if family is COGVIDEOX:
        # CogVideoX 1.5 knows many sizes, and twice the rate.
        return replace(COGVIDEOX, rate=16, most_frames=81, most_pixels=1360 * 768)
    return family


def drawn_size(request: FilmRequest, family: Family, most_pixels: int) -> tuple[int, int]:
    """Width and height that the model draws in: the request's shape, as large as it knows, in its steps."""
    if family.only_size is not None:
        return family.only_size
    scale = min(1.0, math.sqrt(most_pixels / (request.width * request.height)))
    return _stepped(request.width * scale, family), _stepped(request.height * scale, family)


def _stepped(pixels: float, family: Family) -> int:
    return max(2, round(pixels / family.size_step)) * family.size_step
