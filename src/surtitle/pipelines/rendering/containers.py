"""What fits into MP4. Matroska takes whatever FFmpeg can read."""

from enum import StrEnum

from surtitle.pipelines.rendering.source import SoundFacts


class Container(StrEnum):
    MP4 = "mp4"
    MKV = "mkv"

    @property
    def muxer(self) -> str:
        return "mp4" if self is Container.MP4 else "matroska"


# No version, date or random id is written: the same input gives the same bytes.
BIT_EXACT = ("-fflags", "+bitexact", "-flags:v", "+bitexact", "-flags:a", "+bitexact")
KEEP_METADATA = ("-map_metadata", "0", "-map_chapters", "0")

# Registered for ISO base media (mp4ra.org) and played by common players. Vorbis and PCM can be
# written to MP4 too, but hardly anything plays the result.
_MP4_SOUND = {"aac", "mp3", "mp2", "ac3", "eac3", "opus", "flac", "alac", "dts"}
_MP4_PICTURE = {"h264", "hevc", "av1", "vp9", "mpeg4", "mpeg2video", "mpeg1video"}

# Kept as they are in Matroska; MP4 holds no captions made of pictures.
IMAGE_CAPTIONS = {"hdmv_pgs_subtitle", "dvd_subtitle", "dvb_subtitle"}
TEXT_CAPTIONS = {"subrip", "ass", "webvtt", "mov_text", "text"}


def holds_sound(container: Container, sound: SoundFacts) -> bool:
    return container is Container.MKV or sound.codec in _MP4_SOUND


def holds_picture(container: Container, codec: str) -> bool:
    return container is Container.MKV or codec in _MP4_PICTURE
