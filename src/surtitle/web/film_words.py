"""What can be chosen of a film, in plain words: a name for every choice that its options know."""

from typing import get_args

from surtitle.domain.options import CaptionStyle, FilmJobOptions
from surtitle.web.catalogues import mark as _
from surtitle.web.choices import ASPECTS

TEXT, RECORDING, OWN_VOICE = "text", "recording", "own_voice"

SOURCES = {
    TEXT: (_("A text"), _("A voice reads it to you, scene by scene")),
    RECORDING: (_("A recording"), _("A moving picture for a memo, a talk, a song")),
    OWN_VOICE: (_("A text and your voice"), _("Scenes of the text under your own recording")),
}
"""What a film is made of: its name, and what one gets."""

TEMPLATES = {
    "auto": _("Whatever each sentence says"),
    "title": _("Title"),
    "statement": _("Statement"),
    "list": _("List"),
    "quote": _("Quote"),
    "number": _("Figure"),
    "picture": _("Your pictures"),
}

RESOLUTIONS = {
    "360p": _("Tiny, made in a moment (360p)"),
    "480p": _("Small (480p)"),
    "720p": _("HD (720p)"),
    "1080p": _("Full HD (1080p)"),
    "1440p": _("Larger than Full HD (1440p)"),
    "2160p": _("4K (2160p)"),
}

VOICE_OVERS = {
    "local": _("A voice reads the text"),
    "off": _("Nobody speaks"),
    "uploaded": _("Your own recording"),
}

CAPTIONS = {
    "burned": _("In the picture, for everybody"),
    "soft": _("To be switched on in the player"),
    "sidecar": _("In a file beside the film"),
    "none": _("None"),
}

POSITIONS = {"bottom": _("At the bottom"), "middle": _("In the middle"), "top": _("At the top")}

ENGINES = {
    "auto": _("Whatever suits it"),
    "storyboard": _("Drawn scenes"),
    "audiogram": _("The sound, drawn"),
    "diffusers": _("Pictures invented by a model on this installation"),
    "fal": _("Pictures invented by fal.ai: the text is sent there"),
}
"""Of the engines that come with us; others go by their own names."""

VOICES = {
    "American woman": _("American woman"),
    "American man": _("American man"),
    "British woman": _("British woman"),
    "British man": _("British man"),
    "Brazilian woman": _("Brazilian woman"),
    "Brazilian man": _("Brazilian man"),
    "woman": _("woman"),
    "man": _("man"),
    "woman, with an accent": _("woman, with an accent"),
    "man, with an accent": _("man, with an accent"),
    "robotic": _("robotic"),
    "robotic, British": _("robotic, British"),
    "robotic, Brazilian": _("robotic, Brazilian"),
    "robotic, Latin American": _("robotic, Latin American"),
}
"""What the voices that come with us are told to be."""

SAMPLES = {
    "en": "Good morning. This is how your film will sound.",
    "fr": "Bonjour. Voici la voix de votre film.",
    "es": "Buenos días. Así sonará la película.",
    "de": "Guten Morgen. So wird der Film klingen.",
    "it": "Buongiorno. Ecco la voce del film.",
    "pt": "Bom dia. Assim soará o filme.",
}
"""What a voice says to be heard, where there is no text yet."""


def choices_of(option: str, names: dict[str, str]) -> dict[str, str]:
    """The values that a film's option takes, with their names and in the order of these."""
    group, _dot, name = option.rpartition(".")
    owner = CaptionStyle if group else FilmJobOptions
    named = {value: names[value] for value in get_args(owner.model_fields[name].annotation)}
    return {value: name for value, name in names.items() if value in named}


SAME_EVERYWHERE = {
    "aspect": choices_of("aspect", ASPECTS),
    "template": choices_of("template", TEMPLATES),
    "captions": choices_of("captions", CAPTIONS),
    "caption_style.position": choices_of("caption_style.position", POSITIONS),
}
"""Those that are the same on every installation."""
