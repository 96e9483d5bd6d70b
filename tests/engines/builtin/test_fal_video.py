"""The engine `fal` against a server that speaks fal's queue: one request a clip, whatever breaks."""

from pathlib import Path

import pytest
from tests.fakes.fal_server import KEY, FalServer
from tests.fakes.film_control import KeptControl, ProcessDied
from tests.fal_films import LTX, REQUEST, FalEngine, has_ticket
from tests.films import film_facts

from surtitle.domain.films import FilmRequest, Scene, Shot, Template
from surtitle.engines.video_errors import (
    AddressRefused,
    FalAway,
    FalFailed,
    FalRefusesFilm,
    FalRefusesUs,
    FalRequestLost,
    FalResultGone,
    FalTooSlow,
    FileAway,
)
from surtitle.errors import Invalid, SurtitleError


def test_a_film_is_asked_for_once_and_comes_in_the_size_and_rate_that_were_wanted(
    fal: FalServer, fal_engine: FalEngine, tmp_path: Path
) -> None:
    control, output = KeptControl(), tmp_path / "film.mp4"
    told = fal_engine().generate(REQUEST, output, control)
    facts = film_facts(output)
    assert (facts.codec, facts.size, facts.rate, facts.frames, facts.streams) == (
        "h264",
        (320, 180),
        25,
        50,
        1,
    )
    assert fal.requests["r-1"].arguments == {
        "prompt": "a cat on a beach", "aspect_ratio": "16:9", "negative_prompt": "rain", "seed": 7,
        "resolution": "480p", "num_frames": 49, "frame_rate": 24,
    }  # fmt: skip
    assert (fal.taken, fal.keys) == (1, {f"Key {KEY}"})
    assert control.told == sorted(control.told)
    assert control.told[-1] == 1.0
    assert told == (f"fal made 1 clip with {LTX}, charged as 5 of its units.",)
    assert list(tmp_path.iterdir()) == [output]
    assert "very-secret" not in str(control.kept)


def test_the_number_of_a_request_is_kept_before_anything_else_is_asked(
    fal: FalServer, fal_engine: FalEngine, tmp_path: Path
) -> None:
    control = KeptControl(dies_after=has_ticket)
    with pytest.raises(ProcessDied):
        fal_engine().generate(REQUEST, tmp_path / "film.mp4", control)
    assert fal.calls == [f"POST /{LTX}"]
    fal_engine().generate(REQUEST, tmp_path / "film.mp4", KeptControl(control.kept))
    assert fal.taken == 1
    assert (tmp_path / "film.mp4").is_file()


@pytest.mark.parametrize("how", ["taken, then silence", "taken, then 502", "taken, then nonsense"])
def test_a_request_whose_answer_was_lost_is_found_and_not_sent_again(
    how: str, fal: FalServer, fal_engine: FalEngine, tmp_path: Path
) -> None:
    fal.submits, fal.lists = [how], ["503", "not yet"]
    fal_engine().generate(REQUEST, tmp_path / "film.mp4", KeptControl())
    assert fal.taken == 1


def test_a_process_that_dies_before_it_kept_the_number_finds_its_request(
    fal: FalServer, fal_engine: FalEngine, tmp_path: Path
) -> None:
    control = KeptControl(dies_before=has_ticket)
    with pytest.raises(ProcessDied):
        fal_engine().generate(REQUEST, tmp_path / "film.mp4", control)
    assert fal.taken == 1
    fal_engine().generate(REQUEST, tmp_path / "film.mp4", KeptControl(control.kept))
    assert fal.taken == 1


@pytest.mark.parametrize("lists", [["not yet"] * 500, ["403"]])
def test_a_request_that_cannot_be_found_is_never_sent_a_second_time(
    lists: list[str], fal: FalServer, fal_engine: FalEngine, tmp_path: Path
) -> None:
    fal.submits, control = ["taken, then silence"], KeptControl()
    for _ in range(2):
        fal.lists = list(lists)
        with pytest.raises(FalRequestLost, match="not asked for a second time") as lost:
            fal_engine().generate(REQUEST, tmp_path / "film.mp4", control)
        assert not lost.value.passing
    assert fal.taken == 1


