"""Work begun by forms alone, as without JavaScript."""

import pytest
from tests.api.installation import Installation, wav
from tests.web.browsing import form_to, send, signed_in

from surtitle.web.choices import Choices

FILE = {"file": ("talk.wav", wav())}


async def test_a_file_in_a_plain_form_becomes_a_job(home: Installation) -> None:
    form = form_to((await home.client.get("/app")).text, "/app/jobs/of-file")
    assert form.values["recipe"] == "subtitles"
    chosen = {"recipe": "meeting", "language": "fr", "speakers": "2", "mask": "true"}
    answer = await home.client.post(form.action, data=chosen, files=FILE)
    assert answer.status_code == 303, answer.text
    [job] = (await home.client.get("/api/jobs")).json()["items"]
    assert answer.headers["location"] == f"/app/recordings/{job['id']}"
    assert (job["recipe"], job["options"]["language"]) == ("meeting", "fr")
    assert job["options"]["diarization"]["speakers"] == 2
    assert job["options"]["subtitles"]["profanity"] == "mask"


async def test_the_last_choices_are_offered_again(home: Installation) -> None:
    await home.client.post("/app/jobs/of-file", data={"recipe": "transcript", "language": "es"}, files=FILE)
    page = (await home.client.get("/app")).text
    assert form_to(page, "/app/jobs/of-file").values["recipe"] == "transcript"
    assert '<option value="es" selected>' in page
    home.client.cookies.set("surtitle_start", "recipe=nonsense&language=<script>")
    assert form_to((await home.client.get("/app")).text, "/app/jobs/of-file").values["recipe"] == "subtitles"


async def test_a_choice_that_does_not_exist_keeps_nothing(home: Installation) -> None:
    for chosen in ({"recipe": "cake"}, {"language": "xx"}, {"speakers": "0"}):
        answer = await home.client.post("/app/jobs/of-file", data=chosen, files=FILE)
        assert answer.status_code == 422, chosen
    assert (await home.client.get("/api/media")).json()["items"] == []


async def test_what_is_no_recording_is_told_so(home: Installation) -> None:
    answer = await home.client.post("/app/jobs/of-file", files={"file": ("notes.txt", b"hello there")})
    assert answer.status_code == 422
    assert "neither sound nor video" in answer.text


async def test_a_file_without_the_forms_token_is_refused_and_not_kept(door: Installation) -> None:
    await signed_in(door)
    csrf = door.client.cookies["surtitle_csrf"]
    for data in ({}, {"csrf": "forged"}):
        answer = await door.client.post("/app/jobs/of-file", data=data, files=FILE)
        assert answer.status_code == 403
    assert (await door.client.get("/api/media")).json()["items"] == []
    good = await door.client.post("/app/jobs/of-file", data={"csrf": csrf}, files=FILE)
    assert good.status_code == 303


async def test_a_prompt_becomes_a_film(home: Installation) -> None:
    form = form_to((await home.client.get("/app")).text, "/app/jobs/of-prompt")
    answer = await send(home, form, prompt="Rain over the harbour.", aspect="9:16")
    assert answer.status_code == 303, answer.text
    [job] = (await home.client.get("/api/jobs")).json()["items"]
    assert (job["recipe"], job["options"]["aspect"]) == ("film", "9:16")
    assert "Rain over the harbour." in (await home.client.get("/app/jobs")).text


@pytest.mark.parametrize(
    ("choices", "options"),
    [
        (Choices(), {}),
        (Choices(recipe="transcript", mask=True, karaoke=True, speakers=3), {}),
        (Choices(recipe="captioned-video", karaoke=True), {"video": {"style": {"karaoke": True}}}),
        (Choices(english=True), {"task": "translate"}),
    ],
)
def test_what_is_not_chosen_is_left_to_the_profile(choices: Choices, options: dict[str, object]) -> None:
    assert choices.options() == options


async def test_a_film_that_is_asked_for_twice_is_made_once(home: Installation) -> None:
    form = form_to((await home.client.get("/app")).text, "/app/jobs/of-prompt")
    told = ["Rain over the harbour.", "Rain over the harbour.", "Sun over the harbour."]
    first, again, other = [(await send(home, form, prompt=one)).headers["location"] for one in told]
    assert first == again != other
    assert len((await home.client.get("/api/jobs")).json()["items"]) == 2
