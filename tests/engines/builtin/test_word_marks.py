# ruff: noqa: RUF001, RUF003 - phonetic letters
"""When words are spoken, from the phonemes of a model."""

from pathlib import Path

import numpy as np
import onnx
import pytest
from onnx import TensorProto, helper

from surtitle.engines.builtin.word_marks import session_with, word_times


def test_words_begin_and_end_with_their_phonemes_and_not_with_marks() -> None:
    phonemes = [" ", *"həlˈO,", " ", *"ðˈɛɹ.", " "]
    times = word_times("Hello, there.", phonemes, [0.1] * len(phonemes))
    # The pad, then "h ə l ˈ O" up to its comma; a blank, then "ð ˈ ɛ ɹ" up to its point.
    assert np.allclose(times, [(0.1, 0.6), (0.8, 1.2)])


def test_words_that_a_language_draws_together_share_their_time_by_letters() -> None:
    phonemes = [" ", *"dəla", " ", *"mɛʁ", " "]
    times = word_times("de la mer", phonemes, [0.5, 0.1, 0.1, 0.1, 0.1, 0.2, 0.1, 0.1, 0.1, 0.5])
    assert len(times) == 3
    moments = [moment for word in times for moment in word]
    assert moments == sorted(moments)
    assert times[0][0] == pytest.approx(0.5)
    assert times[-1][1] == pytest.approx(1.4)
    # The silence between the groups belongs to no word that ends before it.
    assert times[1][1] <= 0.9 + 1e-9


def test_a_text_without_phonemes_has_words_at_its_beginning() -> None:
    assert word_times("… !", [" ", " "], [0.1, 0.1]) == ((0.0, 0.0), (0.0, 0.0))


def test_a_tensor_inside_a_model_becomes_an_output(tmp_path: Path) -> None:
    nodes = [helper.make_node("Neg", ["x"], ["inside"]), helper.make_node("Abs", ["inside"], ["y"])]
    x, y = (helper.make_tensor_value_info(name, TensorProto.FLOAT, [3]) for name in "xy")
    model = helper.make_model(
        helper.make_graph(nodes, "g", [x], [y]), opset_imports=[helper.make_opsetid("", 13)], ir_version=8
    )
    onnx.save(model, tmp_path / "m.onnx")

    found = session_with(tmp_path / "m.onnx", "inside", 1).run(None, {"x": np.array([1, 2, 3], np.float32)})

    assert [part.tolist() for part in found] == [[1, 2, 3], [-1, -2, -3]]
