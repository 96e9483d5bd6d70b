"""What is said when somebody wants to hear a voice before the film is made."""

from surtitle.media.encoding import SoundFormat
from surtitle.pipelines.film.script.language import language_of
from surtitle.pipelines.speech.choosing import SpeakerChooser
from surtitle.pipelines.speech.service import SpeechWish
from surtitle.pipelines.speech.speaking import Manner
from surtitle.web.film_form import PROMPT, FilmForm
from surtitle.web.film_words import SAMPLES

_SLOWEST, _USUAL, _FASTEST = 0.5, 1.0, 2.0
_OPENING_CHARACTERS = 120


def sample_wish(form: FilmForm, chooser: SpeakerChooser, readers_language: str) -> SpeechWish:
    """A sentence for the voice that the form has chosen, in its language."""
    text = " ".join(form.values[PROMPT].split())
    voice = form.values["voice"] or None
    language = form.values["language"] or (chooser.language_of(voice) if voice else None)
    language = language or (language_of(text) if text else None) or readers_language
    said = SAMPLES.get(language) or text[:_OPENING_CHARACTERS] or SAMPLES["en"]
    return SpeechWish(said, language, Manner(voice, _speed(form.values["speed"])), SoundFormat.MP3)


def _speed(typed: str) -> float:
    try:
        return min(max(float(typed or _USUAL), _SLOWEST), _FASTEST)
    except ValueError:
        return _USUAL
