"""A recording's page, before, while and after it is written down."""

import json
import re
from typing import Any
from uuid import UUID

import pytest
from tests.api.installation import TRANSCRIPT, UNKNOWN_ID, Installation, wav
from tests.api.people import person
from tests.web.browsing import form_to, send, signed_in

from surtitle.db.job_models import JobStep
from surtitle.media.peaks import PEAKS_PER_SECOND
from surtitle.web import told_transcript
from surtitle.web.waveforms import MOST_BARS, coarse_waveform

HOSTILE = "<script>alert(1)</script>"


async def page_of(api: Installation, job: dict[str, Any]) -> str:
    answer = await api.client.get(f"/app/recordings/{job['id']}")
    assert answer.status_code == 200, answer.text
    return answer.text


async def test_a_job_that_is_done_shows_its_text_its_player_and_its_files(home: Installation) -> None:
    job = await home.start("subtitles")
    await home.finish()
    page = await page_of(home, job)
    transcript_id = (await home.client.get(f"/api/jobs/{job['id']}")).json()["transcript_id"]
    assert TRANSCRIPT.text in page
    assert f'src="/api/media/{job["media_id"]}/content"' in page
    captions = f"/api/transcripts/{transcript_id}/export?format=vtt"
    assert f'kind="captions" srclang="en" label="Captions" src="{captions}"' in page
    assert (await home.client.get(captions)).text.startswith("WEBVTT")
    for ending in ("srt", "txt", "docx", "vtt"):
        assert f'href="/api/jobs/{job["id"]}/result?format={ending}" download' in page
    assert 'data-events=""' in page


async def test_a_job_at_work_is_listened_to_and_tells_its_steps(home: Installation) -> None:
    job = await home.start("meeting")
    page = await page_of(home, job)
    assert f'data-events="/api/jobs/{job["id"]}/events" data-after="0"' in page
    for step in ("Writing down what is said", "Telling the speakers apart", "Making the minutes"):
        assert step in page
    assert "Take it with you" not in page
    assert "Nobody speaks" not in page
    assert "Correct the text" not in page


async def test_edits_are_shown(home: Installation) -> None:
    job = await home.start()
    await home.finish()
    transcript_id = (await home.client.get(f"/api/jobs/{job['id']}")).json()["transcript_id"]
    wish = {"base_revision": 1, "operations": [{"op": "change_word", "word": "w0", "text": HOSTILE}]}
    edited = await home.client.post(f"/api/transcripts/{transcript_id}/revisions", json=wish)
    assert edited.status_code in {200, 201}, edited.text
    page = await page_of(home, job)
    assert "&lt;script&gt;alert(1)&lt;/script&gt;" in page
    assert HOSTILE not in page


async def test_a_long_text_comes_without_the_times_of_its_words_and_fetches_them(
    home: Installation, monkeypatch: pytest.MonkeyPatch
) -> None:
    job = await home.start()
    await home.finish()
    page = await page_of(home, job)
    times = re.findall(r'data-times="([^"]*)"', page)
    starts = [float(start) for start in re.findall(r'class="phrase" data-start="([^"]*)"', page)]
    assert len(times) == len(starts) > 0
    monkeypatch.setattr(told_transcript, "MOST_TIMED_WORDS", 1)
    page = await page_of(home, job)
    address = f"/app/recordings/{job['id']}/word-times"
    assert f'data-word-times="{address}" data-revision="1"' in page
    assert "data-times" not in page
    assert 'class="phrase"><button' in page
    assert (await home.client.get(address)).json() == {
        "revision": 1,
        "starts": starts,
        "phrases": times,
    }


async def test_anothers_recording_is_not_there(door: Installation) -> None:
    job = await (await person(door, "owner@example.org")).starts()
    await signed_in(door)
    for job_id in (job["id"], UNKNOWN_ID):
        for part in ("", "/waveform", "/delete"):
            page = await door.client.get(f"/app/recordings/{job_id}{part}")
            assert page.status_code == 404, part
            assert "There is no such job" in page.text


@pytest.mark.parametrize(
    "deed", ["links", "tags", "speakers/rename", "speakers/merge", "steps/minutes/retry"]
)
async def test_who_comes_back_to_where_a_form_went_is_led_to_the_page(home: Installation, deed: str) -> None:
    job = await home.start()
    answer = await home.client.get(f"/app/recordings/{job['id']}/{deed}")
    assert (answer.status_code, answer.headers["location"]) == (303, f"/app/recordings/{job['id']}")


# Its picture


async def test_the_picture_of_the_sound_is_small(home: Installation) -> None:
    media = await home.bring(data=wav(120.0))
    job = await home.start(media_id=media["id"])
    answer = await home.client.get(f"/app/recordings/{job['id']}/waveform")
    picture = answer.json()
    assert picture["seconds"] == pytest.approx(120, abs=0.5)
    assert len(picture["bars"]) == MOST_BARS
    assert all(0 < bar <= 127 for bar in picture["bars"])
    assert len(answer.content) < 6000


