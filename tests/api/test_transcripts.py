import json
from typing import Any

import pytest
from tests.api.installation import TRANSCRIPT, UNKNOWN_ID, Installation, spoken

SRT = b"""1\r
00:00:01,000 --> 00:00:03,000\r
<i>Good</i> morning\r
\r
2\r
00:00:04,000 --> 00:00:05,000\r
Bye.\r
"""
NOT_TO_ASK = {"op": "change_word", "word": "w1", "text": "never"}


async def heard(api: Installation, recipe: str = "transcript") -> dict[str, Any]:
    """The transcript of a job that has ended."""
    job_id = (await api.start(recipe))["id"]
    await api.finish()
    job = (await api.client.get(f"/api/jobs/{job_id}")).json()
    answer = await api.client.get(job["links"]["transcript"])
    assert answer.status_code == 200
    document: dict[str, Any] = answer.json()
    return document


async def revise(
    api: Installation, transcript: dict[str, Any], base: int, *operations: dict[str, Any]
) -> Any:
    return await api.client.post(
        transcript["links"]["revisions"], json={"base_revision": base, "operations": list(operations)}
    )


async def test_a_job_that_has_ended_has_a_transcript_to_edit(api: Installation) -> None:
    shown = await heard(api)
    assert (shown["name"], shown["revision"], shown["shown_revision"]) == ("talk.wav", 1, 1)
    assert shown["document"]["text"] == TRANSCRIPT.text
    job = (await api.client.get(shown["links"]["job"])).json()
    assert (job["transcript_id"], job["transcript_revision"]) == (shown["id"], None)
    listed = (await api.client.get("/api/transcripts")).json()
    assert [one["id"] for one in listed["items"]] == [shown["id"]]


async def test_turns_are_had_once_somebody_has_said_who_speaks(api: Installation) -> None:
    shown = await heard(api)
    turns = {"url": shown["links"]["export"], "params": {"format": "rttm"}}
    refused = await api.client.get(**turns)
    assert (refused.status_code, refused.json()["type"]) == (409, "/problems/speakers-not-told-apart")
    assert shown["id"] in refused.json()["detail"]
    segments = [segment["id"] for segment in shown["document"]["segments"]]
    await revise(api, shown, 1, {"op": "set_segments", "segments": segments, "speaker": "Ada"})
    assert "SPEAKER talk" in (await api.client.get(**turns)).text


async def test_an_edit_is_seen_in_every_format_and_the_older_text_stays(api: Installation) -> None:
    shown = await heard(api)
    answer = await revise(api, shown, 1, NOT_TO_ASK, {"op": "delete_words", "words": ["w8"]})
    assert answer.status_code == 201, answer.text
    assert answer.json()["number"] == 2
    export = shown["links"]["export"]
    for wanted in ("txt", "json", "srt", "vtt", "ass", "tsv"):
        new = (await api.client.get(export, params={"format": wanted})).text
        old = (await api.client.get(export, params={"format": wanted, "revision": 1})).text
        assert "never" in new
        assert "never" not in old
    docx = await api.client.get(export, params={"format": "docx"})
    assert docx.content.startswith(b"PK")
    assert 'filename="talk.docx"' in docx.headers["content-disposition"]
    part = await api.client.get(export, params={"format": "txt"}, headers={"Range": "bytes=0-2"})
    assert (part.status_code, part.text) == (206, "Ask")


@pytest.mark.parametrize("wanted", ["srt", "vtt"])
async def test_subtitles_of_an_edited_text_are_as_its_job_was_asked_for(
    api: Installation, wanted: str
) -> None:
    narrow = {"subtitles": {"max_chars_per_line": 20, "profanity": "mask"}}
    job = await api.start("subtitles", options=narrow)
    await api.finish(spoken("Ask not what your fucking country can do for you."))
    transcript = (await api.client.get(f"/api/jobs/{job['id']}")).json()["links"]["transcript"]
    shown = (await api.client.get(transcript)).json()
    assert (await revise(api, shown, 1, NOT_TO_ASK)).status_code == 201
    text = (await api.client.get(shown["links"]["export"], params={"format": wanted})).text
    said = [line for line in text.splitlines() if " --> " not in line]
    assert "Ask never what your f***" in " ".join(said)
    assert max(map(len, said)) <= 20
    assert "fuck" not in text


