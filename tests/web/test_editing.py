"""The editor's page and its forms, as a browser without JavaScript uses them, and what its script is told."""

import re
from dataclasses import replace
from typing import Any
from uuid import UUID

import pytest
from sqlalchemy import update
from tests.api.installation import TRANSCRIPT, UNKNOWN_ID, Installation, spoken
from tests.api.people import Somebody, person
from tests.web.browsing import form_to, send, signed_in

from surtitle.accounts.access import ProjectRole
from surtitle.db.account_models import Membership, Profile
from surtitle.domain.options import SubtitleOptions
from surtitle.domain.transcript import Segment, Transcript, Word
from surtitle.pipelines.subtitles.profile import profile_for
from surtitle.web.cue_rows import cues_of, limits_of

HOSTILE = "<script>alert(1)</script> 100% {{ 7 }}"
TWO = replace(
    TRANSCRIPT,
    segments=(
        replace(TRANSCRIPT.segments[0], words=TRANSCRIPT.words[:3], end_seconds=2.9, speaker="speaker_1"),
        Segment("s2", 3.0, 8.9, TRANSCRIPT.words[3:], language="en", speaker="speaker_2", doubtful="x"),
    ),
)


async def edited(home: Installation) -> tuple[str, str]:
    """The address of an editor with `TWO`, and that of the transcript."""
    job = await home.start("subtitles")
    await home.finish(TWO)
    transcript_id = (await home.client.get(f"/api/jobs/{job['id']}")).json()["transcript_id"]
    return f"/app/recordings/{job['id']}/edit", f"/api/transcripts/{transcript_id}"


async def revise(home: Installation, transcript: str, base: int, **operation: Any) -> None:
    wish = {"base_revision": base, "operations": [operation]}
    answer = await home.client.post(f"{transcript}/revisions", json=wish)
    assert answer.status_code == 201, answer.text


async def text_of(home: Installation, transcript: str) -> str:
    return str((await home.client.get(transcript)).json()["document"]["text"])


async def cue_form(home: Installation, editor: str, cue: str) -> Any:
    page = await home.client.get(f"{editor}?cue={cue}")
    assert page.status_code == 200
    return form_to(page.text, f"{editor}/cue")


async def test_a_cue_is_corrected_by_a_form(home: Installation) -> None:
    editor, transcript = await edited(home)
    answer = await send(
        home, await cue_form(home, editor, "s1"), text=f"Ask {HOSTILE} what", speaker="Bo <b>", end="2,5"
    )
    assert answer.headers["location"] == f"{editor}#cue-s1"
    page = (await home.client.get(editor)).text
    assert "&lt;script&gt;alert(1)&lt;/script&gt; 100% {{ 7 }}" in page
    assert "Bo &lt;b&gt;" in page
    assert "<script>alert" not in page
    [first, _] = (await home.client.get(transcript)).json()["document"]["segments"]
    assert (first["speaker"], first["end_seconds"]) == ("Bo <b>", 2.5)


async def test_what_another_changed_elsewhere_stays(home: Installation) -> None:
    editor, transcript = await edited(home)
    form = await cue_form(home, editor, "s1")
    await revise(home, transcript, 1, op="rewrite_segment", segment="s2", text="somebody else wrote this")
    assert (await send(home, form, text="Mine")).status_code == 303
    assert await text_of(home, transcript) == "Mine somebody else wrote this"


async def test_what_another_changed_in_the_same_cue_is_not_overwritten(home: Installation) -> None:
    editor, transcript = await edited(home)
    form = await cue_form(home, editor, "s1")
    await revise(home, transcript, 1, op="rewrite_segment", segment="s1", text="Theirs")
    answer = await send(home, form, text=f"Mine {HOSTILE}")
    assert answer.status_code == 409
    assert "Somebody changed this cue while you wrote" in answer.text
    assert '<p class="said" lang="en">Theirs</p>' in answer.text
    assert "Mine &lt;script&gt;" in answer.text
    assert (await text_of(home, transcript)).startswith("Theirs")
    # Sent once more, it is meant.
    assert (await send(home, form_to(answer.text, f"{editor}/cue"), text="Mine")).status_code == 303
    assert (await text_of(home, transcript)).startswith("Mine")


async def test_text_is_found_and_replaced(home: Installation) -> None:
    editor, transcript = await edited(home)
    form = form_to((await home.client.get(editor)).text, f"{editor}/replace")
    assert (
        (await send(home, form, find="country", replace="town"))
        .headers["location"]
        .endswith("?done=replaced")
    )
    assert "your town can" in await text_of(home, transcript)
    missing = await send(home, form, find=HOSTILE, replace="x")
    assert (missing.status_code, "nowhere to be found" in missing.text) == (422, True)
    assert "&lt;script&gt;alert(1)&lt;/script&gt; 100%" in missing.text