def test_the_loudest_of_each_stretch_is_drawn() -> None:
    seconds = 2 * MOST_BARS // PEAKS_PER_SECOND
    data = [-5, 5] * (seconds * PEAKS_PER_SECOND)
    data[2 * 100] = -128
    whole = {"length": len(data) // 2, "samples_per_pixel": 800, "sample_rate": 16000, "data": data}
    picture = json.loads(coarse_waveform(json.dumps(whole).encode()))
    assert picture["bars"][50] == 127
    assert set(picture["bars"]) == {5, 127}


def test_a_short_sound_has_as_many_bars_as_it_has_peaks() -> None:
    whole = {"length": 3, "samples_per_pixel": 800, "sample_rate": 16000, "data": [0, 1, -2, 0, 3, 3]}
    assert json.loads(coarse_waveform(json.dumps(whole).encode())) == {"seconds": 0.15, "bars": [1, 2, 3]}


# Tags


async def test_tags_are_kept_and_shown(home: Installation) -> None:
    job = await home.start()
    await home.finish()
    where = f"/app/recordings/{job['id']}/tags"
    answer = await send(home, form_to(await page_of(home, job), where), tags=f" Budget ,, board,{HOSTILE}")
    assert answer.headers["location"] == f"/app/recordings/{job['id']}?done=tagged#tags"
    page = (await home.client.get(answer.headers["location"])).text
    assert "The tags are kept." in page
    assert form_to(page, where).values["tags"] == f"{HOSTILE}, board, budget"
    assert HOSTILE not in page


async def test_a_tag_of_nothing_is_refused_beside_the_form(home: Installation) -> None:
    job = await home.start()
    await home.finish()
    where = f"/app/recordings/{job['id']}/tags"
    answer = await send(home, form_to(await page_of(home, job), where), tags="board,\x01")
    assert answer.status_code == 422
    assert form_to(answer.text, where).values["tags"] == "board,\x01"


# Steps


async def test_a_step_that_the_job_did_without_is_told_and_tried_again(home: Installation) -> None:
    job = await home.start("meeting")
    work = await home.work_on(await home.claim())
    await work.give_up_step("diarization", f"The model is not there {HOSTILE}.")
    for step in await work.steps():
        if step != "diarization":
            await work.end_step(step, 0.1)
    assert await home.queue.succeed(work.claim, {})
    page = await page_of(home, job)
    assert "The job went on without this: Telling the speakers apart." in page
    assert HOSTILE not in page
    retry = form_to(page, f"/app/recordings/{job['id']}/steps/diarization/retry")
    answer = await send(home, retry)
    assert answer.headers["location"] == f"/app/recordings/{job['id']}"
    assert "Waiting" in await page_of(home, job)
    again = await send(home, retry)
    assert again.status_code == 409
    assert "The job has moved on in the meantime." in again.text


async def test_the_files_stay_while_a_step_is_done_again_and_when_that_is_cancelled(
    home: Installation,
) -> None:
    job = await home.start("meeting")
    await home.finish()
    async with home.services.database.writing() as session:
        step = await session.get_one(JobStep, (UUID(job["id"]), "minutes"))
        step.state, step.error = "failed", "No model is set."
    whole = await page_of(home, job)
    offered = re.findall(r'href="(/api/jobs/[^"]+)" download', whole)
    assert offered
    await send(home, form_to(whole, f"/app/recordings/{job['id']}/steps/minutes/retry"))
    waiting = await page_of(home, job)
    assert "Waiting" in waiting
    await home.client.post(f"/api/jobs/{job['id']}/cancel")
    for page in (waiting, after := await page_of(home, job)):
        assert re.findall(r'href="(/api/jobs/[^"]+)" download', page) == offered
        assert 'id="share-file"' in page
    assert "The job was cancelled" not in after
    assert "The job went on without this: Making the minutes." in after
    assert (await home.client.get(offered[0])).status_code == 200


# Deleting


async def test_a_job_is_deleted_with_its_text_and_its_recording(home: Installation) -> None:
    job = await home.start()
    await home.finish()
    transcript_id = (await home.client.get(f"/api/jobs/{job['id']}")).json()["transcript_id"]
    where = f"/app/recordings/{job['id']}/delete"
    asked = await home.client.get(where)
    answer = await send(home, form_to(asked.text, where), text="true", recording="true")
    assert answer.headers["location"] == "/app/jobs?done=1"
    for path in (
        f"/api/jobs/{job['id']}", f"/api/transcripts/{transcript_id}", f"/api/media/{job['media_id']}",
    ):  # fmt: skip
        assert (await home.client.get(path)).status_code == 404, path


async def test_the_recording_stays_if_nobody_asks(home: Installation) -> None:
    job = await home.start()
    await home.finish()
    where = f"/app/recordings/{job['id']}/delete"
    await send(home, form_to((await home.client.get(where)).text, where))
    assert (await home.client.get(f"/api/media/{job['media_id']}")).status_code == 200


async def test_a_recording_that_others_use_stays_and_that_is_said(home: Installation) -> None:
    job = await home.start()
    await home.start(media_id=job["media_id"])
    await home.finish()
    where = f"/app/recordings/{job['id']}/delete"
    answer = await send(home, form_to((await home.client.get(where)).text, where), recording="true")
    assert answer.status_code == 200
    assert "The recording stays: other jobs use it." in answer.text
    assert (await home.client.get(f"/api/media/{job['media_id']}")).status_code == 200
