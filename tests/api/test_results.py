import io
import json
import zipfile

import pytest
from sqlalchemy import delete
from tests.api.installation import TRANSCRIPT, Installation, spoken

from surtitle.db.job_models import Artifact


@pytest.mark.parametrize(
    ("recipe", "media_type", "name"),
    [
        ("transcript", "text/plain; charset=utf-8", "talk.txt"),
        ("subtitles", "application/x-subrip; charset=utf-8", "talk.srt"),
        ("captioned-video", "video/mp4", "talk.captioned.mp4"),
    ],
)
async def test_the_result_is_what_the_recipe_is_for(
    api: Installation, recipe: str, media_type: str, name: str
) -> None:
    job = await api.start(recipe)
    await api.finish()
    answer = await api.client.get(job["links"]["result"])
    assert answer.status_code == 200
    assert answer.headers["content-type"] == media_type
    assert f'filename="{name}"' in answer.headers["content-disposition"]


@pytest.mark.parametrize("recipe", ["transcript", "subtitles"])
@pytest.mark.parametrize(
    ("wanted", "begins"),
    [
        ("txt", b"Ask not"),
        ("json", b"{"),
        ("srt", b"1\n00:00:00,000 --> "),
        ("vtt", b"WEBVTT"),
        ("ass", b"[Script Info]"),
        ("tsv", b"start\tend\ttext\n0\t8900\tAsk"),
        ("docx", b"PK"),
    ],
)
async def test_every_format_can_be_had_of_every_job(
    api: Installation, recipe: str, wanted: str, begins: bytes
) -> None:
    job = await api.start(recipe)
    await api.finish()
    answer = await api.client.get(job["links"]["result"], params={"format": wanted})
    assert answer.status_code == 200
    assert answer.content.startswith(begins)
    assert f"talk.{wanted}" in answer.headers["content-disposition"]
    again = await api.client.get(
        job["links"]["result"], params={"format": wanted}, headers={"If-None-Match": answer.headers["etag"]}
    )
    assert again.status_code == 304


@pytest.mark.parametrize("wanted", ["srt", "vtt", "ass"])
async def test_subtitles_made_anew_are_as_the_job_was_asked_for(api: Installation, wanted: str) -> None:
    job = await api.start("subtitles", options={"subtitles": {"max_chars_per_line": 10}})
    job_id = await api.finish()
    async with api.services.database.writing() as session:
        # As the rules for keeping leave them after a while.
        gone = delete(Artifact).where(Artifact.job_id == job_id, Artifact.name.not_like("transcript.%"))
        await session.execute(gone)
    text = (await api.client.get(job["links"]["result"], params={"format": wanted})).text
    assert "Ask not" in text
    assert "Ask not what" not in text


async def test_the_documents_hold_what_was_said(api: Installation) -> None:
    job = await api.start()
    await api.finish()
    result = job["links"]["result"]
    document = json.loads((await api.client.get(f"{result}?format=json")).content)
    assert document["text"] == TRANSCRIPT.text
    assert document["schema_version"] == 1
    docx = (await api.client.get(f"{result}?format=docx")).content
    assert b"Ask not" in zipfile.ZipFile(io.BytesIO(docx)).read("word/document.xml")


async def test_an_unknown_format_is_told_with_those_that_there_are(api: Installation) -> None:
    job = await api.start("captioned-video")
    answer = await api.client.get(job["links"]["result"], params={"format": "pdf"})
    assert answer.status_code == 422
    formats = ["mp4", "txt", "json", "srt", "vtt", "ass", "tsv", "docx", "md", "rttm"]
    assert answer.json()["formats"] == formats
    assert answer.json()["errors"][0]["parameter"] == "format"


async def test_a_transcript_job_has_no_video(api: Installation) -> None:
    job = await api.start()
    await api.finish()
    assert (await api.client.get(f"{job['links']['result']}?format=mp4")).status_code == 422


async def test_a_result_that_is_not_there_yet_is_a_conflict(api: Installation) -> None:
    job = await api.start("captioned-video")
    for query in ("", "?format=txt", "?format=srt"):
        answer = await api.client.get(job["links"]["result"] + query)
        assert answer.status_code == 409
        assert answer.json()["type"] == "/problems/result-not-ready"
    assert (await api.client.get(job["links"]["preview"])).status_code == 409


async def test_a_failed_job_says_so_instead_of_a_result(api: Installation) -> None:
    job = await api.start()
    await api.fail()
    answer = await api.client.get(job["links"]["result"])
    assert answer.status_code == 409
    assert "failed" in answer.json()["detail"]
    assert (await api.client.get(job["links"]["self"])).json()["error"] == {
        "type": "no-sound",
        "detail": "It holds no sound.",
    }


async def test_an_unknown_artifact_is_told_with_those_that_there_are(api: Installation) -> None:
    job = await api.start()
    await api.finish()
    for name in ("nothing", "..%2F..%2Fsecret", "%00"):
        answer = await api.client.get(f"{job['links']['artifacts']}/{name}")
        assert answer.status_code == 404
    assert "transcript.json" in answer.json()["detail"]


async def test_a_preview_shows_the_first_cues(api: Installation) -> None:
    job = await api.start()
    await api.finish(spoken("One two. " * 40))
    preview = (await api.client.get(job["links"]["preview"], params={"cues": 2})).json()
    assert len(preview["cues"]) == 2 < preview["cue_count"]
    assert preview["text"].startswith("One two.")
    assert "frame" not in preview["links"]
    frame = await api.client.get(f"{job['links']['preview']}/frame")
    assert frame.status_code == 422
    assert frame.json()["type"] == "/problems/no-picture"


async def test_a_preview_shows_the_picture_with_its_caption(api: Installation, film: bytes) -> None:
    media = await api.bring("film.mp4", film)
    job = await api.start("captioned-video", media_id=media["id"])
    await api.finish()
    preview = (await api.client.get(job["links"]["preview"])).json()
    with_caption = await api.client.get(preview["links"]["frame"])
    assert with_caption.headers["content-type"] == "image/jpeg"
    assert with_caption.content.startswith(b"\xff\xd8")
    late = await api.client.get(f"{job['links']['preview']}/frame?at=5000")
    assert late.status_code == 422
    assert late.json()["type"] == "/problems/no-frame-there"
