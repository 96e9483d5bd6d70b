"""What people say in the pictures of the documentation. None of them exists."""

from collections.abc import Sequence
from dataclasses import dataclass

from surtitle.domain.transcript import Origin, Segment, Transcript, Word
from surtitle.engines.builtin.coverage_guard import UNLIKELY

_ORIGIN = Origin(engine="whisper", model="whisper-base", compute_type="int8", device="cpu")
_WORD_SECONDS = 0.36
_PAUSE_SECONDS = 0.7

HANNA, LUIS, MIRA = "Hanna Okafor", "Luis Prieto", "Mira Lindqvist"


@dataclass(frozen=True, slots=True)
class Line:
    """What somebody says in one go."""

    speaker: str | None
    text: str
    doubtful: bool = False


MEETING = (
    Line(HANNA, "Good morning. Three things today: the opening, the new audio guide, and the roof."),
    Line(HANNA, "Luis, where are we with the opening on the fourteenth of May?"),
    Line(LUIS, "The invitations are printed. We have a hundred and forty answers so far."),
    Line(LUIS, "I will send the list of speakers to the printer by Friday."),
    Line(MIRA, "Could the opening talk be captioned? Two of our guests do not hear well."),
    Line(HANNA, "Yes. We decided that every talk this year is captioned, live and in the recording."),
    Line(MIRA, "Then the audio guide. We agreed to begin with the lighthouse room."),
    Line(MIRA, "I will write the first four texts, and Luis reads them aloud next week."),
    Line(LUIS, "Who pays for the Kvistholm recordings?", doubtful=True),
    Line(HANNA, "The friends of the museum do, up to two thousand euros."),
    Line(MIRA, "And the roof? It rained into the rope store again on Saturday."),
    Line(HANNA, "I will call the roofer today. Nothing of the collection is wet."),
    Line(LUIS, "Who tells the volunteers that the rope store stays closed?"),
    Line(MIRA, "I do, this afternoon. Let us meet again on Monday."),
)

TALK = tuple(
    Line(None, text)
    for text in (
        "Welcome to the harbour museum, and thank you for coming in this weather.",
        "A hundred years ago, this room was full of rope.",
        "Forty people worked here, and each of them knew every knot by its sound.",
        "What you see tonight is what they left behind: tools, letters, and three songs.",
        "We have recorded those songs again, with their grandchildren.",
        "Listen for the third one. It was sung when a ship came home.",
    )
)

FILM_TEXT = (
    "A hundred years ago this harbour smelled of tar and rope. Forty people made every line that the ships "
    "sailed with. Today the rope walk is open again: come and make a knot of your own."
)


def spoken_by(lines: Sequence[Line]) -> Transcript:
    """The lines one after another, at the pace of calm speech."""
    segments: list[Segment] = []
    begins, number = 0.6, 0
    for line in lines:
        words: list[Word] = []
        for text in line.text.split():
            start = begins + len(words) * _WORD_SECONDS
            words.append(Word(f"w{number}", text, round(start, 2), round(start + 0.32, 2), 0.93))
            number += 1
        ends = words[-1].end_seconds
        segments.append(
            Segment(
                f"s{len(segments)}", words[0].start_seconds, ends, tuple(words), "en", line.speaker,
                doubtful=UNLIKELY if line.doubtful else None,
            )
        )  # fmt: skip
        begins = ends + _PAUSE_SECONDS
    return Transcript(round(begins, 2), "en", 0.99, _ORIGIN, tuple(segments))