async def test_a_speaker_is_renamed_and_two_become_one(home: Installation) -> None:
    editor, transcript = await edited(home)
    base = {"base": "1", "speaker": "speaker_1"}
    for speaker, name in (("speaker_1", "Ada"), ("speaker_2", "Ada")):
        answer = await home.client.post(f"{editor}/speaker", data={**base, "speaker": speaker, "name": name})
        assert answer.status_code == 303, answer.text
    segments = (await home.client.get(transcript)).json()["document"]["segments"]
    assert [one["speaker"] for one in segments] == ["Ada", "Ada"]
    empty = await home.client.post(f"{editor}/speaker", data={**base, "speaker": "Ada", "name": " "})
    assert "Give the speaker a name." in empty.text


async def test_an_edit_is_taken_back_and_done_again(home: Installation) -> None:
    editor, transcript = await edited(home)
    before = await text_of(home, transcript)
    await send(home, await cue_form(home, editor, "s1"), text="Other")
    for step, begins in (("undo", before), ("redo", "Other")):
        form = form_to((await home.client.get(editor)).text, f"{editor}/{step}")
        assert (await send(home, form)).status_code == 303
        assert (await text_of(home, transcript)).startswith(begins)
    nothing = await send(home, form_to((await home.client.get(editor)).text, f"{editor}/redo"))
    assert (nothing.status_code, "nothing to do again" in nothing.text) == (409, True)
    stale = await send(home, form)
    assert stale.status_code == 409
    assert "in the meantime" in stale.text


async def test_a_window_is_told_what_others_changed(home: Installation) -> None:
    editor, transcript = await edited(home)
    assert (await home.client.get(f"{editor}/changes?since=1")).status_code == 204
    await revise(home, transcript, 1, op="split_segment", before="w5")
    told = (await home.client.get(f"{editor}/changes?since=1")).json()
    assert (told["revision"], told["gone"]) == (2, [])
    assert [(cue["id"], cue["after"]) for cue in told["cues"]] == [("s2", "s1"), ("s2.1", "s2")]
    assert 'data-words="w5*4"' in told["cues"][1]["row"]
    await revise(home, transcript, 2, op="merge_segments", segments=["s1", "s2"])
    told = (await home.client.get(f"{editor}/changes?since=2")).json()
    assert (told["gone"], list(told["by"])) == (["s2"], ["3"])
    assert (await home.client.get(f"{editor}/changes?since=9")).status_code == 404


async def test_the_history_tells_who_did_what_and_what_differs(home: Installation) -> None:
    editor, transcript = await edited(home)
    await revise(home, transcript, 1, op="rewrite_segment", segment="s1", text=f"Ask {HOSTILE} what")
    await revise(home, transcript, 2, op="rename_speaker", speaker="speaker_2", name="Bo <b>")
    history = editor.replace("/edit", "/revisions")
    page = (await home.client.get(history)).text
    assert "Edited" in page
    assert "speaker renamed" in page
    page = (await home.client.get(f"{history}?from=1&to=3")).text
    assert "<del>not</del>" in page
    assert "<ins>&lt;script&gt;alert(1)&lt;/script&gt;" in page
    assert "<del>Speaker 2</del> <ins>Bo &lt;b&gt;</ins>" in page
    assert "<script>alert" not in page
    assert (await home.client.get(f"{history}?from=1&to=9")).status_code == 404


async def test_the_recordings_files_are_of_the_corrected_text(home: Installation) -> None:
    editor, transcript = await edited(home)
    recording = editor.removesuffix("/edit")
    assert f"{transcript}/export?format=srt" not in (await home.client.get(recording)).text
    await revise(home, transcript, 1, op="rewrite_segment", segment="s1", text="Other")
    page = (await home.client.get(recording)).text
    assert f'href="{transcript}/export?format=srt" download' in page
    assert f'href="{editor}"' in page


async def test_the_video_is_made_of_the_newest_text(home: Installation) -> None:
    editor, transcript = await edited(home)
    await revise(home, transcript, 1, op="rewrite_segment", segment="s1", text="Other")
    made = await home.client.post(editor.replace("/edit", "/video"), data={"captions": "soft"})
    assert made.status_code == 303, made.text
    job = (await home.client.get(made.headers["location"].replace("/app/recordings", "/api/jobs"))).json()
    assert (job["recipe"], job["transcript_id"]) == ("captioned-video", transcript.rpartition("/")[2])
    assert job["options"]["video"]["captions"] == "soft"


async def test_a_video_that_is_asked_for_twice_is_made_once_of_each_text(home: Installation) -> None:
    editor, transcript = await edited(home)
    wish = {"captions": "soft", "key": "of this page"}

    async def asked() -> str:
        answer = await home.client.post(editor.replace("/edit", "/video"), data=wish)
        return answer.headers["location"]

    first, again = await asked(), await asked()
    await revise(home, transcript, 1, op="rewrite_segment", segment="s1", text="Other")
    assert first == again != await asked()


