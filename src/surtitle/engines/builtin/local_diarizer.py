"""The engine `local`: who speaks when, by pyannote segmentation 3.0 and CAM++. Needs no hub, token or GPU.

Windows of four seconds say who of up to three people speaks when, overlaps included (`window_activity`).
Each person of each window has a voice (`voice_tracks`); voices that are alike are one speaker
(`voice_clustering`), and what the windows over a moment say of that speaker decides (`speaker_probability`).
What is kept of an hour while it hears is about 5 MB.
"""

from collections.abc import Callable, Sequence

import numpy as np

from surtitle.domain.options import DiarizationOptions
from surtitle.domain.speakers import Diarization, SpeakerVoice
from surtitle.engines.builtin.campplus import ENCODER, CampplusNet
from surtitle.engines.builtin.channel_speakers import channel_probability
from surtitle.engines.builtin.segmentation import SegmentationNet
from surtitle.engines.builtin.speaker_assignment import assigned
from surtitle.engines.builtin.speaker_probability import SpeakerProbability, speaker_probability
from surtitle.engines.builtin.speaker_turns import Times, labelled, speaker_label, turns_of
from surtitle.engines.builtin.voice_clustering import MOST_SPEAKERS, SpeakerBounds, voices_found
from surtitle.engines.builtin.voice_tracks import Embedding, VoiceNet, VoiceTrack, WindowListener, mean_voice
from surtitle.engines.builtin.window_activity import (
    ActivityWindow,
    Segmenter,
    SoundSource,
    frame_count,
    hear_activity,
    window_starts,
)
from surtitle.engines.protocols import EngineSetup
from surtitle.engines.sound import SoundFile
from surtitle.errors import Invalid, Unavailable

ENGINE = "local"

# Hearing is all but this share of the work; the rest is arithmetic on what was heard.
_HEARING_SHARE = 0.98

OnProgress = Callable[[float], None]


class LocalDiarizer:
    """A `Diarizer`."""

    def __init__(self, setup: EngineSetup) -> None:
        if setup.model_directory is None or not setup.companions:
            raise Unavailable(
                f"The engine {ENGINE} lacks its models; "
                "get them with: surtitle models pull segmentation-3.0 campplus"
            )
        self._pipeline = SpeakerPipeline(
            SegmentationNet(setup.model_directory, setup.threads),
            CampplusNet(setup.companions[0], setup.threads),
        )

    def diarize(self, sound: SoundFile, options: DiarizationOptions, on_progress: OnProgress) -> Diarization:
        """With `channels` separate each channel is a speaker, and the numbers of speakers are not heeded."""
        if options.channels == "separate":
            return self._pipeline.of_channels(channels_of(sound), sound.duration_seconds, on_progress)
        return self._pipeline.of_mix(sound, sound.duration_seconds, _bounds(options), on_progress)


class SpeakerPipeline:
    """From sound to turns with any two networks of these kinds. Keeps nothing between calls."""

    def __init__(self, segmentation: Segmenter, voice_net: VoiceNet) -> None:
        self._segmentation = segmentation
        self._listener = WindowListener(voice_net)

    def of_mix(
        self, sound: SoundSource, duration_seconds: float, bounds: SpeakerBounds, on_progress: OnProgress
    ) -> Diarization:
        """Speakers told apart by their voices."""
        frames = frame_count(sound.sample_count)
        windows, tracks = self._heard(sound, on_progress)
        voices = voices_found(tracks, bounds)
        found = speaker_probability(windows, assigned(windows, tracks, voices, frames), len(voices), frames)
        on_progress(1.0)
        return _diarization(found, voices, duration_seconds)

    def of_channels(
        self, channels: Sequence[SoundSource], duration_seconds: float, on_progress: OnProgress
    ) -> Diarization:
        """A speaker a channel."""
        heard: list[list[ActivityWindow]] = []
        voices: list[Embedding | None] = []
        for number, channel in enumerate(channels):
            windows, tracks = self._heard(channel, _share_of(on_progress, number, len(channels)))
            heard.append(windows)
            voices.append(mean_voice(tracks))
        found = channel_probability(channels, heard)
        on_progress(1.0)
        return _diarization(found, voices, duration_seconds)

    def _heard(
        self, sound: SoundSource, on_progress: OnProgress
    ) -> tuple[list[ActivityWindow], list[VoiceTrack]]:
        total = len(window_starts(sound.sample_count))
        windows: list[ActivityWindow] = []
        tracks: list[VoiceTrack] = []
        for heard, samples in hear_activity(self._segmentation, sound):
            window, voices = self._listener.hear(heard, len(windows), samples)
            windows.append(window)
            tracks += voices
            on_progress(_HEARING_SHARE * len(windows) / total)
        return windows, tracks


def _diarization(
    found: SpeakerProbability, voices: Sequence[Embedding | None] | Embedding, duration_seconds: float
) -> Diarization:
    rows = turns_of(found, duration_seconds)
    turns, order = labelled(rows)
    return Diarization(
        duration_seconds=duration_seconds,
        turns=turns,
        voices=tuple(_voice(number, rows[row], voices[row]) for number, row in enumerate(order)),
        engine=ENGINE,
    )


def _voice(number: int, turns: Sequence[Times], voice: Embedding | None) -> SpeakerVoice:
    seconds = round(sum(end - start for start, end in turns), 3)
    if voice is None:
        return SpeakerVoice(speaker_label(number), seconds)
    values = tuple(np.round(voice.astype(np.float64), 6).tolist())
    return SpeakerVoice(speaker_label(number), seconds, ENCODER, values)


def _bounds(options: DiarizationOptions) -> SpeakerBounds:
    if options.speakers is not None:
        return SpeakerBounds(options.speakers, options.speakers)
    return SpeakerBounds(options.min_speakers or 1, options.max_speakers or MOST_SPEAKERS)


def channels_of(sound: SoundFile) -> list[SoundSource]:
    """Each channel by itself. Raises `Invalid` where there is one only."""
    if sound.channel_count == 1:
        raise Invalid(
            "The recording has one channel only, so its speakers cannot be told by channels; "
            "leave channels at 'mixed'.",
            field="channels",
        )
    return [sound.channel(number) for number in range(sound.channel_count)]


def _share_of(on_progress: OnProgress, number: int, count: int) -> OnProgress:
    return lambda fraction: on_progress((number + fraction) / count)
