"""The ids of a request: taken or made, answered, in its line, and kept with the job that it asks for."""

import logging
from uuid import UUID

import pytest
from tests.api.installation import Installation

from surtitle.accounts.secrets import new_token
from surtitle.db.job_models import Job
from surtitle.observability.lineage import TraceParent, line_ids

TRACE, SPAN = "4bf92f3577b34da6a3ce929d0e0e4736", "00f067aa0ba902b7"
CALLER = {"X-Request-ID": "from-the-caller.1", "traceparent": f"00-{TRACE}-{SPAN}-01"}


class _Ids(logging.Filter):
    """Keeps the ids that each access line would carry."""

    def __init__(self) -> None:
        super().__init__()
        self.seen: list[dict[str, str]] = []
        self.facts: list[dict[str, object]] = []

    def filter(self, record: logging.LogRecord) -> bool:
        self.seen.append(dict(line_ids()))
        self.facts.append(record.__dict__["facts"])
        return True


async def kept(api: Installation, job_id: str) -> Job:
    async with api.services.database.reading() as session:
        return await session.get_one(Job, UUID(job_id))


async def started(api: Installation, headers: dict[str, str]) -> str:
    wish = {"recipe": "transcript", "media_id": (await api.bring())["id"]}
    answer = await api.client.post("/api/jobs", json=wish, headers=headers)
    assert answer.headers["x-request-id"] == headers.get("X-Request-ID", answer.headers["x-request-id"])
    return str(answer.json()["id"])


async def test_a_job_keeps_the_request_and_the_trace_that_it_came_from(api: Installation) -> None:
    job = await kept(api, await started(api, CALLER))
    assert (job.request_id, job.traceparent) == ("from-the-caller.1", CALLER["traceparent"])
    claim = await api.claim()
    assert (claim.origin.request_id, claim.origin.traceparent) == (job.request_id, job.traceparent)
    assert (claim.origin.project_id, claim.origin.recipe) == (str(job.project_id), "transcript")


@pytest.mark.parametrize("header", ["", "nonsense", f"00-{'0' * 32}-{SPAN}-01", "x" * 5000])
async def test_without_a_trace_that_can_be_read_one_begins_here(api: Installation, header: str) -> None:
    job = await kept(api, await started(api, {"traceparent": header} if header else {}))
    assert TraceParent.read(job.traceparent) is not None
    assert job.request_id
    assert len(job.request_id) == 16


async def test_a_job_that_is_run_again_comes_from_the_request_that_wanted_it(api: Installation) -> None:
    job_id = await started(api, CALLER)
    await api.fail()
    again = {"X-Request-ID": "again", "traceparent": f"00-{'a' * 32}-{SPAN}-00"}
    assert (await api.client.post(f"/api/jobs/{job_id}/retry", headers=again)).status_code == 202
    job = await kept(api, job_id)
    assert (job.request_id, job.traceparent) == ("again", again["traceparent"])


async def test_the_line_of_a_request_names_its_project_and_its_job(api: Installation) -> None:
    ids = _Ids()
    access = logging.getLogger("surtitle.api.traffic")
    access.addFilter(ids)
    level = access.level
    access.setLevel(logging.INFO)
    try:
        job_id = await started(api, CALLER)
        await api.client.get(f"/api/jobs/{job_id}", headers={"X-Request-ID": "look"})
        await api.client.get("/api/jobs/none-such", headers={"X-Request-ID": "miss"})
        await api.client.get("/health/live", headers={"X-Request-ID": "alive"})
    finally:
        access.removeFilter(ids)
        access.setLevel(level)
    project = str((await kept(api, job_id)).project_id)
    *_, made, looked, missed, alive = ids.seen
    assert made == {
        "request_id": "from-the-caller.1", "trace_id": TRACE, "project_id": project, "job_id": job_id,
    }  # fmt: skip
    assert looked.items() >= {"request_id": "look", "project_id": project, "job_id": job_id}.items()
    assert "job_id" not in missed
    assert "project_id" not in alive
    assert ids.facts[-3].items() >= {"method": "GET", "route": "/api/jobs/{job_id}", "status": 200}.items()


async def test_an_id_that_looks_like_a_key_is_not_taken(api: Installation) -> None:
    key = new_token("vk_")
    answer = await api.client.get("/health/live", headers={"X-Request-ID": key})
    assert answer.headers["x-request-id"] != key


async def test_the_name_of_a_persons_file_is_in_no_line(
    api: Installation, caplog: pytest.LogCaptureFixture
) -> None:
    caplog.set_level(logging.DEBUG, "surtitle")
    media = await api.bring("Interview with Bob.wav")
    link = (await api.client.post(f"/api/media/{media['id']}/link", json={})).json()["url"]
    path = link.removeprefix("http://localhost")
    async with api.served() as anybody:
        assert (await anybody.get(path)).status_code == 200
        assert (await anybody.get(path.replace("/files/", "/files/x/"))).status_code == 404
    told = [record.getMessage() for record in caplog.records if record.name.startswith("surtitle")]
    assert f"GET /files/{media['id']}/… 200" in "\n".join(told)
    assert not [line for line in told if "Bob" in line]
