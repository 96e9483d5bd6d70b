"""One box for words and for questions."""

import pytest
from tests.api.installation import Installation
from tests.api.people import person
from tests.api.test_search import bring
from tests.pipelines.search.conftest import COUNCIL, HELPLINE, conversation
from tests.web.browsing import form_to, signed_in

from surtitle.transcripts.schema import transcript_json

HOSTILE = "<script>alert(1)</script>"


async def told(api: Installation, **asked: str | int) -> str:
    answer = await api.client.get("/app/search", params=asked)
    assert answer.status_code == 200, answer.text
    return answer.text


async def brings(api: Installation, *said: tuple[str, str], name: str = "talk.json") -> str:
    files = {"file": (name, transcript_json(conversation(said)))}
    answer = await api.client.post("/api/transcripts/import", files=files)
    assert answer.status_code == 201, answer.text
    await api.services.search.indexing.work_off()
    return str(answer.json()["id"])


async def test_a_moment_is_told_with_its_context_and_plays_in_place(home: Installation) -> None:
    media = await home.bring()
    await bring(home, media["id"])
    page = await told(home, q="barking dogs")
    assert "the <mark>dog</mark> <mark>barks</mark> but is harmless" in page
    # What was said before and after, as much of it as is needed.
    assert "lever on the pipe stands across it.</span> And tell" in page
    assert "did not light" not in page
    assert "The north pier of the bridge" in page
    assert f'src="/api/media/{media["id"]}/content#t=28.0,41.4"' in page
    assert 'preload="none"' in page
    assert "Caller</a>" in page
    assert "Only the words were looked for, not their meaning." in page
    assert form_to(page, "/app/search").values["q"] == "barking dogs"


async def test_a_moment_is_of_all_who_speak_in_it(home: Installation) -> None:
    said = (("Ana", "Who pays for the boiler of the parsonage?"), ("speaker_2", "I do."))
    await brings(home, *said)
    page = await told(home, q="boiler", speaker="Speaker 2")
    assert ">Ana</a>, <a" in page
    assert 'speaker=speaker_2">Speaker 2</a>' in page


async def test_an_empty_box_teaches_and_empty_fields_are_no_filters(home: Installation) -> None:
    await bring(home)
    assert "Everything that was said can be found again" in await told(home)
    empty = {"speaker": "", "language": "", "tag": "", "since": "", "until": "", "do": ""}
    assert "<mark>dog</mark>" in await told(home, q="dog", **empty)


async def test_filters_hold_together_and_are_offered(home: Installation) -> None:
    transcript = await bring(home)
    await home.client.put(f"/api/transcripts/{transcript}/tags", json={"tags": ["board", HOSTILE]})
    good = {
        "speaker": "caller",
        "tag": "BOARD",
        "language": "en",
        "since": "2001-01-01",
        "until": "2999-01-01",
    }
    page = await told(home, q="dog", **good)
    assert "<mark>dog</mark>" in page
    assert '<option value="board">' in page
    assert '<option value="en" selected>English</option>' in page
    assert HOSTILE not in page
    for other in ({"speaker": "Joanna"}, {"tag": "q4"}, {"language": "fr"}, {"until": "2001-01-01"}):
        assert "Nothing like that was said." in await told(home, q="dog", **{**good, **other}), other


async def test_further_moments_are_a_page_away(home: Installation) -> None:
    for number in range(12):
        await brings(
            home, ("Ann", f"The harbour has berth number {number} for a boat."), name=f"{number}.json"
        )
    first = await told(home, q="harbour boat")
    assert first.count('class="moment"') == 10
    assert "offset=10" in first
    second = await told(home, q="harbour boat", offset=10)
    assert second.count('class="moment"') == 2
    assert "Further ones" not in second
    assert "Better ones" in second


async def test_a_question_is_answered_by_quotes_or_not_at_all(home: Installation) -> None:
    await bring(home)
    page = await told(home, q="How much budget, in euros?")
    assert "These moments fit the question best." in page
    assert "no answer was written" in page
    assert "<blockquote" in page
    assert "thousand <mark>euros</mark>" in page
    assert "The recordings do not tell." in await told(home, q="Who won the regatta?")
    assert "<blockquote" in await told(home, q="the budget in euros", do="ask")
    assert "<blockquote" not in await told(home, q="How much budget, in euros?", do="search")


async def test_what_cannot_be_looked_for_is_told_beside_the_box(home: Installation) -> None:
    answer = await home.client.get("/app/search", params={"q": "...!"})
    assert answer.status_code == 422
    assert "write at least one word" in answer.text
    assert form_to(answer.text, "/app/search").values["q"] == "...!"


async def test_what_was_said_stays_text(home: Installation) -> None:
    said = f'The dog {HOSTILE} barks & bites, says "he".'
    await brings(home, (HOSTILE, said), name=f"{HOSTILE}.json")
    for question in ("dog", f"dog {HOSTILE}", "Does the dog bark?"):
        page = await told(home, q=question)
        assert "<script>alert" not in page
        assert "<mark>dog</mark>" in page
    assert "<script>alert" not in await told(home, q="dog", speaker=HOSTILE, tag=HOSTILE)


@pytest.mark.parametrize("question", ["dog", "is there a barking dog?"])
async def test_nothing_of_another_project_is_found(door: Installation, question: str) -> None:
    stranger = await person(door, "owner@example.org")
    document = transcript_json(conversation((*HELPLINE, *COUNCIL)))
    await stranger.asks("POST", "/api/transcripts/import", files={"file": ("talk.json", document)})
    await door.services.search.indexing.work_off()
    await signed_in(door)
    page = await told(door, q=question)
    assert "barks" not in page
    assert "Caller" not in page