async def test_subtitles_of_an_edited_text_are_as_a_job_that_took_it_was_asked_for(api: Installation) -> None:
    imported = await api.client.post("/api/transcripts/import", files={"file": ("talk.srt", SRT)})
    shown = (await api.client.get(imported.headers["location"])).json()
    narrow = {"subtitles": {"max_chars_per_line": 10}}
    wish = {"recipe": "subtitles", "transcript_id": shown["id"], "options": narrow}
    job = (await api.client.post("/api/jobs", json=wish)).json()
    export = shown["links"]["export"]
    as_usual = (await api.client.get(export, params={"format": "vtt"})).text
    assert "Good morning" in as_usual
    asked_for = (await api.client.get(export, params={"format": "vtt", "job": job["id"]})).text
    assert "Good\nmorning" in asked_for
    nobodys = await api.client.get(export, params={"format": "vtt", "job": UNKNOWN_ID})
    assert (nobodys.status_code, nobodys.json()["type"]) == (404, "/problems/job-not-found")


async def test_a_text_that_outlives_its_job_is_exported_all_the_same(api: Installation) -> None:
    job = await api.start("subtitles", options={"subtitles": {"max_chars_per_line": 10}})
    await api.finish()
    transcript = (await api.client.get(f"/api/jobs/{job['id']}")).json()["links"]["transcript"]
    shown = (await api.client.get(transcript)).json()
    assert (await revise(api, shown, 1, NOT_TO_ASK)).status_code == 201
    assert (await api.client.delete(f"/api/jobs/{job['id']}")).status_code == 204
    srt = await api.client.get(shown["links"]["export"], params={"format": "srt"})
    assert "what your country can do for you." in srt.text


async def test_a_late_editor_is_told_what_changed(api: Installation) -> None:
    shown = await heard(api)
    await revise(api, shown, 1, NOT_TO_ASK)
    late = await revise(api, shown, 1, {"op": "delete_words", "words": ["w2"]})
    assert late.status_code == 409
    problem = late.json()
    assert (problem["type"], problem["revision"]) == ("/problems/stale-revision", 2)
    assert problem["changed"] == [{"revision": 2, "words": ["w1"], "segments": ["s1"], "more": False}]


async def test_undo_redo_and_the_list_of_revisions(api: Installation) -> None:
    shown = await heard(api)
    await revise(api, shown, 1, NOT_TO_ASK)
    here = shown["links"]["self"]
    undone = await api.client.post(f"{here}/undo", json={"base_revision": 2})
    redone = await api.client.post(f"{here}/redo", json={"base_revision": 3})
    assert (undone.json()["same_as"], redone.json()["same_as"]) == (1, 2)
    nothing = await api.client.post(f"{here}/redo", json={"base_revision": 4})
    assert (nothing.status_code, nothing.json()["type"]) == (409, "/problems/nothing-to-redo")
    first = (await api.client.get(f"{here}/revisions", params={"limit": 3})).json()
    rest = (await api.client.get(f"{here}/revisions", params={"cursor": first["next_cursor"]})).json()
    told = [(one["number"], one["kind"]) for one in [*first["items"], *rest["items"]]]
    assert told == [(4, "redo"), (3, "undo"), (2, "edit"), (1, "recognised")]
    assert first["items"][2]["operations"] == [NOT_TO_ASK]


async def test_a_diff_and_a_words_history(api: Installation) -> None:
    shown = await heard(api)
    await revise(api, shown, 1, NOT_TO_ASK, {"op": "insert_words", "after": "w0", "text": "me"})
    here = shown["links"]["self"]
    diff = (await api.client.get(f"{here}/diff", params={"from": 1, "to": 2})).json()
    assert [(one["id"], one["kind"], one["follows"]) for one in diff["words"]] == [
        ("w2.1", "inserted", "w0"),
        ("w1", "changed", None),
    ]
    assert (diff["words"][1]["before"]["text"], diff["words"][1]["after"]["text"]) == ("not", "never")
    history = (await api.client.get(f"{here}/words/w1/history")).json()["events"]
    assert [(one["author"], one["after"]["text"]) for one in history] == [
        ("dummy dummy", "not"),
        ("owner", "never"),
    ]
    assert (await api.client.get(f"{here}/words/w77/history")).status_code == 404


@pytest.mark.parametrize(
    ("operation", "pointer"),
    [
        ({"op": "change_word", "word": "w77", "text": "x"}, "#/operations/1/word"),
        ({"op": "change_word", "word": "x", "text": "x"}, "#/operations/1/change_word/word"),
        ({"op": "change_word", "word": "w1"}, "#/operations/1/change_word"),
        ({"op": "burn"}, "#/operations/1"),
    ],
)
async def test_a_fault_names_the_operation_and_its_field(
    api: Installation, operation: dict[str, Any], pointer: str
) -> None:
    shown = await heard(api)
    refused = await revise(api, shown, 1, NOT_TO_ASK, operation)
    assert refused.status_code == 422
    assert refused.json()["errors"][0]["pointer"] == pointer
    assert (await api.client.get(shown["links"]["self"])).json()["revision"] == 1


