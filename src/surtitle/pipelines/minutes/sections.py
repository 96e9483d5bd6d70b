"""A meeting in pieces that a language model can read at once, cut where it pauses or changes its topic."""

import json
from collections.abc import Sequence

from surtitle.pipelines.minutes.readings import Reading
from surtitle.pipelines.minutes.sentences import Sentence

# A change of topic is a better place to cut than any pause.
_TOPIC_SECONDS = 60.0
# The cut is looked for in the last third of what fits.
_LAST_PART = 2 / 3

Section = tuple[Sentence, ...]


def sections_of(readings: Sequence[Reading], material_bytes: int) -> tuple[Section, ...]:
    """All sentences in order, in as few sections as fit."""
    sentences = [reading.sentence for reading in readings]
    sizes = [len(_line(sentence).encode()) + 2 for sentence in sentences]
    sections: list[Section] = []
    start = 0
    while start < len(sentences):
        stop = _fitting(sizes, start, material_bytes - len(material_of(())))
        if stop < len(sentences):
            stop = _best_cut(readings, start, stop)
        sections.append(tuple(sentences[start:stop]))
        start = stop
    return tuple(sections)


def material_of(section: Section) -> str:
    """The lines as JSON: nothing that somebody says can end the document that it stands in."""
    return '{"lines": [\n' + ",\n".join(map(_line, section)) + "\n]}"


def _line(sentence: Sentence) -> str:
    told = {"line": sentence.index, "speaker": sentence.speaker, "text": sentence.text}
    return json.dumps(told, ensure_ascii=False)


def _fitting(sizes: Sequence[int], start: int, room: int) -> int:
    used, stop = 0, start
    while stop < len(sizes) and (used + sizes[stop] <= room or stop == start):
        used += sizes[stop]
        stop += 1
    return stop


def _best_cut(readings: Sequence[Reading], start: int, stop: int) -> int:
    earliest = start + max(1, int((stop - start) * _LAST_PART))
    return max(range(earliest, stop + 1), key=lambda place: (_break(readings, place), place))


def _break(readings: Sequence[Reading], place: int) -> float:
    if place >= len(readings):
        return 0.0
    before, after = readings[place - 1], readings[place]
    pause = after.sentence.start_seconds - before.sentence.end_seconds
    return pause + (_TOPIC_SECONDS if after.wording.new_topic.search(after.plain) else 0.0)
