"""What can go wrong with known voices."""

from uuid import UUID

from surtitle.errors import Conflict, Invalid, NotFound


class VoiceNotFound(NotFound):
    """The project knows no such voice."""

    slug = "voice-not-found"

    def __init__(self, voice_id: UUID) -> None:
        super().__init__(f"There is no voice {voice_id}. `GET /api/voices` lists those of the project.")


class VoiceNameTaken(Conflict):
    """The project knows a voice of that name already."""

    slug = "voice-name-taken"

    def __init__(self, name: str, voice_id: UUID) -> None:
        super().__init__(
            f"A voice called {name!r} is known already. Add the clip to that voice, or give this one another "
            "name.",
            voice_id=str(voice_id),
        )


class VoiceKnownOtherwise(Conflict):
    """The clip sounds like somebody whom the project knows under another name."""

    slug = "voice-known-otherwise"

    def __init__(self, name: str, voice_id: UUID, score: float) -> None:
        super().__init__(
            f"This sounds like {name!r} (likeness {score:.2f}). If it is the same person, add the clip to "
            "that voice; if it is somebody else, send it again with `alike=true`.",
            voice_id=str(voice_id),
            score=round(score, 3),
        )


class AnotherVoice(Invalid):
    """The clip does not sound like the person to whom it is to be added."""

    slug = "another-voice"

    def __init__(self, name: str, score: float) -> None:
        super().__init__(
            f"This does not sound like {name!r} (likeness {score:.2f}), so it was not added. If it is them "
            "all the same, send it again with `alike=true`.",
            field="file",
            score=round(score, 3),
        )


class UnfitClip(Invalid):
    """A voice cannot be learned from this sound."""

    slug = "unfit-clip"

    def __init__(self, reason: str, why: str) -> None:
        super().__init__(reason, field="file", why=why)


class SoundNotKept(Conflict):
    """Nothing is left of a clip that could be heard: it was a file, or its recording is gone."""

    slug = "sound-not-kept"

    def __init__(self, clip_id: UUID) -> None:
        super().__init__(
            f"The sound of the clip {clip_id} is not here: of a file only what it taught is kept, and of a "
            "speaker the sound goes with the recording."
        )


class ConsentOver(Conflict):
    """The person's consent has ended."""

    slug = "consent-over"

    def __init__(self, name: str) -> None:
        super().__init__(
            f"The consent of {name!r} has ended, so their voice is not learned or compared. Record a new "
            "consent with `PATCH /api/voices/ID`, or erase the voice."
        )


class VoiceBeingErased(Conflict):
    """The voice is on its way out."""

    slug = "voice-being-erased"

    def __init__(self, voice_id: UUID) -> None:
        super().__init__(f"The voice {voice_id} is being erased. Enrol the person anew when it is gone.")


class NothingOfSpeaker(Invalid):
    """The transcript has no such speaker, or the recording is gone."""

    slug = "nothing-of-speaker"


class VoicesChanged(Conflict):
    """Somebody else changed the same thing at the same moment."""

    slug = "voices-changed"
