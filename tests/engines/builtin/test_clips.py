"""Films cut into the clips that a generative model draws."""

from dataclasses import replace

import pytest

from surtitle.domain.films import FilmRequest, Scene, Shot, Template
from surtitle.engines.builtin.clips import clips_of

REQUEST = FilmRequest("a cat on a beach", 1280, 720, 30, 4.0, seed=2**32 - 1)


def shots(*edges: float) -> tuple[Shot, ...]:
    scenes = [Scene(Template.STATEMENT, narration=f"Scene {number}.") for number in range(len(edges) - 1)]
    return tuple(Shot(scene, *edges[number : number + 2]) for number, scene in enumerate(scenes))


def test_a_short_film_is_one_clip_asked_for_by_the_prompt_itself() -> None:
    (clip,) = clips_of(replace(REQUEST, shots=shots(0, 2, 4)), 5.0)
    assert (clip.prompt, clip.seconds, clip.seed) == ("a cat on a beach", 4.0, 2**32 - 1)


def test_scenes_share_a_clip_as_long_as_they_fit() -> None:
    clips = clips_of(replace(REQUEST, duration_seconds=9.0, shots=shots(0, 2, 4.5, 6, 9)), 5.0)
    assert [(clip.prompt, clip.seconds) for clip in clips] == [
        ("Scene 0. Scene 1.", 4.5),
        ("Scene 2. Scene 3.", 4.5),
    ]


def test_a_scene_longer_than_a_clip_is_drawn_as_several_with_seeds_of_their_own() -> None:
    clips = clips_of(replace(REQUEST, duration_seconds=12.0, shots=shots(0, 12)), 5.0)
    assert [clip.seconds for clip in clips] == pytest.approx([4.0] * 3)
    assert [clip.seed for clip in clips] == [2**32 - 1, 0, 1]


def test_pauses_between_scenes_and_after_them_belong_to_the_scene_before() -> None:
    gaps = (Shot(Scene(Template.TITLE, heading="One"), 0.5, 3.0), Shot(Scene(Template.TITLE), 4.0, 7.0))
    clips = clips_of(replace(REQUEST, duration_seconds=9.0, shots=gaps), 5.0)
    assert [clip.seconds for clip in clips] == pytest.approx([4.0, 5.0])
    # A scene without words is asked for by the film's prompt.
    assert [clip.prompt for clip in clips] == ["One", "a cat on a beach"]


def test_a_film_without_scenes_is_cut_into_even_clips() -> None:
    clips = clips_of(replace(REQUEST, duration_seconds=10.0), 4.0)
    assert [clip.seconds for clip in clips] == pytest.approx([10 / 3] * 3)


def test_a_prompt_that_is_too_long_is_cut_after_a_whole_word() -> None:
    (clip,) = clips_of(replace(REQUEST, prompt="sea  \n" * 5000), 5.0)
    assert len(clip.prompt) <= 1500
    assert clip.prompt.endswith("sea")
    assert "  " not in clip.prompt
