"""What of a film cannot be, said beside the field that it is about."""

from surtitle.errors import SurtitleError
from surtitle.web.catalogues import mark as _
from surtitle.web.film_form import IMAGES, PROMPT, RECORDING_FIELD
from surtitle.web.sentences import Refusal

_IMPOSSIBLE = _("This cannot be done as it is. Change it, or leave it to us.")
_NO_FONT = _("This font is not installed here. Take another, or leave the field empty.")

SENTENCES = {
    PROMPT: _("Write what the film is to tell. One sentence is enough."),
    RECORDING_FIELD: _("Choose a recording in which somebody is heard."),
    "resolution": _("This installation makes no films of this size. Choose a smaller one."),
    "duration_seconds": _("A film of this length cannot be made. Ask for less, or leave the field empty."),
    "voice": _("This voice does not speak the language of the text. Choose another, or leave it to us."),
    "language": _("No voice here speaks this language. Choose another language, or let nobody speak."),
    "speed": _("From half as fast (0.5) to twice as fast (2)."),
    IMAGES: _("Choose pictures (JPEG, PNG or WebP), at most twenty; the layout with pictures needs one."),
    "music": _("This file holds no sound. Choose a recording."),
    "brand.logo": _("This file is no picture. Choose a JPEG, PNG or WebP."),
    "brand.font": _NO_FONT,
    "caption_style.font": _NO_FONT,
    "caption_style.size_percent": _("From 2 to 20 percent of the picture's height."),
    "fps": _("From 8 to 60 pictures a second, or nothing."),
    "seed": _("A whole number, zero or more."),
}

_ELSEWHERE = {"media_id": RECORDING_FIELD, "voice_over_media": RECORDING_FIELD, "image": IMAGES}


def problem_of(error: SurtitleError) -> Refusal:
    """For an error that somebody can do something about in the form: `about` is the form's field."""
    refusal = Refusal.of(error)
    field = _field(str(error.fields.get("field") or ""))
    if not field:
        return refusal
    return Refusal(SENTENCES.get(field, _IMPOSSIBLE), error.message, refusal.status, field)


def _field(path: str) -> str:
    """`options.images.3` is the field `images`."""
    name = path.removeprefix("options.")
    bare = name.split(".")[0]
    return IMAGES if bare == IMAGES else _ELSEWHERE.get(name, name)
