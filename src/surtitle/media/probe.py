"""What a recording holds: the facts that are stored with it and shown to people."""

from pydantic import BaseModel, ConfigDict, Field

from surtitle.errors import Invalid
from surtitle.media.errors import NoSound

# Decoded, each takes 115 MB of scratch an hour.
_MOST_SEPARATE_CHANNELS = 8


class Facts(BaseModel):
    model_config = ConfigDict(frozen=True)


class VideoTrack(Facts):
    """The picture. Width and height are in pixels as shown, after rotation."""

    codec: str
    width: int
    height: int
    frame_rate: float | None = Field(description="Frames per second, mean over the recording.")
    rotation: int = Field(description="Degrees clockwise that a player turns the picture: 0, 90, 180, 270.")
    pixel_aspect: float = Field(1.0, description="Width of a pixel over its height.")
    pixel_format: str | None = None


class AudioTrack(Facts):
    """One audio track; `index` counts audio tracks only, from 0."""

    index: int
    codec: str
    sample_rate_hz: int
    channels: int
    language: str | None = Field(None, description="The tag in the file, usually three letters.")
    title: str | None = None
    default: bool = False
    duration_seconds: float | None = Field(None, description="As the file says; unknown in some containers.")


class SubtitleTrack(Facts):
    """One subtitle track; `index` counts subtitle tracks only, from 0."""

    index: int
    codec: str
    language: str | None = None
    title: str | None = None
    default: bool = False


class Probe(Facts):
    """A recording, by its content; the file's name plays no part."""

    container: str = Field(description="FFmpeg's name of the format, such as `matroska,webm`.")
    content_type: str
    duration_seconds: float
    size_bytes: int
    bit_rate: int | None = Field(description="Bits per second over all streams.")
    video: VideoTrack | None = None
    audio: tuple[AudioTrack, ...] = ()
    subtitles: tuple[SubtitleTrack, ...] = ()
    still: bool = Field(False, description="A picture that does not move: for films to show.")

    @property
    def has_sound(self) -> bool:
        return bool(self.audio)


def default_track(tracks: tuple[AudioTrack, ...]) -> int:
    """The track that a player would play: the first that the file marks as default, else the first."""
    return next((track.index for track in tracks if track.default), 0)


def require_sound(probe: Probe, track: int | None = None) -> AudioTrack:
    """The audio track to work on. Raises `NoSound` when there is none, or none that holds anything."""
    if not probe.audio:
        raise NoSound(
            "The recording has no audio track, so there is nothing to transcribe. "
            "Export it again with its sound, or send the sound as a file of its own."
        )
    index = default_track(probe.audio) if track is None else track
    if not 0 <= index < len(probe.audio):
        raise NoSound(
            f"Audio track {index} does not exist; the recording has {_span(len(probe.audio))}.",
            field="options.audio_track",
        )
    chosen = probe.audio[index]
    if chosen.duration_seconds == 0:
        raise NoSound(
            f"Audio track {index} holds no samples. Choose another track, or export the recording again."
        )
    return chosen


def require_separate_channels(count: int) -> None:
    """Raises `Invalid` for a track of `count` channels that cannot hold one speaker each."""
    if count < 2:  # noqa: PLR2004 - nothing is apart in one
        raise Invalid(
            "The recording has one channel only, so its speakers cannot be told by channels; leave channels "
            "at 'mixed'.",
            field="options.diarization.channels",
        )
    if count > _MOST_SEPARATE_CHANNELS:
        raise Invalid(
            f"The recording has {count} channels, and at most {_MOST_SEPARATE_CHANNELS} are told apart as "
            "speakers; leave channels at 'mixed', or bring the channels that people speak on.",
            field="options.diarization.channels",
        )


def _span(count: int) -> str:
    return "only track 0" if count == 1 else f"tracks 0 to {count - 1}"
