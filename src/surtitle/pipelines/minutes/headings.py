"""What stands above the parts of minutes, in the language that they are in."""

from dataclasses import dataclass

from surtitle.domain.minutes import Minutes, MinutesMethod


@dataclass(frozen=True, slots=True)
class Headings:
    """The words around minutes, in one language. `written` names its `{writer}`."""

    summary: str
    decisions: str
    actions: str
    open_questions: str
    chapters: str
    extracted: str
    written: str
    set_aside: str
    transcript: str


_HEADINGS = {
    "en": Headings(
        "Summary", "Decisions", "Actions", "Open questions", "Chapters",
        "These are sentences of the recording itself, picked by rules. Nobody wrote or checked them.",
        "Written by a language model ({writer}). Every line quotes the recording; check it there.",
        "Not minuted: somebody spoke to whoever writes the minutes.",
        "Transcript",
    ),
    "fr": Headings(
        "Résumé", "Décisions", "Actions", "Questions ouvertes", "Chapitres",
        "Des phrases de l'enregistrement, choisies par des règles. Personne ne les a rédigées ni relues.",
        "Rédigé par un modèle de langage ({writer}). Chaque ligne cite l'enregistrement : vérifiez-la là.",
        "Non retenu : quelqu'un s'adressait à qui rédige le compte rendu.",
        "Transcription",
    ),
    "es": Headings(
        "Resumen", "Decisiones", "Acciones", "Preguntas abiertas", "Capítulos",
        "Son frases de la grabación, elegidas por reglas. Nadie las ha redactado ni revisado.",
        "Redactado por un modelo de lenguaje ({writer}). Cada línea cita la grabación: compruébelo allí.",
        "No recogido: alguien se dirigía a quien redacta el acta.",
        "Transcripción",
    ),
}  # fmt: skip


def headings_in(language: str | None) -> Headings:
    """In `language` (ISO 639-1), or in English."""
    return _HEADINGS.get(language or "", _HEADINGS["en"])


def note_of(minutes: Minutes) -> str:
    """How the minutes came about, which a reader must know."""
    headings = headings_in(minutes.language)
    if minutes.method is MinutesMethod.EXTRACTED:
        return headings.extracted
    return headings.written.format(writer=minutes.writer)
