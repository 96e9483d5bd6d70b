"""Who speaks when: turns, which may lie on one another, and the voices that they are of."""

from dataclasses import dataclass, field, replace

from pydantic import TypeAdapter

DIARIZATION_SCHEMA_VERSION = 1

DIARIZATION_JSON = "diarization.json"
"""Who speaks when, for people to keep."""

VOICES_JSON = "voices.json"
"""The same with the speakers' embeddings, for the steps that follow. No job that has ended keeps it."""

SPEAKERS_JSON = "speakers.json"
"""Whose voices the speakers' are."""


@dataclass(frozen=True, slots=True)
class SpeakerTurn:
    """One person speaking without giving up the floor; seconds from the start of the recording.

    `speaker` is a label of the recording (`speaker_1`, numbered as they are first heard), not a name.
    Turns of different speakers may overlap; those of one never do.
    """

    start_seconds: float
    end_seconds: float
    speaker: str

    @property
    def seconds(self) -> float:
        return self.end_seconds - self.start_seconds


@dataclass(frozen=True, slots=True)
class Voice:
    """What a `VoiceEncoder` heard: `embedding` has unit length, only those of one `encoder` compare."""

    encoder: str
    embedding: tuple[float, ...] = field(repr=False)


@dataclass(frozen=True, slots=True)
class SpeakerVoice:
    """What a diarizer learned of one speaker's voice, to be compared with voices that are known.

    `embedding` has unit length; only embeddings of the same `encoder` can be compared. None where nobody
    was heard alone for long enough. `speech_seconds` is how long the speaker speaks in all.
    """

    speaker: str
    speech_seconds: float
    encoder: str | None = None
    embedding: tuple[float, ...] | None = field(default=None, repr=False)


@dataclass(frozen=True, slots=True)
class Diarization:
    """All turns of a recording in order of their start, and its speakers in order of their labels."""

    duration_seconds: float
    turns: tuple[SpeakerTurn, ...] = ()
    voices: tuple[SpeakerVoice, ...] = ()
    engine: str = ""
    schema_version: int = field(default=DIARIZATION_SCHEMA_VERSION)

    @property
    def speakers(self) -> tuple[str, ...]:
        return tuple(voice.speaker for voice in self.voices)

    def without_embeddings(self) -> "Diarization":
        """The same for a file that people keep: embeddings are biometric data and go when the job ends."""
        return replace(self, voices=tuple(replace(one, encoder=None, embedding=None) for one in self.voices))


SPEAKER_NAMES_SCHEMA_VERSION = 1


@dataclass(frozen=True, slots=True)
class SpeakerName:
    """Whose voice a speaker's is. `name` and `voice_id` are None where no known voice was certain.

    `score` is the likeness to the nearest known voice, -1..1; None where nothing could be compared.
    """

    speaker: str
    name: str | None = None
    voice_id: str | None = None
    score: float | None = None


@dataclass(frozen=True, slots=True)
class SpeakerNames:
    """The speakers of one recording, in the order of their labels. `threshold` is the score from which a
    voice counted as known.
    """

    speakers: tuple[SpeakerName, ...] = ()
    threshold: float = 0.0
    encoder: str | None = None
    schema_version: int = field(default=SPEAKER_NAMES_SCHEMA_VERSION)

    def called(self, speaker: str) -> str:
        """The name of a speaker, or the label where the name is not known."""
        return next((one.name for one in self.speakers if one.speaker == speaker and one.name), speaker)


_DIARIZATION = TypeAdapter(Diarization)
_SPEAKER_NAMES = TypeAdapter(SpeakerNames)


def diarization_json(diarization: Diarization) -> bytes:
    """`diarization.json`, with what the voices are told apart by. Equal diarizations give equal bytes."""
    return _DIARIZATION.dump_json(diarization, indent=1) + b"\n"


def read_diarization(data: bytes) -> Diarization:
    """The way back from `diarization_json`."""
    return _DIARIZATION.validate_json(data)


def speaker_names_json(names: SpeakerNames) -> bytes:
    """`speakers.json`."""
    return _SPEAKER_NAMES.dump_json(names, indent=1) + b"\n"


def read_speaker_names(data: bytes) -> SpeakerNames:
    """The way back from `speaker_names_json`."""
    return _SPEAKER_NAMES.validate_json(data)
