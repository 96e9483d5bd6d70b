"""Grabadora's accounts, as its people type them."""

from pathlib import Path

from tests.api.accounts import EMAIL, PASSWORD, front_door, problem
from tests.api.installation import wav


async def test_a_person_registers_gets_a_token_and_transcribes(tmp_path: Path) -> None:
    async with front_door(tmp_path) as door:
        made = await door.client.post("/users", json={"email": EMAIL, "password": PASSWORD, "role": "admin"})
        assert (made.status_code, set(made.json())) == (201, {"id", "email"})
        again = await door.client.post("/users", json={"email": EMAIL, "password": PASSWORD})
        assert (again.status_code, set(again.json())) == (201, {"id", "email"})

        form = {
            "username": EMAIL,
            "password": PASSWORD,
            "grant_type": "password",
            "scope": "",
            "client_id": "x",
        }
        answer = await door.client.post("/auth/token", data=form)
        assert answer.json()["token_type"] == "bearer"
        headers = {"Authorization": f"bearer {answer.json()['access_token']}"}
        job = await door.client.post("/transcribe", files={"file": ("nota.wav", wav())}, headers=headers)
        assert list(job.json()) == ["job_id"]
        renewed = {"refresh_token": answer.json()["refresh_token"]}
        assert (await door.client.post("/api/token/refresh", json=renewed)).status_code == 200


async def test_a_form_that_is_no_sign_in_is_refused(tmp_path: Path) -> None:
    async with front_door(tmp_path) as door:
        wrong = await door.client.post("/auth/token", data={"username": EMAIL, "password": PASSWORD})
        assert problem(wrong) == (401, "wrong-credentials")
        for form in ({}, {"username": EMAIL}, {"username": EMAIL, "password": "x", "grant_type": "implicit"}):
            assert problem(await door.client.post("/auth/token", data=form)) == (422, "invalid-request")
        as_query = await door.client.post(f"/auth/token?username={EMAIL}&password={PASSWORD}")
        assert as_query.status_code == 422
        unasked = await door.client.post("/transcribe", files={"file": ("nota.wav", wav())})
        assert problem(unasked) == (401, "unauthenticated")