async def test_a_job_takes_the_text_of_the_revision_that_was_newest_when_it_began(api: Installation) -> None:
    shown = await heard(api)
    await revise(api, shown, 1, NOT_TO_ASK)
    wish = {"recipe": "subtitles", "transcript_id": shown["id"]}
    job = (await api.client.post("/api/jobs", json=wish)).json()
    await revise(api, shown, 2, {"op": "change_word", "word": "w1", "text": "later"})
    job = (await api.client.get(job["links"]["self"])).json()
    assert (job["transcript_id"], job["transcript_revision"]) == (shown["id"], 2)
    assert job["media_id"] == shown["media_id"]
    unknown = await api.client.post("/api/jobs", json=wish | {"revision": 9})
    assert (unknown.status_code, unknown.json()["revision"]) == (404, 3)


@pytest.mark.parametrize(
    ("wish", "pointer"), [({}, "#/media_id"), ({"revision": 1, "media_id": UNKNOWN_ID}, "#/revision")]
)
async def test_a_job_needs_something_to_work_on(
    api: Installation, wish: dict[str, Any], pointer: str
) -> None:
    refused = await api.client.post("/api/jobs", json={"recipe": "transcript", **wish})
    assert refused.status_code == 422
    assert refused.json()["errors"][0]["pointer"] == pointer


async def test_an_edited_transcript_outlives_its_job_and_an_untouched_one_does_not(api: Installation) -> None:
    edited, untouched = await heard(api), await heard(api)
    await revise(api, edited, 1, NOT_TO_ASK)
    for shown in (edited, untouched):
        assert (await api.client.delete(shown["links"]["job"])).status_code == 204
    assert (await api.client.get(untouched["links"]["self"])).status_code == 404
    kept = (await api.client.get(edited["links"]["self"])).json()
    assert (kept["job_id"], kept["document"]["text"].split()[1]) == (None, "never")
    assert (await api.client.delete(kept["links"]["media"])).status_code == 204
    assert (await api.client.get(edited["links"]["self"])).json()["media_id"] is None


async def test_a_transcript_that_a_job_waits_for_stays(api: Installation) -> None:
    shown = await heard(api)
    job = await api.client.post("/api/jobs", json={"recipe": "transcript", "transcript_id": shown["id"]})
    refused = await api.client.delete(shown["links"]["self"])
    assert (refused.status_code, refused.json()["job_id"]) == (409, job.json()["id"])
    await api.client.post(job.json()["links"]["cancel"])
    assert (await api.client.delete(shown["links"]["self"])).status_code == 204
    assert (await api.client.get(shown["links"]["self"])).status_code == 404
    assert (await api.client.get(shown["links"]["job"])).json()["transcript_id"] is None


async def test_a_subtitle_file_becomes_a_transcript(api: Installation) -> None:
    answer = await api.client.post(
        "/api/transcripts/import", files={"file": ("talk.srt", SRT)}, data={"language": "English"},
        headers={"Idempotency-Key": "once"},
    )  # fmt: skip
    assert answer.status_code == 201, answer.text
    again = await api.client.post(
        "/api/transcripts/import", files={"file": ("talk.srt", SRT)}, data={"language": "English"},
        headers={"Idempotency-Key": "once"},
    )  # fmt: skip
    assert again.json()["id"] == answer.json()["id"]
    shown = (await api.client.get(answer.headers["location"])).json()
    assert (shown["language"], shown["duration_seconds"], shown["job_id"]) == ("en", 5.0, None)
    assert shown["document"]["text"] == "Good morning Bye."
    assert shown["document"]["origin"]["kind"] == "import"
    exported = await api.client.get(shown["links"]["export"], params={"format": "json"})
    anew = await api.client.post("/api/transcripts/import", files={"file": ("talk.json", exported.content)})
    assert anew.status_code == 201
    document = (await api.client.get(anew.headers["location"])).json()["document"]
    assert document == json.loads(exported.content)


async def test_a_file_that_cannot_be_imported_is_refused_by_its_line(api: Installation) -> None:
    bad = SRT.replace(b"--> 00:00:05", b"--> 00:00:03")
    refused = await api.client.post("/api/transcripts/import", files={"file": ("talk.srt", bad)})
    assert refused.status_code == 422
    assert (refused.json()["type"], refused.json()["line"]) == ("/problems/unreadable-subtitles", 6)
    media = await api.bring()
    late = await api.client.post(
        "/api/transcripts/import", files={"file": ("talk.srt", SRT)}, data={"media_id": media["id"]}
    )
    assert "the recording ends at 1.0 s" in late.json()["detail"]
    for field, value, status in (
        ("media_id", "x", 422),
        ("media_id", UNKNOWN_ID, 404),
        ("language", "x", 422),
    ):
        answer = await api.client.post(
            "/api/transcripts/import", files={"file": ("talk.srt", SRT)}, data={field: value}
        )
        assert answer.status_code == status
