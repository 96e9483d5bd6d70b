"""Films as jobs: from a prompt to the files that people get, through every step."""

import asyncio
import json
from collections.abc import AsyncIterator, Callable
from pathlib import Path

import pytest
from tests.jobs.table import JobTable
from tests.pipelines.film.film_bench import SPOKEN, FilmBench, streams_of, write_tone
from tests.pipelines.understated import understated

from surtitle.db.models import PERSONAL_PROJECT, Media
from surtitle.domain.jobs import EventType, JobState
from surtitle.engines.errors import EngineDied
from surtitle.errors import Invalid
from surtitle.jobs.errors import LeaseLost
from surtitle.jobs.offer import Offer
from surtitle.jobs.owner import Owner
from surtitle.jobs.worker import failure_of
from surtitle.pipelines.film.errors import FilmMediaGone

ENGINES = {"painted": "film_engines:PAINTED", "clip": "film_engines:CLIP"}
PROMPT = "The harbour wakes early. Forty boats leave before five."


@pytest.fixture
async def bench(
    table: JobTable, tmp_path: Path, install_engines: Callable[[dict[str, str]], None]
) -> AsyncIterator[FilmBench]:
    install_engines(ENGINES)
    bench = FilmBench.over(table, tmp_path)
    yield bench
    await bench.host.close()


