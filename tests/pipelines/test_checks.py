"""What is refused before any work is done."""

from typing import Any

import pytest

from surtitle.config import Settings, WritingSettings
from surtitle.db.models import Media, StoredTranscript
from surtitle.domain.options import MeetingJobOptions
from surtitle.domain.recipes import recipe_named
from surtitle.engines.models import EngineChooser, ModelStore, probe_hardware
from surtitle.engines.registry import EngineRegistry
from surtitle.engines.writing import Writers
from surtitle.errors import Invalid
from surtitle.media.errors import NoSound
from surtitle.media.probe import AudioTrack, Probe
from surtitle.pipelines.checks import JobChecks
from surtitle.pipelines.transcription.selection import EngineSelector

APART = {"channels": "separate"}


def checked(options: dict[str, Any], media: Media | None, writing: WritingSettings | None = None) -> None:
    """A meeting about a text that is there already."""
    settings, registry = Settings(_env_file=None), EngineRegistry()
    models, hardware = ModelStore(settings), probe_hardware(0)
    checks = JobChecks(
        EngineSelector(settings.engines, registry, models, hardware),
        EngineChooser(settings, registry, models, hardware),
        Writers(writing or WritingSettings()),
    )
    asked = MeetingJobOptions.model_validate(options)
    checks(recipe_named("meeting"), asked, media, StoredTranscript())


def recording(*channels: int) -> Media:
    """With a track for each number of channels."""
    tracks = tuple(
        AudioTrack(index=index, codec="flac", sample_rate_hz=48_000, channels=count)
        for index, count in enumerate(channels)
    )
    probe = Probe(
        container="flac",
        content_type="audio/flac",
        duration_seconds=9.0,
        size_bytes=9,
        bit_rate=None,
        audio=tracks,
    )
    return Media(probe=probe.model_dump(mode="json"))


def test_a_writer_that_there_is_not_is_refused_when_the_job_is_started() -> None:
    def wanting(writing: WritingSettings, **minutes: object) -> None:
        checked({"diarization": {"enabled": False}, "minutes": minutes}, None, writing)

    with pytest.raises(Invalid, match="SURTITLE_WRITING__URL"):
        wanting(WritingSettings(), writer="openai")
    wanting(WritingSettings(url="http://127.0.0.1:9/v1", model="small"), writer="openai")
    wanting(WritingSettings(), writer="openai", enabled=False)
    wanting(WritingSettings())


@pytest.mark.parametrize(
    ("diarization", "media", "field", "told"),
    [
        ({"engine": "nope"}, recording(1), "options.diarization.engine", "choose one of: local, pyannote"),
        ({"engine": "minilm"}, recording(1), "options.diarization.engine", "no diarizer called"),
        (APART, recording(1), "options.diarization.channels", "one channel only"),
        (APART, recording(9), "options.diarization.channels", "at most 8"),
        ({**APART, "engine": "pyannote"}, recording(2), "options.diarization.channels", "'pyannote' hears"),
        ({}, None, "media_id", "no recording"),
    ],
)
def test_speakers_that_could_never_be_told_apart_are_refused(
    diarization: dict[str, Any], media: Media | None, field: str, told: str
) -> None:
    with pytest.raises(Invalid, match=told) as refused:
        checked({"diarization": diarization}, media)
    assert refused.value.fields["field"] == field
    checked({"diarization": {**diarization, "enabled": False}}, media)


def test_the_channels_are_those_of_the_track_that_is_listened_to() -> None:
    checked({"diarization": APART, "audio_track": 1}, recording(1, 2))
    checked({"diarization": APART}, recording(8))
    with pytest.raises(Invalid, match="one channel only"):
        checked({"diarization": APART}, recording(1, 2))
    with pytest.raises(NoSound, match="no audio track"):
        checked({}, recording())
