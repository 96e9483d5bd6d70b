from surtitle.pipelines.film.drawing.breaking import Strip, atoms_of, broken


def lines(text: str, room: float, language: str = "en") -> list[str]:
    """Every letter is one wide."""
    atoms = atoms_of(text)
    strip = Strip(atoms, [float(len(atom.text)) for atom in atoms], 1.0)
    found = broken(strip, room, language)
    assert found is not None
    joined = [
        "".join(("" if atom.glued or n == 0 else " ") + atom.text for n, atom in enumerate(atoms[start:end]))
        for start, end in found
    ]
    assert all(strip.width(*line) <= room for line in found)
    return joined


def test_lines_are_as_even_as_can_be() -> None:
    assert lines("one street in Lyon cooled itself down", 24) == ["one street in Lyon", "cooled itself down"]


def test_no_word_stands_alone_on_the_last_line() -> None:
    assert lines("aa bb ccc dddddddd", 13) == ["aa bb", "ccc dddddddd"]


def test_an_article_goes_with_its_noun() -> None:
    assert lines("we saw the old house", 19) == ["we saw", "the old house"]
    assert lines("we saw oak old house", 19) == ["we saw oak", "old house"]


def test_a_figure_goes_with_its_unit() -> None:
    assert lines("cools it by 3 °C on a hot day", 19) == ["cools it by 3 °C", "on a hot day"]
    assert lines("cools it by 3 of a hot cold day", 19) == ["cools it by 3", "of a hot cold day"]


def test_a_word_wider_than_the_room_is_told() -> None:
    atoms = atoms_of("a Donaudampfschiff")
    assert broken(Strip(atoms, [1.0, 16.0], 1.0), 10.0, "de") is None


def test_chinese_breaks_between_characters_and_never_before_a_full_stop() -> None:
    broken_lines = lines("花园街道一年之后。", 5)
    assert "".join(broken_lines) == "花园街道一年之后。"
    assert len(broken_lines) == 2
    assert not any(line.startswith("。") for line in broken_lines)


def test_korean_words_stay_whole() -> None:
    assert [atom.text for atom in atoms_of("정원 거리")] == ["정원", "거리"]
