"""Search, answers and tags over HTTP."""

from tests.api.installation import UNKNOWN_ID, Installation
from tests.pipelines.search.conftest import COUNCIL, HELPLINE, conversation

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


async def test_what_cannot_be_looked_for_is_refused(api: Installation) -> None:
    assert (await api.client.get("/api/search", params={"q": "?!"})).json()["type"].endswith("nothing-asked")
    wrong = await api.client.get("/api/search", params={"q": "dog", "language": "klingon"})
    assert wrong.status_code == 422
    writer = await api.client.post("/api/ask", json={"question": "dog", "writer": "openai"})
    assert writer.status_code == 422
    assert "SURTITLE_WRITING__URL" in writer.json()["detail"]


async def test_reindexing_is_accepted_and_done_by_whoever_indexes(api: Installation) -> None:
    await bring(api)
    answer = await api.client.post("/api/search/reindex")
    assert (answer.status_code, answer.json()["transcripts"]) == (202, 1)
    assert (await api.client.get("/api/search", params={"q": "dog"})).json()["waiting"] == 1
    assert await api.services.search.indexing.work_off() == 1
