"""Wishes against what an engine can draw."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from surtitle.config import FilmSettings, WritingSettings
from surtitle.db.models import Media
from surtitle.domain.film_wishes import expected_seconds
from surtitle.domain.films import FilmRules
from surtitle.domain.options import FilmJobOptions
from surtitle.engines.registry import EngineRegistry
from surtitle.engines.writing import Writers
from surtitle.errors import Invalid
from surtitle.media.probe import AudioTrack, Probe
from surtitle.pipelines.film.checks import FilmChecks
from surtitle.pipelines.film.fitting import fitted, fitted_seconds

ANY = FilmRules(from_prompt=True, uses_pictures=20)
DIFFUSION = FilmRules(
    from_prompt=True, size_step=32, frame_step=8, frame_offset=1, frames_per_second=(24, 25),
    longest_seconds=10.0, most_pixels=1280 * 720,
)  # fmt: skip


def wish(**options: object) -> FilmJobOptions:
    return FilmJobOptions.model_validate({"prompt": "The sea.", "engine": "any", **options})


@pytest.mark.parametrize(
    ("options", "size"),
    [
        ({}, (1920, 1080)),
        ({"aspect": "9:16"}, (1080, 1920)),
        ({"aspect": "1:1", "resolution": "720p"}, (720, 720)),
        ({"resolution": "480p"}, (854, 480)),
    ],
)
def test_an_engine_that_draws_anything_draws_what_was_asked_for(
    options: dict[str, object], size: tuple[int, int]
) -> None:
    fit = fitted(wish(**options), ANY, "1080p")
    assert ((fit.width, fit.height), fit.frames_per_second) == (size, 30)
    assert fit.width % 2 == fit.height % 2 == 0


def test_what_has_to_be_adjusted_is_told() -> None:
    fit = fitted(wish(fps=60, images=["01999999-0000-7000-8000-00000000dead"]), DIFFUSION, "1080p")
    assert (fit.width, fit.height, fit.frames_per_second) == (1280, 704, 25)
    told = " ".join(fit.warnings)
    assert all(part in told for part in ("1920x1080", "1280x704", "25 frames", "shows none"))


@pytest.mark.parametrize(
    ("options", "largest", "field"),
    [
        ({"resolution": "2160p"}, "1080p", "options.resolution"),
        ({"duration_seconds": 30}, "1080p", "options.duration_seconds"),
    ],
)
def test_what_cannot_be_adjusted_is_refused(options: dict[str, object], largest: str, field: str) -> None:
    with pytest.raises(Invalid) as refused:
        fitted(wish(**options), DIFFUSION, largest)
    assert refused.value.fields["field"] == field
    assert fitted(wish(resolution="2160p"), ANY, "2160p").height == 2160


@pytest.mark.parametrize(("engine", "seconds"), [("storyboard", 3700.0), ("audiogram", 4 * 3600 + 100.0)])
def test_a_recording_is_refused_whose_pictures_would_begin_anew_over_its_end(
    engine: str, seconds: float
) -> None:
    checks = FilmChecks(FilmSettings(), EngineRegistry(), Writers(WritingSettings()))
    with pytest.raises(Invalid, match="at most") as refused:
        checks(wish(engine=engine), _recording(seconds))
    assert refused.value.fields["field"] == "media_id"
    checks(wish(engine=engine), _recording(1800.0))


def _recording(seconds: float) -> Media:
    track = AudioTrack(index=0, codec="mp3", sample_rate_hz=48_000, channels=2)
    probe = Probe(
        container="mp3", content_type="audio/mpeg", duration_seconds=seconds, size_bytes=1, bit_rate=None,
        audio=(track,),
    )  # fmt: skip
    return Media(duration_seconds=seconds, probe=probe.model_dump(mode="json"))


@given(
    st.floats(0.1, 4000), st.sampled_from([8, 24, 30, 60]), st.integers(1, 16), st.integers(0, 5),
    st.floats(2, 3600),
)  # fmt: skip
def test_a_length_is_whole_frames_that_the_engine_can_count_to(
    seconds: float, rate: int, step: int, offset: int, longest: float
) -> None:
    rules = FilmRules(frame_step=step, frame_offset=offset, longest_seconds=longest)
    frames = fitted_seconds(seconds, rate, rules) * rate
    assert frames == pytest.approx(round(frames))
    assert 1 <= round(frames) <= max(1, int(longest * rate), offset)
    if longest >= seconds + step and offset == 0 and step == 1:
        assert frames / rate >= seconds - 0.001


def test_a_length_is_expected_from_the_text_the_wish_or_the_recording() -> None:
    assert expected_seconds(wish(prompt="word " * 150), 0.0) == pytest.approx(69, abs=1)
    assert expected_seconds(wish(prompt="word " * 150, speed=2.0), 0.0) == pytest.approx(34.5, abs=1)
    assert expected_seconds(wish(duration_seconds=90), 0.0) == 90
    assert expected_seconds(wish(), 600.0) == 600
    assert expected_seconds(wish(prompt="海" * 90), 0.0) == pytest.approx(23.4, abs=1)