@pytest.fixture
def film_log(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    place = tmp_path / "film.log"
    place.touch()
    monkeypatch.setenv("FAKE_FILM_LOG", str(place))
    return place


async def test_a_prompt_becomes_a_film_with_everything_beside_it(bench: FilmBench, tmp_path: Path) -> None:
    job_id, told = await bench.make(prompt=PROMPT)
    assert told["artifacts"] == ["film.mp4", "film.srt", "poster.jpg", "preview.gif", "script.json"]
    film = tmp_path / "film.mp4"
    film.write_bytes(await bench.file(job_id, "film.mp4"))
    found = streams_of(film)
    assert found["size"] == (640, 360)
    assert found["audio"] == ["aac"]
    # Nine words of a quarter of a second, a pause, and what stands before and after.
    assert found["seconds"] == pytest.approx(9 * 0.25 + 0.4 + 0.45 + 1.2, abs=0.15)
    head = film.read_bytes()[: 64 * 1024]
    assert head.index(b"moov") < film.read_bytes().index(b"mdat")
    script = json.loads(await bench.file(job_id, "script.json"))
    assert [scene["narration"] for scene in script["scenes"]] == PROMPT.replace(". ", ".|").split("|")
    srt = (await bench.file(job_id, "film.srt")).decode()
    assert "Forty boats leave before five." in srt.replace("\n", " ")


async def test_the_same_order_gives_the_same_film_and_another_seed_another(bench: FilmBench) -> None:
    films = []
    for seed in (7, 7, 8):
        job_id, _ = await bench.make(prompt="The sea.", seed=seed, aspect="1:1")
        films.append(await bench.file(job_id, "film.mp4"))
    assert films[0] == films[1] != films[2]


async def test_what_was_paid_for_is_not_paid_for_again_when_the_engine_dies(
    bench: FilmBench, film_log: Path
) -> None:
    await bench.order(prompt="It pays and dies.", engine="clip")
    claim = await bench.table.claim()
    work = await bench.table.work(claim)
    work.scratch.mkdir(parents=True)
    with pytest.raises(EngineDied) as died:
        await bench.runner.run(work)
    assert film_log.read_text().splitlines()[-1] == "paid"
    await bench.table.queue.fail(claim, failure_of(died.value))
    again = None
    while again is None:
        again = await bench.table.queue.claim(Offer(), Owner.this_process())
    work = await bench.table.work(again)
    await bench.runner.run(work)
    assert film_log.read_text().splitlines()[:2] == ["paid", "went on with r-1"]
    assert (await bench.table.job(claim.job_id)).attempt == 2


async def test_an_engine_that_lost_its_job_saves_nothing_and_stops(bench: FilmBench, film_log: Path) -> None:
    await bench.order(prompt="It pays.", engine="clip")
    claim = await bench.table.claim()
    work = await bench.table.work(claim)
    work.scratch.mkdir(parents=True)
    original = work.begin_step

    async def taken_over(name: str) -> None:
        await original(name)
        if name == "picture":
            await bench.table.expire(claim)
            await bench.table.queue.reap()

    work.begin_step = taken_over  # type: ignore[method-assign]
    with pytest.raises(LeaseLost):
        await bench.runner.run(work)
    assert "painted" not in film_log.read_text()


async def test_a_cancelled_film_is_cleaned_up_by_its_engine(bench: FilmBench, film_log: Path) -> None:
    job_id = await bench.order(prompt="It waits.", engine="clip")
    worker = bench.table.worker(bench.runner.run)
    running = asyncio.create_task(worker.run_claim(await bench.table.claim()))
    async for event in bench.table.service.follow(job_id, 0):
        if event.type is EventType.PROGRESS and event.data["step"] == "picture":
            break
    await bench.table.service.cancel(PERSONAL_PROJECT, job_id)
    await running
    assert (await bench.table.job(job_id)).state == JobState.CANCELLED
    assert film_log.read_text() == "told to stop\n"


async def test_an_engine_of_short_clips_is_fitted_told_of_and_repeated(
    bench: FilmBench, tmp_path: Path
) -> None:
    job_id, _ = await bench.make(prompt=PROMPT, engine="clip", resolution="480p", fps=None)
    film = tmp_path / "film.mp4"
    film.write_bytes(await bench.file(job_id, "film.mp4"))
    found = streams_of(film)
    assert (found["size"], found["rate"]) == ((672, 384), 24.0)
    assert found["seconds"] > 4
    told = " ".join(await bench.warnings(job_id))
    assert "672x384" in told
    assert "repeats" in told


async def test_nobody_speaks_where_nobody_is_to(bench: FilmBench, tmp_path: Path) -> None:
    job_id, told = await bench.make(prompt=PROMPT, voice_over="off", duration_seconds=3)
    film = tmp_path / "film.mp4"
    film.write_bytes(await bench.file(job_id, "film.mp4"))
    found = streams_of(film)
    assert (found["audio"], found["seconds"]) == ([], pytest.approx(3.0, abs=0.2))
    assert "film.srt" not in told["artifacts"]


async def test_a_recording_is_heard_in_its_film_with_its_own_words(bench: FilmBench, tmp_path: Path) -> None:
    memo = await bench.bring(write_tone(tmp_path / "memo.wav", 4.0))
    music = await bench.bring(write_tone(tmp_path / "waltz.wav", 1.0, pitch_hz=900))
    job_id, told = await bench.make(memo, prompt=None, music=str(music.id), captions="soft")
    film = tmp_path / "film.mp4"
    film.write_bytes(await bench.file(job_id, "film.mp4"))
    found = streams_of(film)
    assert (found["captions"], found["seconds"]) == (["mov_text"], pytest.approx(4.0, abs=0.2))
    assert {"film.srt", "poster.jpg", "preview.gif", "script.json", "transcript.json"} <= set(
        told["artifacts"]
    )
    assert SPOKEN in (await bench.file(job_id, "film.srt")).decode().replace("\n", " ")
    assert json.loads(await bench.file(job_id, "script.json"))["title"] == "memo"


async def test_a_film_is_no_longer_than_can_be_drawn_whatever_the_header_of_its_recording_tells(
    bench: FilmBench, tmp_path: Path
) -> None:
    talk = await bench.bring(understated(tmp_path, 3700))
    with pytest.raises(Invalid, match="The recording lasts 3700 s, and the engine 'storyboard'"):
        await bench.make(talk, prompt="The sea.", engine="storyboard")


async def test_music_that_was_deleted_meanwhile_ends_the_job_with_a_word(
    bench: FilmBench, tmp_path: Path
) -> None:
    music = await bench.bring(write_tone(tmp_path / "waltz.wav", 1.0))
    await bench.order(prompt="The sea.", music=str(music.id))
    async with bench.table.database.writing() as session:
        await session.delete(await session.get_one(Media, music.id))
    work = await bench.table.work(await bench.table.claim())
    work.scratch.mkdir(parents=True)
    with pytest.raises(FilmMediaGone, match="deleted meanwhile"):
        await bench.runner.run(work)
