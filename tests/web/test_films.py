"""Films wished for by forms alone, as without JavaScript, and what is shown of them."""

import re
from typing import Any
from urllib.parse import urlsplit
from uuid import UUID

import httpx
import pytest
from tests.api.installation import UNKNOWN_ID, Installation, wav
from tests.api.people import person
from tests.films import painted_png
from tests.web.browsing import form_to, send, signed_in
from tests.web.film_pages import POSTER, SCENES, SRT, finish_film

from surtitle.db.account_models import Membership
from surtitle.web.film_words import RESOLUTIONS, SAME_EVERYWHERE, TEMPLATES, VOICE_OVERS, choices_of

HOSTILE = "<script>alert(1)</script>"
PROMPT = "The harbour wakes before the sun does."
STUDIO = "/app/films/new"


async def wish(api: Installation, **filled: Any) -> httpx.Response:
    """Fill the studio's form in and send it."""
    form = form_to((await api.client.get(STUDIO)).text, STUDIO)
    return await api.client.post(STUDIO, data={**form.values, **filled})


async def made(api: Installation, **filled: Any) -> dict[str, Any]:
    answer = await wish(api, do="begin", prompt=PROMPT, **filled)
    assert answer.status_code == 303, answer.text
    job_id = answer.headers["location"].rpartition("/")[2]
    document: dict[str, Any] = (await api.client.get(f"/api/jobs/{job_id}")).json()
    return document


async def test_a_prompt_becomes_a_film_with_everything_that_was_chosen(home: Installation) -> None:
    job = await made(
        home,
        aspect="9:16",
        template="quote",
        speed="1.2",
        captions="soft",
        seed="7",
        **{"brand.accent.own": "true", "brand.accent": "#ff8800", "brand.text": "#123456"},
    )
    options = job["options"]
    assert (job["recipe"], options["prompt"]) == ("film", PROMPT)
    assert (options["aspect"], options["template"], options["captions"]) == ("9:16", "quote", "soft")
    assert (options["speed"], options["seed"]) == (1.2, 7)
    # A colour counts where it is ticked.
    assert (options["brand"]["accent"], options["brand"]["text"]) == ("#ff8800", None)
    assert options["caption_style"]["karaoke"] is True


async def test_what_was_chosen_last_is_offered_again_but_not_what_it_was_about(home: Installation) -> None:
    await made(home, aspect="1:1", speed="0.8", seed="9", captions="none")
    page = (await home.client.get(STUDIO)).text
    values = form_to(page, STUDIO).values
    assert (values["aspect"], values["speed"], values["seed"]) == ("1:1", "0.8", "0")
    assert '<option value="none" selected>' in page
    assert PROMPT not in page
    assert '<option value="1:1" selected>' in (await home.client.get("/app")).text


@pytest.mark.parametrize("cookie", ["aspect=nonsense&speed=900", "speed=%00", "aspect=<script>", "x" * 3000])
async def test_nonsense_that_is_remembered_is_forgotten(home: Installation, cookie: str) -> None:
    home.client.cookies.set("surtitle_film", cookie)
    values = form_to((await home.client.get(STUDIO)).text, STUDIO).values
    assert (values["aspect"], values["speed"]) == ("16:9", "1")


@pytest.mark.parametrize(
    ("field", "value"),
    [
        ("prompt", "..."), ("speed", "9"), ("voice", "nobody"), ("duration_seconds", "-1"), ("fps", "900"),
        ("brand.font", "No Such Font"), ("seed", HOSTILE), ("music", HOSTILE), ("template", "picture"),
        ("resolution", "2160p"), ("language", "xx"),
    ],
)  # fmt: skip
async def test_what_cannot_be_is_told_beside_its_field_and_nothing_is_lost(
    home: Installation, field: str, value: str
) -> None:
    text = {"prompt": "My precious text."} | {field: value}
    answer = await wish(home, do="begin", **text)
    assert answer.status_code == 422, field
    beside = "images" if field == "template" else field
    assert f'id="problem-{beside}" data-problem="{beside}">' in answer.text
    assert HOSTILE not in answer.text
    assert text["prompt"] in answer.text
    assert (await home.client.get("/api/jobs")).json()["items"] == []


