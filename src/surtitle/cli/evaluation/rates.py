"""Error rates of turns and of words. Needs the extra `evaluation`."""

import re
import unicodedata
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from surtitle.cli.evaluation.told import Said
from surtitle.errors import Unavailable

_COLLAR_SECONDS = 0.25
# Between the letters of one word, to say how they are drawn.
_JOINERS = dict.fromkeys(map(ord, "\N{ZERO WIDTH JOINER}\N{ZERO WIDTH NON-JOINER}"))


@dataclass(frozen=True, slots=True)
class TurnRates:
    """Shares of the time that is spoken in the reference; of overlapped speech each voice counts.

    `der_collar` leaves out 0.25 s around each edge of a turn, and overlapped speech. `jer` is the Jaccard
    error rate (Ryant et al., "The Second DIHARD Diarization Challenge", 2019).
    """

    der: float
    missed: float
    false_alarm: float
    confused: float
    der_collar: float
    jer: float
    speakers: int
    speakers_found: int


@dataclass(frozen=True, slots=True)
class WordRates:
    """Shares of the words of the reference. `cpwer` is None where one side names no speaker at all: the word
    error rate of each speaker's words in a row, under the best pairing of speakers (Watanabe et al.,
    "CHiME-6 Challenge", 2020).
    """

    wer: float
    cpwer: float | None
    words: int


def turn_rates(reference: Sequence[Said], found: Sequence[Said]) -> TurnRates:
    """By pyannote.metrics. Raises `Unavailable` without it."""
    try:
        from pyannote.core import Segment, Timeline  # noqa: PLC0415 - an extra, and slow to load
        from pyannote.metrics.diarization import DiarizationErrorRate, JaccardErrorRate  # noqa: PLC0415
    except ImportError as error:
        raise _missing() from error
    said, heard = _annotation(reference), _annotation(found)
    whole = Timeline([Segment(0, max(one.end_seconds for one in (*reference, *found)))])
    strict = DiarizationErrorRate()(said, heard, uem=whole, detailed=True)
    total = max(float(strict["total"]), 1e-9)
    # pyannote's collar is the whole of what is left out, half on each side.
    untyped: Any = JaccardErrorRate
    lenient = DiarizationErrorRate(collar=2 * _COLLAR_SECONDS, skip_overlap=True)
    return TurnRates(
        der=float(strict["diarization error rate"]),
        missed=float(strict["missed detection"]) / total,
        false_alarm=float(strict["false alarm"]) / total,
        confused=float(strict["confusion"]) / total,
        der_collar=float(lenient(said, heard, uem=whole)),
        jer=float(untyped()(said, heard, uem=whole)),
        speakers=len(said.labels()),
        speakers_found=len(heard.labels()),
    )


def word_rates(reference: Sequence[Said], found: Sequence[Said]) -> WordRates:
    """Without regard to case and punctuation. Raises `Unavailable` without jiwer."""
    said, heard = _words_of_all(reference), _words_of_all(found)
    named = all(not side or any(one.speaker is not None for one in side) for side in (reference, found))
    return WordRates(
        wer=_errors(said, heard) / max(len(said), 1),
        cpwer=_cp_errors(reference, found) / max(len(said), 1) if named else None,
        words=len(said),
    )


def _annotation(said: Sequence[Said]) -> Any:
    """Turns of one speaker that lie on one another are one."""
    from pyannote.core import Annotation, Segment  # noqa: PLC0415

    annotation = Annotation()
    for number, one in enumerate(said):
        if one.speaker is not None and one.end_seconds > one.start_seconds:
            annotation[Segment(one.start_seconds, one.end_seconds), number] = one.speaker
    return annotation.support()


def _words_of_all(said: Sequence[Said]) -> list[str]:
    return [
        word for one in sorted(said, key=lambda one: one.start_seconds) for word in _plain(one.text or "")
    ]


def _cp_errors(reference: Sequence[Said], found: Sequence[Said]) -> int:
    import numpy as np  # noqa: PLC0415 - takes a while to load
    from scipy.optimize import linear_sum_assignment  # type: ignore[import-untyped]  # noqa: PLC0415 - an extra

    said, heard = _words_by_speaker(reference), _words_by_speaker(found)
    # Who has no counterpart is compared with silence.
    size = max(len(said), len(heard))
    said += [[] for _ in range(size - len(said))]
    heard += [[] for _ in range(size - len(heard))]
    costs = np.array([[_errors(one, other) for other in heard] for one in said])
    return int(costs[linear_sum_assignment(costs)].sum())


def _words_by_speaker(said: Sequence[Said]) -> list[list[str]]:
    """Words that nobody is named for are a speaker's of their own."""
    by_speaker: dict[str | None, list[Said]] = {}
    for one in said:
        by_speaker.setdefault(one.speaker, []).append(one)
    return [_words_of_all(theirs) for theirs in by_speaker.values()]


def _errors(said: Sequence[str], heard: Sequence[str]) -> int:
    """Words to change, to add and to take away."""
    if not said or not heard:
        return max(len(said), len(heard))
    try:
        import jiwer  # noqa: PLC0415 - an extra
    except ImportError as error:
        raise _missing() from error
    counted = jiwer.process_words(" ".join(said), " ".join(heard))
    return int(counted.substitutions + counted.deletions + counted.insertions)


def _plain(text: str) -> list[str]:
    folded = unicodedata.normalize("NFKC", text).casefold().replace("\N{RIGHT SINGLE QUOTATION MARK}", "'")
    joined = folded.translate(_JOINERS)
    spaced = "".join(one if one == "'" or _kind(one) in "LMN" else " " for one in joined)
    # Marks belong to a word: many scripts write vowels with them. One that stands alone was an emoji's.
    words = re.findall(r"[^ ']+(?:'[^ ']+)*", spaced)
    return [word for word in words if any(_kind(part) in "LN" for part in word)]


def _kind(character: str) -> str:
    return unicodedata.category(character)[0]


def _missing() -> Unavailable:
    return Unavailable(
        "surtitle evaluate needs libraries that are not installed; "
        'get them with: pip install "surtitle[evaluation]"'
    )
