from surtitle.observability.metrics.labels import Vocabulary


def test_known_words_are_told_and_unknown_ones_are_not() -> None:
    told = Vocabulary(("cpu", "gpu"))
    assert [told(word) for word in ("cpu", "gpu", "night")] == ["cpu", "gpu", "other"]


def test_the_first_few_new_words_are_told_and_all_later_ones_are_one() -> None:
    told = Vocabulary(more=2)
    assert [told(word) for word in ("a", "b", "c", "a")] == ["a", "b", "other", "a"]


def test_what_is_no_name_takes_no_place() -> None:
    told = Vocabulary(more=1)
    assert [told(word) for word in (None, "", "x" * 81, 'a"\n} 1', "good")] == ["other"] * 4 + ["good"]
