"""What rendering must know about a video before it starts, and how ffmpeg may open it."""

import asyncio
from dataclasses import dataclass
from pathlib import Path

import av
from av import AudioStream, CodecContext
from av.container import InputContainer
from av.stream import Stream

from surtitle.pipelines.rendering.errors import UnreadableVideo

_MICROSECONDS = 1_000_000

# A file's content decides which demuxer reads it. Playlists (hls, dash, concat, sdp, image2, imf)
# would let an upload name other people's files and hosts, so only formats that hold their own
# media are opened.
FORMATS = (
    "mov,mp4,m4a,3gp,3g2,mj2,matroska,webm,avi,mpegts,mpeg,mpegvideo,mpegtsraw,flv,live_flv,asf,asf_o,ogg,mxf,"
    "mxf_opatom,gxf,nut,nsv,rm,wtv,dv,ivf,h261,h263,h264,hevc,vvc,av1,obu,m4v,mjpeg,vc1,vc1test,dirac,cavsvideo,"
    "yuv4mpegpipe,gif,apng,webp_anim,swf,vob,film_cpk,bink,smk,roq,"
    "wav,w64,aiff,caf,au,mp3,mp2,aac,ac3,eac3,dts,dtshd,truehd,mlp,flac,ape,tta,tak,wv,mpc,mpc8,amr,amrnb,amrwb,"
    "oma,loas,adts,voc,sox,qcp,dsf,iff,alaw,mulaw,gsm"
)
GUARD = ("-protocol_whitelist", "file,pipe", "-format_whitelist", FORMATS)

# ITU-T H.273, table 3: transfer characteristics of HDR10 (PQ) and HLG.
_HDR_TRANSFERS = {16, 18}


@dataclass(frozen=True, slots=True)
class PictureFacts:
    """The main picture. `stored_*` as encoded but turned upright; `width`, `height` with square pixels."""

    codec: str
    stored_width: int
    stored_height: int
    width: int
    height: int
    hdr: bool

    @property
    def anamorphic(self) -> bool:
        return self.width != self.stored_width


@dataclass(frozen=True, slots=True)
class SoundFacts:
    codec: str
    channels: int


@dataclass(frozen=True, slots=True)
class SourceFacts:
    """`captions` holds the codec of each caption track that the file already has, in order."""

    duration_seconds: float | None
    picture: PictureFacts | None
    sounds: tuple[SoundFacts, ...]
    captions: tuple[str, ...]


async def inspect_source(source: Path) -> SourceFacts:
    """Open `source`, decode one picture, and tell. Raises `UnreadableVideo`."""
    return await asyncio.to_thread(_inspect, source)


def file_url(path: Path) -> str:
    """`path` as ffmpeg takes it whatever its name holds (a colon, or `-` in front)."""
    return f"file:{path.absolute()}"


def _inspect(source: Path) -> SourceFacts:
    try:
        with av.open(
            file_url(source),
            metadata_errors="replace",
            options={"protocol_whitelist": "file,pipe", "format_whitelist": FORMATS},
        ) as container:
            return _facts(container)
    except FileNotFoundError:
        raise UnreadableVideo(source, "there is no such file") from None
    except (av.FFmpegError, OSError) as error:
        reason = getattr(error, "strerror", None) or "unknown format"
        raise UnreadableVideo(source, f"{reason[0].lower()}{reason[1:]}") from None


def _facts(container: InputContainer) -> SourceFacts:
    streams = container.streams
    return SourceFacts(
        duration_seconds=container.duration / _MICROSECONDS if container.duration else None,
        picture=_picture(container),
        sounds=tuple(_sound(stream) for stream in streams.audio),
        captions=tuple(_format(stream) for stream in streams.subtitles),
    )


def _format(stream: Stream) -> str:
    """What the stream is coded as, whichever decoder reads it."""
    # A stream that FFmpeg has no decoder for has no context, whatever the type says.
    context: CodecContext | None = stream.codec_context
    return context.codec.canonical_name if context else "unknown"


def _sound(stream: AudioStream) -> SoundFacts:
    context: CodecContext | None = stream.codec_context
    return SoundFacts(_format(stream), stream.codec_context.channels if context else 0)


def _picture(container: InputContainer) -> PictureFacts | None:
    """Facts of the first stream that moves: cover art is not a picture to caption."""
    still = av.stream.Disposition.attached_pic
    stream = next((s for s in container.streams.video if not s.disposition & still), None)
    if stream is None:
        return None
    frame = next(container.decode(stream), None)
    if frame is None:
        return None
    width, height = frame.width, frame.height
    aspect = stream.sample_aspect_ratio or 1
    display_width, display_height = round(width * aspect) or width, height
    if frame.rotation % 180 != 0:
        # ffmpeg turns the picture upright, and its pixels with it.
        width, height = height, width
        display_width, display_height = round(width / aspect) or width, height
    return PictureFacts(
        codec=_format(stream),
        stored_width=width,
        stored_height=height,
        width=display_width,
        height=display_height,
        hdr=frame.color_trc in _HDR_TRANSFERS,
    )
