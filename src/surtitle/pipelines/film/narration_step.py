"""The step `narration`: what is heard and when, spoken for the film or found in a recording."""

import asyncio
from collections.abc import Callable, Sequence
from dataclasses import replace
from pathlib import Path, PurePosixPath
from typing import Any, Protocol

from surtitle.domain.films import FilmRules, FilmScript
from surtitle.domain.options import FilmJobOptions, TranscriptJobOptions
from surtitle.domain.transcript import Transcript
from surtitle.jobs.work import JobWork
from surtitle.pipelines.film.fitting import require_drawn_whole
from surtitle.pipelines.film.relay import ProgressRelay
from surtitle.pipelines.film.script.cutting import cut
from surtitle.pipelines.film.script.schema import SCRIPT_JSON, read_script, script_json
from surtitle.pipelines.film.timeline import (
    TIMELINE_JSON,
    Timeline,
    narrated,
    over_recording,
    silent,
    timeline_json,
)
from surtitle.pipelines.film.voice import NARRATION_WAV, listens
from surtitle.pipelines.sound import decoded_sound
from surtitle.pipelines.speech.narration import Narration, OnProgress
from surtitle.pipelines.speech.speaking import Manner
from surtitle.pipelines.step import Step, StepContext
from surtitle.transcripts.schema import read_transcript
from surtitle.transcripts.shown_speakers import shown_speaker

_SAID_WAV = "said.wav"
# What is spoken is laid out and kept afterwards.
_SPEAKING_SHARE = 0.95
_TRANSCRIPT_JSON = "transcript.json"


class Narrates(Protocol):
    """`speech.Narrator`."""

    async def narrate(
        self, text: Sequence[str], manner: Manner, language: str, output: Path, on_progress: OnProgress
    ) -> Narration: ...


class NarrationStep:
    """Makes `timeline.json` for the steps after it, and `narration.wav` where the film is spoken for.

    `listen` writes a recording down; `rules` are those of an engine by its name.
    """

    def __init__(self, narrator: Narrates, listen: Step, rules: Callable[[str], FilmRules]) -> None:
        self._narrator = narrator
        self._listen = listen
        self._rules = rules

    async def run(self, context: StepContext[FilmJobOptions]) -> None:
        work, options = context.work, context.options
        if listens(work):
            timeline = await self._heard(context)
        else:
            script = read_script(await work.read(SCRIPT_JSON))
            rules = self._rules(options.engine)
            if options.voice_over == "off" or rules.speaks_itself:
                timeline = silent(script, options.duration_seconds, rules.longest_seconds)
            else:
                timeline = await self._spoken(context, script)
        await work.save(TIMELINE_JSON, timeline_json(timeline), media_type="application/json", kind="work")

    async def _spoken(self, context: StepContext[FilmJobOptions], script: FilmScript) -> Timeline:
        work, options = context.work, context.options
        passages = [scene.narration for scene in script.scenes]
        manner = Manner(voice=options.voice, speed=options.speed, seed=options.seed)
        said = work.scratch / _SAID_WAV
        relay = ProgressRelay(context, _SPEAKING_SHARE)
        async with relay.telling():
            voice = await self._narrator.narrate(passages, manner, script.language, said, relay.hear)
        for warning in voice.warnings:
            await work.warn(warning, step=context.name)
        output = work.scratch / NARRATION_WAV
        timeline = await asyncio.to_thread(narrated, script, voice, options.duration_seconds, output)
        lasts, rules = timeline.duration_seconds, self._rules(options.engine)
        require_drawn_whole("What is said takes", lasts, options.engine, rules, field="prompt")
        wanted = options.duration_seconds
        if wanted is not None and timeline.duration_seconds > wanted + 1:
            await work.warn(
                f"What is said takes {timeline.duration_seconds:.0f} s, so the film lasts longer than the "
                f"{wanted:g} s that were asked for. Shorten the text, or raise speed.",
                step=context.name,
            )
        await work.save(NARRATION_WAV, output, media_type="audio/wav", kind="work")
        output.unlink()
        said.unlink()
        return timeline

    async def _heard(self, context: StepContext[FilmJobOptions]) -> Timeline:
        """The recording's own words. With a prompt its scenes stand over them."""
        work, options = context.work, context.options
        await self._require_length(context)
        asked: Any = TranscriptJobOptions(language=options.language)
        await self._listen.run(replace(context, options=asked))
        transcript = read_transcript(await work.read(_TRANSCRIPT_JSON))
        if not transcript.words:
            await work.warn(
                "Nobody is heard to speak in the recording, so there are no captions.", step=context.name
            )
        wanted, lasts = options.duration_seconds, transcript.duration_seconds
        if wanted is not None and abs(wanted - lasts) > 1:
            await work.warn(
                f"The film lasts as long as its recording, {lasts:.0f} s, not {wanted:g} s.",
                step=context.name,
            )
        script = await self._script_over(context, transcript)
        return _timeline(transcript, script, _title(work, script))

    async def _require_length(self, context: StepContext[FilmJobOptions]) -> None:
        """What the recording holds, and not only what its header tells, is no longer than can be drawn."""
        engine = context.options.engine
        sound = await decoded_sound(context, None)
        lasts, rules = sound.facts.duration_seconds, self._rules(engine)
        require_drawn_whole("The recording lasts", lasts, engine, rules, field="media_id")

    async def _script_over(
        self, context: StepContext[FilmJobOptions], transcript: Transcript
    ) -> FilmScript | None:
        """The prompt's scenes; without a prompt, for an engine that draws scenes, those of what is said."""
        work, options = context.work, context.options
        if options.prompt is not None:
            return read_script(await work.read(SCRIPT_JSON))
        if not self._rules(options.engine).from_prompt or not transcript.words:
            return None
        title = PurePosixPath(work.media.name).stem if work.media else None
        script = cut(transcript.text, transcript.written_language or "en", title)
        await work.save(SCRIPT_JSON, script_json(script), media_type="application/json")
        return script


def _title(work: JobWork, script: FilmScript | None) -> str:
    if script is not None:
        return script.title
    return PurePosixPath(work.media.name).stem if work.media else ""


def _timeline(transcript: Transcript, script: FilmScript | None, title: str) -> Timeline:
    language = transcript.written_language or (script.language if script else "en")
    speakers = tuple(
        shown_speaker(segment.speaker, language) if segment.speaker else None
        for segment in transcript.segments
        for _ in segment.words
    )
    seconds = transcript.duration_seconds
    return Timeline(
        duration_seconds=seconds,
        language=language,
        title=title,
        words=transcript.words,
        speakers=speakers if any(speakers) else (),
        shots=over_recording(script, transcript.words, seconds) if script else (),
        has_voice=True,
    )
