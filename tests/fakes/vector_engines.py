"""A text embedder whose vectors can be foretold, and that misbehaves on demand: `setup.model` says how."""

from collections.abc import Sequence

import numpy as np
from numpy.typing import NDArray

from surtitle.engines.protocols import EngineOutOfMemory, EngineSetup
from surtitle.engines.registry import Capability, EngineSpec

LETTERS = EngineSpec(
    name="letters",
    capability=Capability.TEXT_EMBEDDER,
    factory="vector_engines:LetterEmbedder",
    model="plain",
    any_model=True,
)
NEEDY = EngineSpec(
    name="needy",
    capability=Capability.TEXT_EMBEDDER,
    factory="vector_engines:NeedyEmbedder",
    extra="embeddings",
)


class LetterEmbedder:
    """Counts the letters a to z; of a question the last value is 1 more. Rows have unit length."""

    embedder = "letters-27"

    def __init__(self, setup: EngineSetup) -> None:
        self._setup = setup

    def embed(self, texts: Sequence[str], *, is_query: bool) -> NDArray[np.float32]:
        if self._setup.model == "too-big" and self._setup.batch_size > 1:
            raise EngineOutOfMemory("no room for a batch")
        rows = np.array([[*_counts(text), 1 + is_query] for text in texts], dtype=np.float32).reshape(-1, 27)
        rows /= np.linalg.norm(rows, axis=1, keepdims=True)
        if self._setup.model == "nan":
            rows[0, 0] = np.nan
        return rows[1:] if self._setup.model == "short" else rows


class NeedyEmbedder:
    """Looks for its library when it is built."""

    def __init__(self, setup: EngineSetup) -> None:
        import no_such_library_here  # type: ignore[import-not-found]  # noqa: F401, PLC0415


def _counts(text: str) -> list[int]:
    return [text.lower().count(chr(ord("a") + letter)) for letter in range(26)]
