"""The filters between decoder and encoder. ffmpeg itself turns the picture upright before them."""

from surtitle.pipelines.rendering.ffmpeg import FfmpegBuild
from surtitle.pipelines.rendering.source import PictureFacts

# What every player decodes.
EIGHT_BIT = "format=yuv420p"

# HDR to BT.709. 203 cd/m² is the level of diffuse white in HDR (ITU-R BT.2408, table 1).
_TONE_MAP = (
    "zscale=t=linear:npl=203",
    "format=gbrpf32le",
    "zscale=p=bt709",
    "tonemap=tonemap=hable:desat=0",
    "zscale=t=bt709:m=bt709:r=tv",
)


def standard_colours(picture: PictureFacts, build: FfmpegBuild) -> list[str]:
    return list(_TONE_MAP) if picture.hdr and build.can_tone_map else []


def even_size(picture: PictureFacts) -> list[str]:
    """H.264 in 4:2:0 has even sizes: repeat the last row or column rather than blur all or lose one."""
    right, bottom = picture.stored_width % 2, picture.stored_height % 2
    if not right and not bottom:
        return []
    width, height = picture.stored_width + right, picture.stored_height + bottom
    # With subsampled colour these filters would round the size down before they fill.
    return [
        "format=yuv444p",
        f"pad={width}:{height}",
        f"fillborders=right={right}:bottom={bottom}:mode=smear",
    ]


def draw_captions(picture: PictureFacts) -> str:
    """The captions of `captions.ass` in the working folder, in the right shape on oblong pixels."""
    drawn = "ass=captions.ass:fontsdir=fonts"
    if picture.anamorphic:
        drawn += f":original_size={picture.width}x{picture.stored_height}"
    return drawn


def tone_warning(picture: PictureFacts, build: FfmpegBuild) -> tuple[str, ...]:
    if not picture.hdr:
        return ()
    if build.can_tone_map:
        return ("The video is HDR; its colours were converted to standard range (BT.709).",)
    return ("The video is HDR and this ffmpeg cannot convert its colours: they will look pale.",)