def test_a_request_for_another_film_is_not_taken_for_ours(
    fal: FalServer, fal_engine: FalEngine, tmp_path: Path
) -> None:
    other = FilmRequest("a dog", 320, 180, 25, 2.0)
    fal_engine().generate(other, tmp_path / "other.mp4", KeptControl())
    fal.submits = ["taken, then silence"]
    fal.lists = ["well"]
    fal_engine().generate(REQUEST, tmp_path / "film.mp4", control := KeptControl())
    assert control.kept[-1]["requests"][0]["ticket"]["request_id"] == "r-2"


@pytest.mark.parametrize(("how", "error"), [("429", FalAway), ("401", FalRefusesUs), ("403", FalRefusesUs),
                                            ("404", FalRefusesUs), ("policy", FalRefusesFilm)])  # fmt: skip
def test_what_fal_certainly_did_not_take_may_be_sent_again(
    how: str, error: type[SurtitleError], fal: FalServer, fal_engine: FalEngine, tmp_path: Path
) -> None:
    fal.submits = [how]
    control = KeptControl()
    with pytest.raises(error) as refusal:
        fal_engine().generate(REQUEST, tmp_path / "film.mp4", control)
    assert refusal.value.passing is (error is FalAway)
    assert "very-secret" not in refusal.value.message
    assert "a cat on" not in refusal.value.message
    fal_engine().generate(REQUEST, tmp_path / "film.mp4", control)
    assert fal.taken == 1


def test_a_server_that_is_not_there_has_taken_nothing(fal_engine: FalEngine, tmp_path: Path) -> None:
    control = KeptControl()
    with pytest.raises(FalAway, match="cannot be reached"):
        fal_engine(url="http://127.0.0.1:9").generate(REQUEST, tmp_path / "film.mp4", control)
    assert control.kept[-1] == {"requests": []}


def test_fal_may_fall_over_for_a_while_without_the_film_suffering(
    fal: FalServer, fal_engine: FalEngine, tmp_path: Path
) -> None:
    fal.statuses, fal.results = ["500", "429", "unknown", "503"], ["502", "429"]
    fal_engine().generate(REQUEST, tmp_path / "film.mp4", KeptControl())
    assert fal.taken == 1


def test_a_fal_that_stays_away_is_given_up_for_now_and_the_request_is_kept(
    fal: FalServer, fal_engine: FalEngine, tmp_path: Path
) -> None:
    fal.statuses = ["503"] * 500
    control = KeptControl()
    with pytest.raises(FalAway):
        fal_engine().generate(REQUEST, tmp_path / "film.mp4", control)
    fal.statuses = []
    fal_engine().generate(REQUEST, tmp_path / "film.mp4", KeptControl(control.kept))
    assert (fal.taken, fal.cancelled) == (1, [])


def test_a_model_that_broke_is_not_charged_and_may_be_asked_again(
    fal: FalServer, fal_engine: FalEngine, tmp_path: Path
) -> None:
    fal.results = ["broken"]
    control = KeptControl()
    with pytest.raises(FalFailed, match="runner_disconnected") as broken:
        fal_engine().generate(REQUEST, tmp_path / "film.mp4", control)
    assert broken.value.passing
    assert "very-secret" not in broken.value.message
    fal_engine().generate(REQUEST, tmp_path / "film.mp4", control)
    assert fal.taken == 2


@pytest.mark.parametrize(
    "script",
    [{"results": ["404"]}, {"files": ["404"]}, {"files": ["403"]}, {"statuses": ["unknown"] * 500}],
)
def test_a_result_that_is_gone_is_told_and_not_paid_for_again(
    script: dict[str, list[str]], fal: FalServer, fal_engine: FalEngine, tmp_path: Path
) -> None:
    vars(fal).update(script)
    with pytest.raises(FalResultGone, match="request r-1"):
        fal_engine().generate(REQUEST, tmp_path / "film.mp4", KeptControl())
    assert fal.taken == 1
    assert not list(tmp_path.iterdir())


