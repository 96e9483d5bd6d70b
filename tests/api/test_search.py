"""Search, answers and tags over HTTP."""

from pathlib import Path

import pytest
from tests.api.installation import UNKNOWN_ID, Installation, installed
from tests.api.people import Somebody, person
from tests.pipelines.search.conftest import COUNCIL, HELPLINE, conversation
from tests.servers.both import ON_BOTH

from surtitle.transcripts.schema import transcript_json


async def bring(api: Installation, media_id: str | None = None) -> str:
    form = {"media_id": media_id} if media_id else {}
    document = transcript_json(conversation((*HELPLINE, *COUNCIL)))
    answer = await api.client.post(
        "/api/transcripts/import", files={"file": ("talk.json", document)}, data=form
    )
    assert answer.status_code == 201, answer.text
    await api.services.search.indexing.work_off()
    return str(answer.json()["id"])


async def test_a_moment_is_found_with_a_link_that_plays_it(api: Installation) -> None:
    media = await api.bring()
    transcript_id = await bring(api, media["id"])
    answer = await api.client.get("/api/search", params={"q": "barking dogs", "limit": 3})
    assert answer.status_code == 200, answer.text
    document = answer.json()
    (item,) = document["items"]
    assert item["text"] == HELPLINE[3][1]
    assert item["after"] == COUNCIL[0][1]
    assert item["links"]["transcript"] == f"/api/transcripts/{transcript_id}"
    assert item["links"]["play"] == f"/api/media/{media['id']}/content#t=28.0,41.4"
    assert (await api.client.get(item["links"]["play"])).status_code == 200
    assert not document["by_meaning"]
    # The model for meanings is not installed here, and nothing is fetched unasked.
    assert document["notice"]
    assert document["waiting"] == 0


async def test_a_question_is_answered_by_moments_or_not_at_all(api: Installation) -> None:
    await bring(api)
    told = (await api.client.post("/api/ask", json={"question": "How much budget, in euros?"})).json()
    assert told["told"]
    assert told["answer"] is None
    assert told["cited"][0]["moment"]["text"] == COUNCIL[1][1]
    untold = (await api.client.post("/api/ask", json={"question": "Who won the regatta?"})).json()
    assert (untold["told"], untold["cited"]) == (False, [])


async def test_tags_file_transcripts_and_search_heeds_them(api: Installation) -> None:
    transcript_id = await bring(api)
    here = f"/api/transcripts/{transcript_id}/tags"
    assert (await api.client.put(here, json={"tags": ["Board", "board", "Q3"]})).json()["tags"] == [
        "board",
        "q3",
    ]
    assert (await api.client.get(here)).json()["tags"] == ["board", "q3"]
    found = await api.client.get("/api/search", params={"q": "dog", "tag": "BOARD", "speaker": "caller"})
    assert len(found.json()["items"]) == 1
    assert (await api.client.get("/api/search", params={"q": "dog", "tag": "q4"})).json()["items"] == []
    assert (await api.client.get(f"/api/transcripts/{UNKNOWN_ID}/tags")).status_code == 404


@pytest.mark.parametrize("path", ["/api/search", "/api/ask"])
async def test_tags_and_transcripts_of_another_project_are_no_way_in(
    exposed: Installation, path: str
) -> None:
    ana, bob = await person(exposed), await person(exposed, "bob@example.org")
    document = transcript_json(conversation((*HELPLINE, *COUNCIL)))
    brought = await ana.asks("POST", "/api/transcripts/import", files={"file": ("talk.json", document)})
    transcript = brought.json()["id"]
    await ana.asks("PUT", f"/api/transcripts/{transcript}/tags", json={"tags": ["board"]})
    await exposed.services.search.indexing.work_off()
    for filters in ({}, {"tag": "board"}, {"transcript_id": transcript}, {"speaker": "Caller"}):
        assert await found(ana, path, filters), filters
        assert not await found(bob, path, filters), filters


async def found(who: Somebody, path: str, filters: dict[str, str]) -> list[str]:
    question = "is there a barking dog"
    if path == "/api/search":
        answer = await who.asks("GET", path, params={"q": question, **filters})
        return [item["text"] for item in answer.json()["items"]]
    answer = await who.asks("POST", path, json={"question": question, **filters})
    return [item["moment"]["text"] for item in answer.json()["cited"]]


@ON_BOTH
async def test_a_character_that_no_database_takes_is_no_fault_of_ours(
    tmp_path: Path, database_url: str | None
) -> None:
    async with installed(tmp_path / "data", database_url=database_url) as api:
        tags = f"/api/transcripts/{await bring(api)}/tags"
        assert (await api.client.put(tags, json={"tags": ["\0"]})).status_code == 422
        assert (await api.client.put(tags, json={"tags": ["a\0b"]})).json()["tags"] == ["ab"]
        for filters, items in (
            ({"tag": "A\0b"}, 1),
            ({"speaker": "Call\0er"}, 0),
            ({"q": "dog\0"}, 1),
        ):
            answer = await api.client.get("/api/search", params={"q": "dog", **filters})
            assert (answer.status_code, len(answer.json()["items"])) == (200, items), filters
        for filter_ in ("tag", "language"):
            answer = await api.client.get("/api/search", params={"q": "dog", filter_: "\0"})
            assert answer.status_code == 422, answer.text
        wish = {"question": "Does a\0 dog bark?", "speaker": "\0"}
        assert (await api.client.post("/api/ask", json=wish)).status_code == 200


async def test_what_cannot_be_looked_for_is_refused(api: Installation) -> None:
    assert (await api.client.get("/api/search", params={"q": "?!"})).json()["type"].endswith("nothing-asked")
    wrong = await api.client.get("/api/search", params={"q": "dog", "language": "klingon"})
    assert wrong.status_code == 422
    # A number would be read as seconds since 1970.
    assert (await api.client.post("/api/ask", json={"question": "dog", "until": 0})).status_code == 422
    writer = await api.client.post("/api/ask", json={"question": "dog", "writer": "openai"})
    assert writer.status_code == 422
    assert "SURTITLE_WRITING__URL" in writer.json()["detail"]


async def test_reindexing_is_accepted_and_done_by_whoever_indexes(api: Installation) -> None:
    await bring(api)
    answer = await api.client.post("/api/search/reindex")
    assert (answer.status_code, answer.json()["transcripts"]) == (202, 1)
    assert (await api.client.get("/api/search", params={"q": "dog"})).json()["waiting"] == 1
    assert await api.services.search.indexing.work_off() == 1
