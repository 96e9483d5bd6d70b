from tests.jobs.table import JobTable
from tests.pipelines.subtitles.test_masking import MASK, said

from surtitle.domain.options import SubtitlesJobOptions
from surtitle.pipelines.step import StepContext
from surtitle.pipelines.subtitles.step import SubtitlesStep
from surtitle.transcripts.schema import transcript_json


async def test_a_person_is_told_whose_swear_words_are_not_masked(table: JobTable) -> None:
    await table.add(recipe="subtitles")
    work = await table.work(await table.claim())
    await work.save("transcript.json", transcript_json(said("hallo", "de")), media_type="application/json")
    options = SubtitlesJobOptions(subtitles=MASK)
    await SubtitlesStep().run(StepContext(work, "subtitles", options, 0.0, 1.0, cursor=None))
    [warning] = (await table.job(work.id)).warnings
    assert "Swear words in German are not masked" in warning["detail"]