@pytest.mark.parametrize("results", [["policy"], ["no video"]])
def test_a_film_that_fal_will_not_make_is_refused_for_good(
    results: list[str], fal: FalServer, fal_engine: FalEngine, tmp_path: Path
) -> None:
    fal.results = results
    with pytest.raises(FalRefusesFilm) as refusal:
        fal_engine().generate(REQUEST, tmp_path / "film.mp4", KeptControl())
    assert not refusal.value.passing


def test_a_download_that_breaks_off_is_begun_again_from_the_result(
    fal: FalServer, fal_engine: FalEngine, tmp_path: Path
) -> None:
    fal.files = ["half"]
    control = KeptControl()
    with pytest.raises(FileAway):
        fal_engine().generate(REQUEST, tmp_path / "film.mp4", control)
    assert not list(tmp_path.iterdir())
    fal_engine().generate(REQUEST, tmp_path / "film.mp4", control)
    assert fal.taken == 1


@pytest.mark.parametrize(
    "url",
    [
        "http://10.0.0.1/film.mp4",
        "https://169.254.169.254/latest",
        "file:///etc/passwd",
        "https://localhost/film.mp4",
        "https://[::ffff:127.0.0.1]/film.mp4",
    ],
)
def test_a_result_inside_our_own_network_is_not_fetched(
    url: str, fal: FalServer, fal_engine: FalEngine, tmp_path: Path
) -> None:
    fal.file_url = url
    with pytest.raises(AddressRefused):
        fal_engine().generate(REQUEST, tmp_path / "film.mp4", KeptControl())


def test_a_redirect_into_our_own_network_is_not_followed(
    fal: FalServer, fal_engine: FalEngine, tmp_path: Path
) -> None:
    fal.files = ["https://127.0.0.1:1/secret"]
    with pytest.raises(AddressRefused):
        fal_engine().generate(REQUEST, tmp_path / "film.mp4", KeptControl())


def test_a_clip_that_takes_too_long_is_called_off(
    fal: FalServer, fal_engine: FalEngine, tmp_path: Path
) -> None:
    fal.polls_needed = 10_000
    with pytest.raises(FalTooSlow):
        fal_engine(seconds=0.2).generate(REQUEST, tmp_path / "film.mp4", KeptControl())
    assert fal.cancelled == ["r-1"]


def test_a_long_film_is_made_of_clips_of_its_scenes_side_by_side(
    fal: FalServer, fal_engine: FalEngine, tmp_path: Path
) -> None:
    scenes = [Scene(Template.STATEMENT, narration=text) for text in ("The sea.", "A cat comes.", "Night.")]
    edges = [0.0, 3.0, 8.0, 13.5]
    shots = tuple(Shot(scene, *edges[n : n + 2]) for n, scene in enumerate(scenes))
    request = FilmRequest("all of it", 180, 320, 10, 13.5, shots=shots)
    fal_engine("fal-ai/kling-video/v2.5-turbo/pro/text-to-video").generate(
        request, tmp_path / "film.mp4", KeptControl()
    )
    asked = [request.arguments for request in fal.requests.values()]
    assert [(clip["prompt"], clip["duration"]) for clip in asked] == [
        ("The sea. A cat comes.", "10"),
        ("Night.", "10"),
    ]
    assert {clip["aspect_ratio"] for clip in asked} == {"9:16"}
    assert [call.split()[0] for call in fal.calls[:3]] == ["POST", "POST", "GET"]
    assert film_facts(tmp_path / "film.mp4").frames == 135


def test_the_others_are_called_off_when_one_clip_is_refused(
    fal: FalServer, fal_engine: FalEngine, tmp_path: Path
) -> None:
    fal.submits = ["well", "policy"]
    request = FilmRequest("a cat", 320, 180, 25, 9.0)
    with pytest.raises(FalRefusesFilm):
        fal_engine().generate(request, tmp_path / "film.mp4", KeptControl())
    assert fal.cancelled == ["r-1"]


def test_a_model_that_was_not_settled_beforehand_is_refused(fal_engine: FalEngine, tmp_path: Path) -> None:
    request = FilmRequest("a cat", 320, 180, 25, 2.0, model="fal-ai/veo3")
    with pytest.raises(Invalid, match="set up for"):
        fal_engine().generate(request, tmp_path / "film.mp4", KeptControl())
