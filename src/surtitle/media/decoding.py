"""One audio track as mono 16 kHz blocks that lie where the recording's clock says they lie."""

from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from typing import cast

import av
from av.audio.frame import AudioFrame
from av.audio.resampler import AudioResampler
from av.audio.stream import AudioStream
from av.container import InputContainer
from av.stream import Discard

from surtitle.engines.sound import SAMPLE_RATE_HZ, Samples
from surtitle.media.durations import MAX_DURATION_SECONDS
from surtitle.media.errors import NoSound
from surtitle.media.mixing import Channels, MonoMixer, SeparateChannels
from surtitle.media.timeline import Timeline

_BLOCK_SAMPLES = SAMPLE_RATE_HZ
_MAX_READ_ERRORS = 32
_CUT_SHORT_SECONDS = 1.0


@dataclass(frozen=True, slots=True)
class Block:
    """Sound, `silence` samples after the block before it: shape `(samples,)`, or `(samples, channels)`."""

    silence: int
    samples: Samples


class _FormChanged(Exception):
    """The track goes on with another rate, format or number of channels."""


class TrackDecoder:
    """Decodes one audio track in a stream; memory does not grow with its length.

    What is damaged is left out and its place kept silent; `warnings` then says so. `position` counts
    the samples given so far, silence included. With `channels` the blocks have so many, which are not mixed.
    """

    def __init__(self, container: InputContainer, stream: AudioStream, channels: int | None = None) -> None:
        self._container = container
        self._stream = stream
        self._timeline = Timeline((container.start_time or 0) / 1_000_000)
        self._resampler: AudioResampler | None = None
        self._channels = channels
        self._mixer: MonoMixer | SeparateChannels = MonoMixer(())
        self._bad_packets = 0
        self._stopped_by: str | None = None
        for other in container.streams:
            # Not read at all where the format allows it: most of a film is its picture.
            other.discard = Discard.default if other is stream else Discard.all

    @property
    def position(self) -> int:
        return self._timeline.position

    @property
    def warnings(self) -> tuple[str, ...]:
        return tuple(self._warnings())

    def blocks(self) -> Iterator[Block]:
        """The track from the recording's start to the track's end, in blocks of about a second."""
        for frame in self._frames():
            if frame.samples == 0 or frame.sample_rate <= 0:
                continue
            if self._timeline.breaks_at(frame) or self._resampler is None:
                yield from self._drained()
                self._begin(frame, self._timeline.start_of(frame))
            yield from self._placed(self._resampled(frame))
            if self.position > MAX_DURATION_SECONDS * SAMPLE_RATE_HZ:
                self._stopped_by = f"Only the first {MAX_DURATION_SECONDS / 3600:.0f} hours were decoded."
                break
        yield from self._drained()

    def _begin(self, frame: AudioFrame, start_seconds: float) -> None:
        self._timeline.begin(start_seconds)
        self._resampler = AudioResampler(
            # Packed: PyAV 18 reads past the end of the planes of a planar frame with eight channels.
            format="flt",
            layout=frame.layout.name,
            rate=SAMPLE_RATE_HZ,
            frame_size=_BLOCK_SAMPLES,
        )
        if self._channels is None:
            self._mixer = MonoMixer([channel.name for channel in frame.layout.channels])
        else:
            self._mixer = SeparateChannels(self._channels)

    def _drained(self) -> Iterator[Block]:
        """What the resampler still holds, before it is replaced."""
        if self._resampler is not None:
            yield from self._placed(_converted(self._resampler, None))
            self._resampler = None

    def _resampled(self, frame: AudioFrame) -> Iterator[AudioFrame]:
        assert self._resampler is not None
        # Our timeline places the sound; the resampler has only to go on where it was.
        frame.pts = None
        start = self._timeline.advance(frame)
        try:
            yield from _converted(self._resampler, frame)
        except _FormChanged:
            yield from _converted(self._resampler, None)
            self._begin(frame, start)
            yield from _converted(self._resampler, frame)

    def _placed(self, frames: Iterable[AudioFrame]) -> Iterator[Block]:
        for frame in frames:
            samples = self._mixer.mix(_channels_of(frame))
            silence, kept = self._timeline.place(len(samples))
            if kept:
                yield Block(silence, samples[len(samples) - kept :])

    def _frames(self) -> Iterator[AudioFrame]:
        for packet in self._packets():
            try:
                yield from packet.decode()
            except av.error.EOFError:
                return
            except av.FFmpegError:
                self._bad_packets += 1

    def _packets(self) -> Iterator["av.Packet[AudioStream]"]:
        """The track's packets; reading goes on after a damaged place while there is hope."""
        for _ in range(_MAX_READ_ERRORS):
            try:
                yield from self._container.demux(self._stream)
            except av.FFmpegError as error:
                self._stopped_by = (
                    f"The file is damaged or cut short: reading it met an error ({error.strerror})."
                )
                continue
            return

    def _warnings(self) -> Iterator[str]:
        if self._bad_packets:
            yield f"Damaged pieces of the audio track were left silent: {self._bad_packets}."
        if self._timeline.ignored_jumps:
            yield f"Impossible jumps of the file's clock were ignored: {self._timeline.ignored_jumps}."
        if self._stopped_by:
            yield self._stopped_by
        if self._timeline.ignored_jumps:
            # The promised length counts the jumps.
            return
        promised = self._promised_seconds()
        held = self.position / SAMPLE_RATE_HZ
        if promised - held > max(_CUT_SHORT_SECONDS, 0.02 * promised):
            yield f"The file promises {promised:.1f} s of sound and holds {held:.1f} s: it may be cut short."

    def _promised_seconds(self) -> float:
        if self._stream.duration is None or self._stream.time_base is None:
            return 0.0
        return float(self._stream.duration * self._stream.time_base)


def _converted(resampler: AudioResampler, frame: AudioFrame | None) -> list[AudioFrame]:
    try:
        return resampler.resample(frame)
    except av.FFmpegError as error:
        raise NoSound(
            f"The audio track's form cannot be read ({error.strerror}). Convert it to WAV or MP4."
        ) from error
    except ValueError as error:
        # The resampler compares each frame with its first, faster than names can be compared here.
        raise _FormChanged from error


def _channels_of(frame: AudioFrame) -> Channels:
    packed = cast("Channels", frame.to_ndarray())
    return packed.reshape(-1, frame.layout.nb_channels).T
