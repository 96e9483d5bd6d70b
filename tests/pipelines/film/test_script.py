"""Scripts cut from a text: every word is said, and each passage is laid out as what it is."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from surtitle.domain.films import FilmScript, Template
from surtitle.pipelines.film.script.cutting import as_template, cut, with_pictures
from surtitle.pipelines.film.script.language import language_of
from surtitle.pipelines.film.script.text import is_sayable, shown

HARBOUR = (
    "The harbour wakes before the sun does. In 2024 it sold 12,500 tonnes of fish. "
    "We offer three things: fresh fish, honest prices, and a warm cup of coffee. "
    '"The sea gives us everything we have," says Maria, who has fished here for thirty years.'
)
MARKED = """# Why trees matter

Trees cool our cities.

What they give us:
- Shade in summer
- Homes for **birds**
- Clean air 🌳

> The best time to plant a tree was twenty years ago.
> — Chinese proverb
"""


def templates(script: FilmScript) -> list[str]:
    return [scene.template.value for scene in script.scenes]


def said(script: FilmScript) -> str:
    return " ".join(shown(scene.narration) for scene in script.scenes)


def test_a_passage_is_laid_out_as_what_it_is() -> None:
    script = cut(HARBOUR, "en")
    assert templates(script) == ["title", "number", "list", "quote"]
    title, number, points, quote = script.scenes
    assert script.title == title.heading == "The harbour wakes before the sun does"
    assert (number.heading, number.lines) == ("12,500", ("tonnes of fish",))
    assert (points.heading, points.lines[2]) == ("We offer three things", "A warm cup of coffee")
    assert quote.lines == ("The sea gives us everything we have",)
    assert said(script) == HARBOUR


@pytest.mark.parametrize(
    ("first", "title", "template"),
    [
        (
            "The lighthouse has warned ships since 1837.",
            "The lighthouse has warned ships since 1837",
            "title",
        ),
        (
            "In the north, where the road ends and nobody has lived for years, stands a light.",
            "In the north",
            "title",
        ),
        (
            "However, nobody has lived in the house at the end of the road for many years.",
            "However, nobody has lived in the house at the end…",
            "statement",
        ),
        (
            "Nobody who has lived here for more than a year would ever leave without a very good reason.",
            "Nobody who has lived here for more than a year…",
            "statement",
        ),
    ],
)
def test_no_film_opens_with_half_a_sentence(first: str, title: str, template: str) -> None:
    script = cut(f"{first} It still does.", "en")
    assert (script.title, script.scenes[0].template) == (title, template)
    assert script.scenes[0].heading in {title, shown(first).rstrip(".")}


def test_who_said_it_may_stand_below_a_quote_without_a_mark() -> None:
    (quote,) = cut("> Plant a tree today.\n— Chinese proverb", "en").scenes
    assert (quote.template, quote.heading, quote.lines) == (
        "quote",
        "Chinese proverb",
        ("Plant a tree today.",),
    )


def test_no_point_stands_alone_where_an_emoji_was() -> None:
    assert shown("Plant one 🌳. Now 🌍, please.") == "Plant one. Now, please."


def test_a_footnote_mark_is_neither_shown_nor_part_of_a_figure() -> None:
    script = cut("It was founded in 1998.[2] It grew to 12,500[3] tonnes of fish.", "en")
    assert said(script) == "It was founded in 1998. It grew to 12,500 tonnes of fish."
    assert [scene.heading for scene in script.scenes] == ["It was founded in 1998", "12,500"]


@pytest.mark.parametrize("text", ["We won today! 🎉", "🎉! We won today!", "We won today! 🎉 —"])
def test_what_holds_no_word_gets_no_scene_of_its_own(text: str) -> None:
    (scene,) = cut(text, "en").scenes
    assert is_sayable(scene.narration)
    assert scene.heading == "We won today"


def test_a_short_quote_is_one_when_its_speaker_comes_after_it() -> None:
    (scene,) = cut("«Leer es viajar», dice la directora.", "es").scenes
    assert (scene.template, scene.heading, scene.lines) == (
        "quote",
        "dice la directora",
        ("Leer es viajar",),
    )


def test_what_is_marked_is_shown_as_it_is_marked() -> None:
    script = cut(MARKED, "en")
    assert script.title == "Why trees matter"
    assert templates(script) == ["title", "statement", "list", "quote"]
    points, quote = script.scenes[2:]
    assert (points.heading, points.lines) == (
        "What they give us", ("Shade in summer", "Homes for birds", "Clean air"),
    )  # fmt: skip
    assert (quote.heading, quote.lines) == (
        "Chinese proverb", ("The best time to plant a tree was twenty years ago.",),
    )  # fmt: skip


def test_years_and_small_counts_are_no_figures_to_show() -> None:
    script = cut("It began. In 1998 nobody came. Then 3 people stood there. Today 40 % of us come.", "en")
    assert templates(script) == ["title", "statement", "statement", "number"]


def test_a_long_sentence_is_shown_clause_by_clause() -> None:
    sentence = (
        "It starts small. When the tide turns and the wind drops, the boats come home one after another, "
        "and everybody who has legs runs down to the quay."
    )
    script = cut(sentence, "en")
    assert len(script.scenes) > 2
    assert max(len(scene.heading.split()) for scene in script.scenes) <= 16
    assert said(script) == sentence


def test_a_long_list_is_shown_in_turns() -> None:
    script = cut("To do:\n" + "\n".join(f"- point number {count}" for count in range(1, 13)), "en")
    lists = [scene.lines for scene in script.scenes if scene.template is Template.LIST]
    assert [len(lines) for lines in lists] == [4, 4, 4]


def test_pictures_are_spread_over_the_film() -> None:
    script = with_pictures(cut("One is here. Two is there. Three is far. Four is near. Five is up.", "en"), 2)
    places = [place for place, scene in enumerate(script.scenes) if scene.template is Template.PICTURE]
    assert places == [1, 3]


@pytest.mark.parametrize(
    ("text", "narrations"),
    [
        ("One is here. [pause 3s] Two is there.", ["One is here.", "[pause 3s] Two is there."]),
        ("One is here.\n\n[pause 3s] 🎉\n\nTwo is there.", ["One is here.", "[pause 3s] Two is there."]),
        ('<break time="500ms"/>\n# One\n[pause 2s]', ["[pause 0.5s] One [pause 2s]."]),
        ("One is here. [pause 3s]\n\nTwo is there.", ["One is here. [pause 3s]", "Two is there."]),
        ("We need:\n\n[pause]\n\n- one\n- two", ["We need: [pause 0.5s] one. two."]),
    ],
)
def test_a_pause_on_a_line_of_its_own_is_kept(text: str, narrations: list[str]) -> None:
    script = cut(text, "en")
    assert [scene.narration for scene in script.scenes] == narrations
    assert "pause" not in f"{script.title} {[(scene.heading, scene.lines) for scene in script.scenes]}"


@pytest.mark.parametrize("template", list(Template))
def test_one_template_can_be_had_for_every_scene(template: Template) -> None:
    script = as_template(cut(HARBOUR, "en"), template)
    assert set(templates(script)) == {template.value}
    assert said(script) == HARBOUR
    for scene in script.scenes:
        assert scene.heading or scene.lines


@pytest.mark.parametrize(
    ("text", "language"),
    [
        ("The cat is on the roof of the house.", "en"),
        ("Le chat est sur le toit de la maison.", "fr"),
        ("El gato está en el tejado de la casa.", "es"),
        ("Die Katze ist auf dem Dach und schläft.", "de"),
        ("Il gatto è sul tetto della casa con gli uccelli.", "it"),
        ("日本語のテキストです。", "ja"),
        ("猫在屋顶上。", "zh"),
        ("القط على السطح.", "ar"),
        ("Кот на крыше.", "ru"),
        ("Xyzzy", None),
    ],
)
def test_the_language_is_told_by_letters_and_small_words(text: str, language: str | None) -> None:
    assert language_of(text) == language


@pytest.mark.parametrize("text", ["", "   ", "🎬🎬", "<b></b>", "[pause 2s]", "*** --- ***", "\x00\x07"])
def test_what_holds_no_word_cannot_be_told(text: str) -> None:
    assert not is_sayable(text)


@given(st.text(max_size=400))
def test_any_text_becomes_scenes_that_show_and_say_something(text: str) -> None:
    script = cut(text, "en")
    assert bool(script.scenes) == is_sayable(text)
    for scene in script.scenes:
        assert is_sayable(scene.narration)
        assert scene.heading or scene.lines
        for part in (scene.heading, *scene.lines):
            assert part == " ".join(part.split())
            assert not any(character in part for character in "\x00\x07\x1b")
