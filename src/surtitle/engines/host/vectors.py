"""Vectors of engines on their way from the child to the host."""

import base64
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from surtitle.domain.speakers import Voice
from surtitle.engines.host.messages import Embedded

_WIRE = np.dtype("<f4")


@dataclass(frozen=True, slots=True, eq=False)
class Embeddings:
    """What a `TextEmbedder` made of texts: `vectors` float32, shape `(texts, values)`, rows of unit length.

    Only vectors of the same `embedder` can be compared.
    """

    embedder: str
    vectors: NDArray[np.float32]


def voice_of(encoder: str, embedding: NDArray[np.float32]) -> Voice:
    return Voice(encoder, tuple(embedding.tolist()))


def embedded(embedder: str, vectors: NDArray[np.float32], texts: int) -> Embedded:
    """`vectors` for the wire. Raises `ValueError` unless there is a row of finite numbers for each text."""
    if vectors.ndim != 2 or len(vectors) != texts or not np.isfinite(vectors).all():  # noqa: PLR2004
        raise ValueError(f"{texts} texts gave vectors of shape {vectors.shape}, or such without a number")
    raw = np.ascontiguousarray(vectors, dtype=_WIRE).tobytes()
    return Embedded(embedder, texts, base64.b64encode(raw).decode("ascii"))


def understood_embeddings(reply: Embedded) -> Embeddings:
    raw = np.frombuffer(base64.b64decode(reply.vectors), dtype=_WIRE)
    # Without texts nobody can say how long a row would have been.
    values = raw.size // reply.rows if reply.rows else 0
    return Embeddings(reply.embedder, raw.astype(np.float32).reshape(reply.rows, values))