async def test_what_it_will_take_is_told_and_nothing_begins(home: Installation) -> None:
    answer = await wish(home, do="estimate", prompt=PROMPT)
    assert answer.status_code == 200
    assert "about 0:04" in answer.text
    assert re.search(r"1920 . 1080", answer.text)
    assert PROMPT in answer.text
    part = await home.client.post("/app/films/estimate", data={"prompt": PROMPT, "speed": "9"})
    assert 'data-about="speed"' in part.text
    assert (await home.client.get("/api/jobs")).json()["items"] == []


async def test_a_form_that_is_sent_twice_makes_one_film_and_a_changed_one_another(home: Installation) -> None:
    form = form_to((await home.client.get(STUDIO)).text, STUDIO)
    sent = {**form.values, "do": "begin", "prompt": PROMPT}
    first, again = [(await home.client.post(STUDIO, data=sent)).headers["location"] for _ in range(2)]
    assert first == again
    other = await home.client.post(STUDIO, data={**sent, "seed": "5"})
    assert other.headers["location"] != first


async def test_a_recording_becomes_a_film_or_speaks_in_one(home: Installation) -> None:
    media = (await home.bring("<b>memo.wav", wav()))["id"]
    page = (await home.client.get(STUDIO)).text
    assert f'<option value="{media}">&lt;b&gt;memo.wav</option>' in page
    alone = await wish(home, do="begin", source="recording", recording=media, template="picture")
    assert alone.status_code == 303, alone.text
    spoken = await wish(home, do="begin", source="own_voice", recording=media, prompt=PROMPT)
    assert spoken.status_code == 303, spoken.text
    newest, before = (await home.client.get("/api/jobs")).json()["items"]
    assert (before["media_id"], before["options"]["engine"], before["options"]["prompt"]) == (
        media, "audiogram", None,
    )  # fmt: skip
    assert (newest["media_id"], newest["options"]["voice_over"]) == (media, "uploaded")
    for source in ("recording", "own_voice"):
        nothing = await wish(home, do="begin", source=source, prompt=PROMPT)
        assert 'data-problem="recording">' in nothing.text


@pytest.mark.parametrize(
    ("place", "field"), [("picture", "images"), ("logo", "brand.logo"), ("music", "music")]
)
async def test_a_file_comes_in_without_the_loss_of_what_was_typed(
    home: Installation, place: str, field: str
) -> None:
    data = wav() if place == "music" else painted_png(64, 36)
    answer = await home.client.post(
        f"/app/films/file?as={place}", data={"prompt": "x" * 70_000}, files={"file": ("<b>mine.png", data)}
    )
    assert answer.status_code == 200, answer.text
    assert "x" * 20_000 in answer.text
    [media] = (await home.client.get("/api/media")).json()["items"]
    form = form_to(answer.text, STUDIO)
    chosen = (
        f'name="images" value="{media["id"]}" checked' if field == "images" else f'"{media["id"]}" selected'
    )
    assert chosen in answer.text
    assert "<b>mine" not in answer.text
    assert urlsplit(form.action).path == STUDIO


async def test_another_like_it_has_the_same_wishes_and_what_was_changed(home: Installation) -> None:
    job = await made(home, aspect="1:1", speed="1.5", seed="3", template="list")
    page = (await home.client.get(f"{STUDIO}?like={job['id']}&template=quote&aspect=9:16")).text
    values = form_to(page, STUDIO).values
    assert PROMPT in page
    assert (values["template"], values["aspect"], values["speed"]) == ("quote", "9:16", "1.5")
    assert values["seed"] == "3"
    anew = (await home.client.get(f"{STUDIO}?like={job['id']}&seed=new")).text
    assert form_to(anew, STUDIO).values["seed"] != "3"
    assert (await home.client.get(f"{STUDIO}?like={UNKNOWN_ID}")).status_code == 404
    other = await home.start("transcript")
    assert (await home.client.get(f"{STUDIO}?like={other['id']}")).status_code == 404


async def test_the_first_page_hands_its_prompt_to_the_studio(home: Installation) -> None:
    form = form_to((await home.client.get("/app")).text, "/app/jobs/of-prompt")
    answer = await home.client.post(
        STUDIO, data={**form.values, "prompt": HOSTILE, "aspect": "1:1", "do": "show"}
    )
    assert answer.status_code == 200
    assert "&lt;script&gt;alert(1)&lt;/script&gt;</textarea>" in answer.text
    assert form_to(answer.text, STUDIO).values["speed"] == "1"


