"""A recording's page, before, while and after it is written down."""

from dataclasses import replace

import pytest
from tests.api.installation import TRANSCRIPT, UNKNOWN_ID, Installation, spoken
from tests.api.people import person
from tests.web.browsing import signed_in

from surtitle.domain.transcript import Segment, Transcript, Word
from surtitle.engines.builtin.coverage_guard import REPEATS, UNLIKELY
from surtitle.web.told_transcript import COLOURS, DOUBTS, turns_of

HOSTILE = "<script>alert(1)</script>"


async def test_a_job_that_is_done_shows_its_text_its_player_and_its_files(home: Installation) -> None:
    job = await home.start("subtitles")
    await home.finish()
    page = (await home.client.get(f"/app/recordings/{job['id']}")).text
    assert TRANSCRIPT.text in page
    assert f'src="/api/media/{job["media_id"]}/content"' in page
    assert (
        f'kind="captions" srclang="en" label="Captions" src="/api/jobs/{job["id"]}/result?format=vtt"' in page
    )
    for ending in ("srt", "txt", "docx", "vtt"):
        assert f'href="/api/jobs/{job["id"]}/result?format={ending}" download' in page
    assert 'data-events=""' in page


async def test_a_job_at_work_is_listened_to(home: Installation) -> None:
    job = await home.start()
    page = (await home.client.get(f"/app/recordings/{job['id']}")).text
    assert f'data-events="/api/jobs/{job["id"]}/events?after=0"' in page
    assert "Take it with you" not in page
    assert "Nobody speaks" not in page


async def test_edits_are_shown(home: Installation) -> None:
    job = await home.start()
    await home.finish()
    transcript_id = (await home.client.get(f"/api/jobs/{job['id']}")).json()["transcript_id"]
    wish = {"base_revision": 1, "operations": [{"op": "change_word", "word": "w0", "text": HOSTILE}]}
    edited = await home.client.post(f"/api/transcripts/{transcript_id}/revisions", json=wish)
    assert edited.status_code in {200, 201}, edited.text
    page = (await home.client.get(f"/app/recordings/{job['id']}")).text
    assert "&lt;script&gt;alert(1)&lt;/script&gt;" in page
    assert HOSTILE not in page


async def test_anothers_recording_is_not_there(door: Installation) -> None:
    job = await (await person(door, "owner@example.org")).starts()
    await signed_in(door)
    for job_id in (job["id"], UNKNOWN_ID):
        page = await door.client.get(f"/app/recordings/{job_id}")
        assert page.status_code == 404
        assert "There is no such job" in page.text


def _said(number: int, speaker: str | None, doubtful: str | None = None) -> Segment:
    start = float(number)
    words = (
        Word("a", "Hi", start + 0.1, start + 0.3),
        Word("b", "😀!", start + 0.4, start + 0.5),
        Word("c", "-ho", start + 0.5, start + 0.75, glued=True),
    )
    return Segment(f"s{number}", start, start + 1, words, speaker=speaker, doubtful=doubtful)


def _of(*segments: Segment) -> Transcript:
    return replace(spoken("x"), segments=segments)


def test_turns_are_of_one_speaker_each_and_keep_their_colour() -> None:
    told = list(
        turns_of(_of(*[_said(n, who) for n, who in enumerate(["speaker_1", "speaker_1", "Bo", "speaker_1"])]))
    )
    assert [(turn.speaker, turn.colour, len(turn.phrases)) for turn in told] == [
        ("Speaker 1", 1, 2),
        ("Bo", 2, 1),
        ("Speaker 1", 1, 1),
    ]


def test_more_speakers_than_colours_begin_again() -> None:
    told = turns_of(_of(*[_said(n, f"speaker_{n + 1}") for n in range(COLOURS + 1)]))
    assert [turn.colour for turn in told] == [1, 2, 3, 4, 5, 6, 1]


def test_the_times_of_words_are_counted_from_their_phrase() -> None:
    [turn] = turns_of(_of(_said(7, None)))
    [phrase] = turn.phrases
    assert (turn.colour, phrase.text, phrase.times) == (0, "Hi 😀!-ho", "10,30,2 40,50,2 50,75,3")


@pytest.mark.parametrize("reason", [REPEATS, UNLIKELY, "an engine's own reason"])
def test_a_doubt_has_its_reason(reason: str) -> None:
    [turn] = turns_of(_of(_said(0, None, reason)))
    assert turn.phrases[0].doubt


def test_the_doubts_of_the_recogniser_are_known_by_name() -> None:
    assert set(DOUBTS) == {REPEATS, UNLIKELY}
