"""Why a voice was not learned or not recognised, in plain words, with what to do about it."""

from dataclasses import asdict, dataclass, replace
from uuid import UUID

from surtitle.api.services import Services
from surtitle.errors import Conflict, Invalid, SurtitleError, Unavailable
from surtitle.media.errors import MalformedUpload
from surtitle.pipelines.voices.errors import VoiceNotFound
from surtitle.web.catalogues import mark as _
from surtitle.web.sentences import Refusal, sentence_of

TOLD_HERE = (Invalid, Conflict, Unavailable, MalformedUpload)
"""What is said beside the form; anything else is a page of its own."""

OF_CLIP = {
    "no-speech": _("Nobody speaks in this clip. Choose one in which the person speaks."),
    "too-short": _("There is too little speech in this clip: 3 seconds are needed, 10 are good."),
    "several-voices": _(
        "More than one person speaks in this clip. Choose a part in which the person speaks alone."
    ),
    "clipped": _("The clip is overdriven. Record it again, further from the microphone or with less gain."),
    "noisy": _("The clip is too noisy to know a voice by. Record it again in a quieter place."),
    "enough-clips": _("This voice has as many clips as can be used. Take one away first."),
}

OF_FIELD = {
    "name": _("Write a name, of 120 characters at most."),
    "given_by": _("Write who agreed, and how."),
    "purpose": _("Write what the voice may be used for."),
    "given_on": _("The day of the consent is no date."),
    "given_at": _("The consent cannot be given in the future. Record it when the person has given it."),
    "until": _("The day until which the consent holds is no date."),
    "expires_at": _("The consent would have ended already. Choose a later day, or leave it empty."),
    "agreed": _("A voice is learned only with consent. Tick that the person agrees, or leave it."),
}


@dataclass(frozen=True, slots=True)
class VoiceRefusal(Refusal):
    """`known_*`, `score`: whom the clip sounds like instead; `may_insist`: whether one may know better."""

    known_id: UUID | None = None
    known_name: str = ""
    score: float = 0.0
    may_insist: bool = False


async def refusal_of(use: Services, project_id: UUID, error: SurtitleError, about: str = "") -> VoiceRefusal:
    """For the page that the form is on."""
    told = Refusal.of(error, about)
    if error.slug == "voice-known-otherwise":
        return await _sounds_like(use, project_id, error, told)
    why, field = str(error.fields.get("why", "")), str(error.fields.get("field", ""))
    sentence = OF_CLIP.get(why, "")
    if not sentence and error.slug == Invalid.slug:
        sentence = OF_FIELD.get(field, "")
    if sentence:
        told = replace(told, sentence=sentence, detail="")
    return VoiceRefusal(**asdict(told), may_insist=error.slug == "another-voice")


async def _sounds_like(use: Services, project_id: UUID, error: SurtitleError, told: Refusal) -> VoiceRefusal:
    voice_id, score = UUID(str(error.fields["voice_id"])), error.fields["score"]
    assert isinstance(score, float)
    try:
        name = (await use.voices.service.get(project_id, voice_id)).voice.name
    except VoiceNotFound:
        # It was erased since.
        return VoiceRefusal(sentence_of("voices-changed", told.status), status=told.status, about=told.about)
    return VoiceRefusal("", "", told.status, told.about, voice_id, name, score, may_insist=True)