async def test_a_film_that_grows_shows_itself_and_one_that_is_done_plays(home: Installation) -> None:
    job = await made(home, captions="soft")
    page = f"/app/recordings/{job['id']}"
    growing = (await home.client.get(page)).text
    assert f'data-events="/api/jobs/{job["id"]}/events"' in growing
    assert "as soon as it is drawn" in growing
    await finish_film(home)
    done = (await home.client.get(page)).text
    assert f'src="/api/jobs/{job["id"]}/result?format=mp4"' in done
    assert f'poster="/api/jobs/{job["id"]}/preview/frame"' in done
    assert f'src="/app/films/{job["id"]}/captions.vtt" default' in done
    assert f"{STUDIO}?like={job['id']}&amp;seed=new" in done
    assert f"{STUDIO}?like={job['id']}&amp;template=quote" in done
    assert SCENES[1].narration.replace("<", "&lt;").replace(">", "&gt;") in done
    captions = (await home.client.get(f"/app/films/{job['id']}/captions.vtt")).text
    assert captions.startswith("WEBVTT\n\n1\n00:00:00.500 --> 00:00:02.000\n")
    assert "&lt;b&gt;five&lt;/b&gt;" in captions
    assert "," in SRT


async def test_the_list_has_a_picture_of_each_film(home: Installation) -> None:
    assert "No film has been made yet" in (await home.client.get("/app/films")).text
    job = await made(home)
    address = f"/app/films/{job['id']}/poster"
    assert (await home.client.get(address)).status_code == 404
    assert address not in (await home.client.get("/app/films")).text
    await finish_film(home)
    page = (await home.client.get("/app/films")).text
    assert address in page
    assert PROMPT in page
    picture = await home.client.get(address)
    assert picture.headers["content-type"] == "image/webp"
    assert len(picture.content) < len(POSTER)
    again = await home.client.get(address, headers={"If-None-Match": picture.headers["etag"]})
    assert again.status_code == 304


async def test_anothers_film_is_not_there(door: Installation) -> None:
    owner = await person(door, "owner@example.org")
    answer = await owner.asks("POST", "/api/jobs", json={"recipe": "film", "prompt": PROMPT})
    job_id = answer.json()["id"]
    await signed_in(door)
    for path in (
        f"/app/films/{job_id}/poster",
        f"/app/films/{job_id}/captions.vtt",
        f"{STUDIO}?like={job_id}",
    ):
        assert (await door.client.get(path)).status_code == 404, path
    assert PROMPT not in (await door.client.get("/app/films")).text


async def test_a_file_without_the_forms_token_is_refused_and_not_kept(door: Installation) -> None:
    await signed_in(door)
    file = {"file": ("song.wav", wav())}
    for data in ({}, {"csrf": "forged"}):
        answer = await door.client.post("/app/films/file?as=music", data=data, files=file)
        assert answer.status_code == 403
    assert (await door.client.get("/api/media")).json()["items"] == []
    form = form_to((await door.client.get(STUDIO)).text, STUDIO)
    assert (await send(door, form, csrf="forged", prompt=PROMPT)).status_code == 403


async def test_what_was_adjusted_is_told(home: Installation) -> None:
    job = await made(home)
    await finish_film(home, warning=f"The film is smaller {HOSTILE}")
    page = (await home.client.get(f"/app/recordings/{job['id']}")).text
    assert "<li>The film is smaller &lt;script&gt;" in page


async def test_whoever_may_only_look_makes_no_films(door: Installation) -> None:
    owner = await person(door, "owner@example.org")
    answer = await owner.asks("POST", "/api/jobs", json={"recipe": "film", "prompt": PROMPT})
    await signed_in(door, "viewer@example.org")
    me = (await door.client.get("/api/users/me")).json()
    async with door.services.database.writing() as session:
        session.add(Membership(project_id=owner.project_id, user_id=UUID(me["id"]), role="viewer"))
    door.services.authenticator.forget_everybody()
    csrf = {"X-CSRF-Token": door.client.cookies["surtitle_csrf"]}
    await door.client.patch("/api/users/me", json={"default_project_id": str(owner.project_id)}, headers=csrf)
    page = (await door.client.get("/app/films")).text
    assert answer.json()["id"] in page
    assert STUDIO not in page
    assert (await door.client.get(STUDIO)).status_code == 403


def test_every_choice_of_films_has_a_name() -> None:
    assert list(SAME_EVERYWHERE["template"]) == list(TEMPLATES)
    assert list(choices_of("resolution", RESOLUTIONS)) == list(RESOLUTIONS)
    assert set(choices_of("voice_over", VOICE_OVERS)) == set(VOICE_OVERS)
