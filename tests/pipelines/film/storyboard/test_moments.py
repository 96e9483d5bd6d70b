from tests.drawn_films import told

from surtitle.domain.films import Scene, Shot, Template
from surtitle.pipelines.film.storyboard.moments import line_moments

SHOT = Shot(
    Scene(Template.LIST, "Changes", ("Lifted the asphalt", "Planted trees", "Moved cars")), 10.0, 20.0
)


def test_a_line_comes_with_its_words() -> None:
    words = told("first they lifted the asphalt then planted forty trees and moved the cars", 10.0)
    assert line_moments(SHOT, words) == tuple(words[n].start_seconds - 10.0 for n in (2, 6, 10))


def test_lines_that_are_not_said_share_the_scene_and_never_run_back() -> None:
    words = told("what was planted came late", 18.0)
    moments = line_moments(SHOT, words)
    assert moments[0] == 0.0
    assert list(moments) == sorted(moments)
    assert line_moments(SHOT, ()) == (0.0, 10 * 0.7 / 3, 10 * 0.7 * 2 / 3)


def test_words_of_other_scenes_do_not_count() -> None:
    assert line_moments(SHOT, told("lifted planted moved", 2.0)) == line_moments(SHOT, ())


def test_a_word_that_comes_twice_stands_for_one_line_after_the_other() -> None:
    lines = ("Trees were planted", "Trees were watered")
    shot = Shot(Scene(Template.LIST, "Changes", lines), 10.0, 20.0)
    words = told("the trees first and then trees again", 10.0)
    assert line_moments(shot, words) == (words[1].start_seconds - 10.0, words[5].start_seconds - 10.0)
