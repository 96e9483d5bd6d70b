from pathlib import Path
from typing import Any

import pytest
from tests.api.installation import UNKNOWN_ID, Installation, installed, wav

from surtitle.config import EngineSettings


async def uploaded(api: Installation, data: bytes | None = None) -> str:
    answer = await api.client.post("/upload", files={"file": ("sample.wav", data or wav())})
    assert answer.status_code == 200, answer.text
    job_id: str = answer.json()["job_id"]
    return job_id


async def run(api: Installation, job_id: str, output_type: str, **more: Any) -> dict[str, Any]:
    answer = await api.client.post(f"/jobs/{job_id}/run", json={"output_type": output_type, **more})
    assert answer.status_code == 200, answer.text
    document: dict[str, Any] = answer.json()
    return document


async def status(api: Installation, job_id: str) -> dict[str, Any]:
    document: dict[str, Any] = (await api.client.get(f"/jobs/{job_id}/status")).json()
    return document


async def test_the_demo_runs_as_it_always_did(api: Installation) -> None:
    job_id = await uploaded(api, wav(2.0))
    assert (await status(api, job_id))["status"] == "uploaded"
    assert (await run(api, job_id, "text"))["status"] == "queued"
    claim = await api.claim()
    assert (await status(api, job_id))["status"] == "processing"
    assert (await api.client.get(f"/jobs/{job_id}/result")).status_code == 409
    await api.queue.hand_back(claim)
    await api.finish()
    done = await status(api, job_id)
    assert (done["job_id"], done["status"], done["audio_seconds"]) == (job_id, "completed", 2.0)
    assert done["duration_seconds"] >= 0
    assert "error" not in done
    result = await api.client.get(f"/jobs/{job_id}/result")
    assert result.headers["content-type"] == "text/plain; charset=utf-8"
    assert result.text == "Ask not what your country can do for you.\n"
    assert (await api.client.get(f"/jobs/{job_id}/preview")).json()["preview"].startswith("Ask not")


@pytest.mark.parametrize(
    ("output_type", "media_type", "name"),
    [
        ("subtitle", "application/x-subrip; charset=utf-8", "sample.srt"),
        ("video", "video/mp4", "sample.captioned.mp4"),
    ],
)
async def test_subtitles_and_video_are_downloads(
    api: Installation, output_type: str, media_type: str, name: str
) -> None:
    job_id = await uploaded(api)
    await run(api, job_id, output_type)
    await api.finish()
    result = await api.client.get(f"/jobs/{job_id}/result")
    assert result.headers["content-type"] == media_type
    assert result.headers["content-disposition"].startswith(f'attachment; filename="{name}"')


async def test_a_failed_job_says_why(api: Installation) -> None:
    job_id = await uploaded(api)
    await run(api, job_id, "text")
    await api.fail()
    told = await status(api, job_id)
    assert (told["status"], told["error"]) == ("failed", "It holds no sound.")


async def test_a_cancelled_job_counts_as_failed(api: Installation) -> None:
    job_id = await uploaded(api)
    await run(api, job_id, "text")
    await api.client.post(f"/api/jobs/{job_id}/cancel")
    told = await status(api, job_id)
    assert (told["status"], told["error"]) == ("failed", "The job was cancelled.")


async def test_a_second_run_is_refused_with_advice(api: Installation) -> None:
    job_id = await uploaded(api)
    await run(api, job_id, "text")
    await api.finish()
    answer = await api.client.post(f"/jobs/{job_id}/run", json={"output_type": "text"})
    assert answer.status_code == 409
    assert "new job" in answer.json()["detail"]


@pytest.mark.parametrize(
    ("model_name", "options"),
    [
        ("dummy", {"engine": "dummy", "model": "auto"}),
        ("plugin", {"engine": "plugin", "model": "auto"}),
        ("whisper-base", {"engine": None, "model": "whisper-base"}),
    ],
)
async def test_the_model_is_chosen_by_name(tmp_path: Path, model_name: str, options: dict[str, Any]) -> None:
    async with installed(tmp_path, engines=EngineSettings(plugin="acme.speech:Recognizer")) as api:
        job_id = await uploaded(api)
        await run(api, job_id, "text", model_name=model_name)
        job = (await api.client.get(f"/api/jobs/{job_id}")).json()
    assert {name: job["options"][name] for name in options} == options
    assert job["surface"] == "subtitle_app"


async def test_unknown_models_and_outputs_are_refused(api: Installation) -> None:
    job_id = await uploaded(api)
    for body, told in (
        ({"output_type": "text", "model_name": "oracle"}, "oracle"),
        ({"output_type": "poem"}, "'text', 'subtitle' or 'video'"),
        ({}, "output_type"),
    ):
        answer = await api.client.post(f"/jobs/{job_id}/run", json=body)
        assert answer.status_code == 422
        assert told in answer.json()["detail"]
    assert (await status(api, job_id))["status"] == "uploaded"


async def test_an_upload_that_no_job_can_use_is_not_kept(api: Installation, silent_film: bytes) -> None:
    answer = await api.client.post("/upload", files={"file": ("film.mp4", silent_film)})
    assert answer.status_code == 422
    assert answer.json()["type"] == "/problems/no-sound"
    assert (await api.client.get("/api/media")).json()["items"] == []


@pytest.mark.parametrize(
    ("method", "path"), [("POST", "run"), ("GET", "status"), ("GET", "result"), ("GET", "preview")]
)
async def test_unknown_jobs_are_not_found(api: Installation, method: str, path: str) -> None:
    body = {"output_type": "text"} if method == "POST" else None
    answer = await api.client.request(method, f"/jobs/{UNKNOWN_ID}/{path}", json=body)
    assert answer.status_code == 404


async def test_the_figures_add_up(api: Installation) -> None:
    before = (await api.client.get("/admin/metrics")).json()
    assert before["jobs"] == {"uploaded": 0, "queued": 0, "processing": 0, "completed": 0, "failed": 0}
    assert before["mean_processing_seconds"] is None
    await uploaded(api)
    for output_type in ("text", "subtitle", "text"):
        await run(api, await uploaded(api, wav(2.0)), output_type)
    await api.finish()
    await api.finish()
    await api.fail("no-sound")
    after = (await api.client.get("/admin/metrics")).json()
    assert after["jobs"] == {"uploaded": 1, "queued": 0, "processing": 0, "completed": 2, "failed": 1}
    assert after["total_audio_seconds"] == 4.0
    assert 0 <= after["mean_processing_seconds"] <= after["max_processing_seconds"]
    assert after["real_time_factor"] == pytest.approx(after["mean_processing_seconds"] * 2 / 4.0)
    assert after["errors"] == {"no-sound": 1}
    assert after["usage"] == {"total_jobs": 4, "jobs_by_output_type": {"subtitle": 1, "text": 2}}
