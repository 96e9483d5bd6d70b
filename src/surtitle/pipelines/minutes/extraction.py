"""Minutes without a language model: the meeting's own sentences, picked."""

from collections.abc import Sequence
from dataclasses import replace

from surtitle.domain.minutes import Minutes, MinutesLine, MinutesMethod
from surtitle.domain.transcript import Transcript
from surtitle.engines.writing import EXTRACT
from surtitle.pipelines.minutes.actions import ActionFinder
from surtitle.pipelines.minutes.addressed import is_addressed_to_a_machine
from surtitle.pipelines.minutes.chapters import chapters_of, stretches_of, title_of
from surtitle.pipelines.minutes.decisions import decisions_in
from surtitle.pipelines.minutes.key_phrases import key_phrases_in
from surtitle.pipelines.minutes.questions import open_questions_in
from surtitle.pipelines.minutes.readings import Reading, readings_of
from surtitle.pipelines.minutes.salience import salient
from surtitle.pipelines.minutes.sentences import sentences_of

_KEY_PHRASES = 8
_TITLE_PARTS = 3
_TITLE_CHARACTERS = 120


def extracted(transcript: Transcript, fallback_title: str) -> Minutes:
    """What the patterns of the meeting's language find. Equal transcripts give equal minutes."""
    everything = readings_of(sentences_of(transcript))
    set_aside = tuple(one.sentence.moment for one in everything if is_addressed_to_a_machine(one))
    readings = _kept(everything)
    decisions, questions = decisions_in(readings), open_questions_in(readings)
    actions = ActionFinder(readings).found()
    told = {moment for line in (*decisions, *questions) for moment in line.moments}
    told.update(moment for action in actions for moment in action.moments)
    stretches = stretches_of(readings)
    summary = salient(readings, stretches, [one.index for one in readings if one.sentence.moment in told])
    return Minutes(
        language=transcript.written_language,
        method=MinutesMethod.EXTRACTED,
        writer=EXTRACT,
        title=_title(readings, fallback_title),
        summary=tuple(MinutesLine(one.plain, (one.sentence.moment,)) for one in summary),
        decisions=decisions,
        actions=actions,
        open_questions=questions,
        chapters=chapters_of(readings, stretches, transcript.duration_seconds),
        key_phrases=key_phrases_in(readings, _KEY_PHRASES),
        set_aside=set_aside,
    )


def kept_readings(transcript: Transcript) -> tuple[Reading, ...]:
    """All sentences that minutes may rest on, numbered from 0."""
    return _kept(readings_of(sentences_of(transcript)))


def _kept(readings: Sequence[Reading]) -> tuple[Reading, ...]:
    kept = (reading for reading in readings if not is_addressed_to_a_machine(reading))
    return tuple(
        replace(reading, sentence=replace(reading.sentence, index=index))
        for index, reading in enumerate(kept)
    )


def _title(readings: Sequence[Reading], fallback: str) -> str:
    """What the chapters were announced as, else what the meeting keeps coming back to."""
    stretches = stretches_of(readings)
    topics = [title_of(readings, one) for one in stretches if one.announced]
    if len(topics) < 2:  # noqa: PLR2004 - one topic of many would mislead
        topics = list(key_phrases_in(readings, _TITLE_PARTS))
    parts = (
        [topics[0], *(topic[:1].lower() + topic[1:] for topic in topics[1:_TITLE_PARTS])] if topics else []
    )
    title = ", ".join(parts)
    return title[:1].upper() + title[1:] if title and len(title) <= _TITLE_CHARACTERS else fallback
