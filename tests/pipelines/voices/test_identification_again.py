"""The step `identification` done again after its job has ended, and the voices of the meeting are gone."""

from uuid import UUID

from sqlalchemy import update
from tests.pipelines.voices.conftest import ANA, BEN, Choir

from surtitle.db.job_models import Job, JobStep
from surtitle.db.models import Media


async def test_a_naming_that_fails_again_leaves_the_meeting_as_it_was(choir: Choir) -> None:
    meeting = await choir.meets((ANA, 5), (BEN, 5), (ANA, 5))
    await choir.enrols("Ben", BEN)
    async with choir.parts.database.writing() as session:
        job = await session.get_one(Job, UUID(meeting["id"]))
        media = await session.get_one(Media, job.media_id)
        failed = update(JobStep).where(JobStep.name == "identification").values(state="failed")
        await session.execute(failed)
    sound = await choir.parts.store.read(media.object_key)
    await choir.parts.store.delete(media.object_key)
    again = f"/api/jobs/{meeting['id']}/steps/identification/retry"
    spent = {step["name"]: step["seconds"] for step in meeting["steps"]}
    missed = await choir.ends(await choir.asks("POST", again, status=202))
    steps = {step["name"]: step for step in missed["steps"]}
    assert steps["identification"]["state"] == "failed"
    assert [warning["step"] for warning in missed["warnings"]] == ["identification"]
    assert await choir.speakers(missed) == ["speaker_1", "speaker_2"]
    # The voices are listened to anew for it, but nobody is told apart again.
    assert steps["diarization"]["seconds"] == spent["diarization"]
    await choir.parts.store.put_bytes(media.object_key, sound)
    named = await choir.ends(await choir.asks("POST", again, status=202))
    assert {step["state"] for step in named["steps"]} == {"done"}
    assert (named["warnings"], await choir.speakers(named)) == ([], ["speaker_1", "Ben"])
