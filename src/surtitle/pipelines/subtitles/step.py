"""The step `subtitles`: cues from the transcript, and the files that players read."""

import asyncio

from surtitle.domain.languages import language_name
from surtitle.domain.options import SubtitlesJobOptions, TranscriptFormat
from surtitle.domain.transcript import Transcript
from surtitle.pipelines.step import StepContext
from surtitle.pipelines.subtitles.exports import export
from surtitle.pipelines.subtitles.making import cues_for, make_cues
from surtitle.pipelines.subtitles.masking import unmaskable_languages
from surtitle.pipelines.subtitles.schema import cues_json
from surtitle.transcripts.schema import read_transcript

CUES_JSON = "cues.json"


class SubtitlesStep:
    """Makes `cues.json`, `subtitles.srt` and `subtitles.vtt`."""

    async def run(self, context: StepContext[SubtitlesJobOptions]) -> None:
        work = context.work
        title = work.media.name if work.media else ""
        transcript = read_transcript(await work.read("transcript.json"))
        if context.options.subtitles.profanity == "mask":
            await _warn_of_unknown_languages(context, transcript)
        cues = await asyncio.to_thread(make_cues, transcript, context.options.subtitles)
        await work.save(CUES_JSON, cues_json(cues), media_type="application/json")
        for format_ in (TranscriptFormat.SRT, TranscriptFormat.VTT):
            shown = await asyncio.to_thread(cues_for, format_, transcript, context.options.subtitles)
            file = export(format_, transcript, shown, title)
            await work.save(f"subtitles.{file.extension}", file.data, media_type=file.media_type)


async def _warn_of_unknown_languages(
    context: StepContext[SubtitlesJobOptions], transcript: Transcript
) -> None:
    for language in unmaskable_languages(transcript):
        await context.work.warn(
            f"Swear words in {language_name(language)} are not masked: only those in English, French and "
            "Spanish are known.",
            step=context.name,
        )
