"""Rich Transcription Time Marked: the format that diarization is measured in (NIST RT-09, appendix A)."""

from collections.abc import Iterable, Iterator

from surtitle.domain.speakers import SpeakerTurn
from surtitle.domain.transcript import Transcript

# A speaker who stops for less holds the floor; evaluations commonly join turns so.
_PAUSE_SECONDS = 0.5


def rttm_file(transcript: Transcript, title: str) -> bytes:
    """The turns that the segments' speakers make; segments without a speaker are left out."""
    return rttm_of_turns(_turns(transcript), title)


def rttm_of_turns(turns: Iterable[SpeakerTurn], recording: str) -> bytes:
    """UTF-8, a turn a line. Fields are parted by spaces, so those within names become `_`."""
    lines = [
        f"SPEAKER {_field(recording)} 1 {turn.start_seconds:.3f} {turn.seconds:.3f} <NA> <NA> "
        f"{_field(turn.speaker)} <NA> <NA>\n"
        for turn in turns
    ]
    return "".join(lines).encode()


def _turns(transcript: Transcript) -> Iterator[SpeakerTurn]:
    turn: SpeakerTurn | None = None
    for segment in transcript.segments:
        if segment.speaker is None:
            continue
        for word in segment.words:
            goes_on = (
                turn is not None
                and turn.speaker == segment.speaker
                and word.start_seconds - turn.end_seconds < _PAUSE_SECONDS
            )
            start = turn.start_seconds if turn is not None and goes_on else word.start_seconds
            if turn is not None and not goes_on:
                yield turn
            turn = SpeakerTurn(start, word.end_seconds, segment.speaker)
    if turn is not None:
        yield turn


def _field(text: str) -> str:
    return "_".join(text.split()) or "<NA>"