async def test_the_page_knows_when_the_newest_edit_is_somebody_elses(door: Installation) -> None:
    owner = await person(door, "owner@example.org")
    async with door.services.database.writing() as session:
        await session.execute(update(Profile).where(Profile.user_id == owner.id).values(name="Olga"))
    job = await owner.starts()
    await door.finish(TWO)
    await signed_in(door)
    await _joins(door, owner, ProjectRole.EDITOR)
    editor = f"/app/recordings/{job['id']}/edit"
    text = (await owner.gets(f"/api/jobs/{job['id']}"))["transcript_id"]

    async def author() -> str:
        [told] = re.findall(r'data-author="([^"]*)"', (await door.client.get(editor)).text)
        return str(told)

    assert await author() == ""
    edit = {"op": "rewrite_segment", "segment": "s1", "text": "Theirs"}
    await owner.does(f"/api/transcripts/{text}/revisions", {"base_revision": 1, "operations": [edit]})
    assert await author() == "Olga"
    assert (await send(door, await cue_form(door, editor, "s2"), text="Mine")).status_code == 303
    assert await author() == ""


@pytest.mark.parametrize("language", ["en", "es", "fr"])
async def test_the_two_answers_to_a_question_read_differently(home: Installation, language: str) -> None:
    editor, _ = await edited(home)
    page = (await home.client.get(editor, headers={"Accept-Language": language})).text
    [asked] = re.findall(r'<dialog class="sure".*?</dialog>', page, re.DOTALL)
    assert len(set(re.findall(r"<button[^>]*>([^<]+)</button>", asked))) == 2


async def test_the_files_of_the_editor_are_as_its_job_was_asked_for(home: Installation) -> None:
    editor, transcript = await edited(home)
    assert f'href="{transcript}/export?format=srt" download' in (await home.client.get(editor)).text
    made = await home.client.post(editor.replace("/edit", "/video"), data={"captions": "soft"})
    recording = made.headers["location"]
    page = (await home.client.get(f"{recording}/edit")).text
    job = recording.rpartition("/")[2]
    assert f'href="{transcript}/export?job={job}&amp;format=srt" download' in page


async def test_a_job_without_a_text_has_nothing_to_edit(home: Installation) -> None:
    job = await home.start()
    recording = f"/app/recordings/{job['id']}"
    assert (await home.client.get(f"{recording}/edit")).headers["location"] == recording
    assert (await home.client.get(f"{recording}/revisions")).status_code == 404


async def test_anothers_text_is_not_there_and_a_viewer_reads_only(door: Installation) -> None:
    owner = await person(door, "owner@example.org")
    job = await owner.starts()
    await door.finish(TWO)
    await signed_in(door)
    pages = [f"/app/recordings/{job['id']}/{name}" for name in ("edit", "edit/changes?since=1", "revisions")]
    for address in (*pages, f"/app/recordings/{UNKNOWN_ID}/edit"):
        assert (await door.client.get(address)).status_code == 404, address
    await _joins(door, owner, ProjectRole.VIEWER)
    assert [(await door.client.get(address)).status_code for address in pages] == [403, 403, 200]


async def _joins(door: Installation, owner: Somebody, role: ProjectRole) -> None:
    """Whoever is signed in is a member of the owner's project."""
    me = (await door.client.get("/api/users/me")).json()
    async with door.services.database.writing() as session:
        session.add(Membership(project_id=owner.project_id, user_id=UUID(me["id"]), role=role))
    door.services.authenticator.forget_everybody()


def _said(*words: Word) -> Transcript:
    return replace(
        spoken("x"), segments=(Segment("s1", words[0].start_seconds, words[-1].end_seconds, words),)
    )


@pytest.mark.parametrize(
    ("ids", "runs"),
    [(["w3", "w4", "w5", "w2.1", "w6"], "w3*3 w2.1 w6"), (["w1"], "w1"), (["w2.1", "w2.2"], "w2.1*2")],
)
def test_ids_that_count_on_are_told_as_one(ids: list[str], runs: str) -> None:
    [row] = cues_of(_said(*[Word(one, "a", 1.0, 2.0) for one in ids]))
    assert row.words == runs


def test_words_without_spaces_are_told_by_their_length() -> None:
    [row] = cues_of(_said(Word("w1", "你😀", 1, 2, 0.3), Word("w2", "好", 2, 3, 0.9, glued=True)))
    assert (row.lengths, row.unsure, row.text) == ("3 +1", "0", "你😀好")


def test_the_limits_are_those_of_the_check() -> None:
    profile = profile_for(SubtitleOptions())
    assert limits_of(SubtitleOptions()) == {
        "line": profile.max_chars_per_line,
        "lines": profile.max_lines,
        "shortest": profile.min_duration_ms,
        "longest": profile.max_duration_ms,
        "speed": profile.max_chars_per_second,
        "gap": profile.min_gap_ms,
    }
