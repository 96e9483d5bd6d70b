"""When each word of a text is spoken, from how long the model makes its phonemes."""

from bisect import bisect_left, bisect_right
from collections.abc import Sequence
from itertools import accumulate, pairwise
from pathlib import Path
from typing import Any

import numpy as np

from surtitle.engines.protocols import WordTimes

_BLANK = " "
_ROUNDING = 1e-6


def session_with(path: Path, output: str, threads: int) -> Any:
    """An ONNX session over the model at `path` that gives the tensor `output` too, which the model computes
    inside: how many frames each phoneme lasts.

    A protobuf message goes on where its bytes are appended to, so the model need not be read for that.
    """
    import onnxruntime  # noqa: PLC0415
    from onnx import GraphProto, ModelProto, ValueInfoProto  # noqa: PLC0415

    more = ModelProto(graph=GraphProto(output=[ValueInfoProto(name=output)]))
    options = onnxruntime.SessionOptions()
    options.intra_op_num_threads = options.inter_op_num_threads = threads
    options.log_severity_level = 3
    model = path.read_bytes() + more.SerializeToString()
    return onnxruntime.InferenceSession(model, options, providers=["CPUExecutionProvider"])


def word_times(text: str, phonemes: Sequence[str], seconds: Sequence[float]) -> WordTimes:
    """When each blank-separated word of `text` is spoken, given its phonemes and how long each lasts.

    Blanks stand between the phonemes of words. Where these are not as many as the words (a language may
    draw "de la" together), words are placed by their share of the letters.
    """
    starts = [0.0, *accumulate(seconds)]
    groups = _groups(phonemes, starts)
    words = text.split()
    if len(groups) == len(words):
        return tuple(groups)
    return _by_letters(words, groups)


def frames_to_seconds(frames: Any, samples_a_frame: int, rate_hz: int) -> list[float]:
    """`frames`: an array with a duration for each token."""
    return [float(count) * samples_a_frame / rate_hz for count in np.asarray(frames).ravel()]


def _groups(phonemes: Sequence[str], starts: Sequence[float]) -> list[tuple[float, float]]:
    """From the first to the last letter of each group; marks beside it are silence."""
    groups: list[tuple[float, float]] = []
    open_group: tuple[float, float] | None = None
    for place, phoneme in enumerate(phonemes):
        if phoneme == _BLANK:
            groups += [open_group] if open_group else []
            open_group = None
        elif _is_sound(phoneme):
            begun = open_group[0] if open_group else starts[place]
            open_group = (begun, starts[place + 1])
    return [*groups, open_group] if open_group else groups


def _by_letters(words: Sequence[str], groups: Sequence[tuple[float, float]]) -> WordTimes:
    if not groups or not words:
        return tuple((0.0, 0.0) for _ in words)
    # Time in which something is spoken; gaps between groups lie outside it.
    spoken = [0.0, *accumulate(end - start for start, end in groups)]
    letters = [0, *accumulate(max(1, _letters(word)) for word in words)]
    share = spoken[-1] / letters[-1]
    ends = [count * share for count in letters]
    return tuple(
        (_place(start, spoken, groups, is_end=False), _place(end, spoken, groups, is_end=True))
        for start, end in pairwise(ends)
    )


def _place(
    at: float, spoken: Sequence[float], groups: Sequence[tuple[float, float]], *, is_end: bool
) -> float:
    """The moment at which `at` seconds of speech have passed."""
    # A word's end lies before a gap, the next one's start behind it.
    search = bisect_left(spoken, at - _ROUNDING) if is_end else bisect_right(spoken, at + _ROUNDING)
    number = min(max(search - 1, 0), len(groups) - 1)
    start, end = groups[number]
    return min(start + max(0.0, at - spoken[number]), end)


def _letters(word: str) -> int:
    return sum(map(str.isalnum, word))


def _is_sound(phoneme: str) -> bool:
    # Stress marks and lengths belong to the letters beside them.
    return phoneme.isalpha()
