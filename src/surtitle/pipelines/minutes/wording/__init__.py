"""How people decide, promise, ask and put off, by language: data, to be read and added to."""

from surtitle.pipelines.minutes.wording.english import ENGLISH
from surtitle.pipelines.minutes.wording.french import FRENCH
from surtitle.pipelines.minutes.wording.meeting_wording import NO_WORDING, MeetingWording
from surtitle.pipelines.minutes.wording.spanish import SPANISH

KNOWN = {"en": ENGLISH, "fr": FRENCH, "es": SPANISH}
"""By ISO 639-1 code; in other languages nothing is found but what is central."""


def wording_of(language: str | None) -> MeetingWording:
    """How people speak in `language`; nothing at all of one that is not known."""
    return KNOWN.get(language or "", NO_WORDING)


__all__ = ["KNOWN", "MeetingWording", "wording_of"]
