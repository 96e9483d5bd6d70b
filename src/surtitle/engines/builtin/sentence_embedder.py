"""Texts as numbers by sentence-transformers: BGE-M3, which knows about a hundred languages, or another."""

from collections.abc import Sequence

import numpy as np
from numpy.typing import NDArray

from surtitle.engines.protocols import EngineSetup
from surtitle.errors import Unavailable

_BATCH = 16


class SentenceEmbedder:
    """The engine `sentence-transformers`. Built as `TextEmbedder(setup)`.

    `setup.model` is a name of the hub or a folder. Models that mark questions are told which texts are some.
    """

    def __init__(self, setup: EngineSetup) -> None:
        import torch  # noqa: PLC0415 - the extra `embeddings`, child only
        from sentence_transformers import SentenceTransformer  # noqa: PLC0415 - as above

        if setup.device == "cpu":
            torch.set_num_threads(setup.threads)
        self.embedder = f"sentence-transformers:{setup.model}"
        try:
            # No code that comes with a model is run.
            self._model = SentenceTransformer(setup.model, device=setup.device, trust_remote_code=False)
        except (OSError, ValueError) as error:
            raise Unavailable(
                f"The model {setup.model} of sentence-transformers cannot be loaded "
                f"({type(error).__name__}). Set SURTITLE_EMBEDDINGS__MODEL to a folder with its files, or "
                "let this machine reach the hub."
            ) from error

    def embed(self, texts: Sequence[str], *, is_query: bool) -> NDArray[np.float32]:
        encode = self._model.encode_query if is_query else self._model.encode_document
        rows = encode(
            list(texts),
            batch_size=_BATCH,
            normalize_embeddings=True,
            convert_to_numpy=True,
            show_progress_bar=False,
        )
        return np.asarray(rows, dtype=np.float32).reshape(len(texts), -1)
