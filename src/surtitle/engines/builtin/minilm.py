"""all-MiniLM-L6-v2: texts as 384 numbers, near for like meaning. Made for English; at home on a CPU.

The layers are BERT's (Devlin et al. 2018); pooling as in its `1_Pooling/config.json`: the mean over tokens.
"""

from collections.abc import Iterator, Sequence
from pathlib import Path

import numpy as np
from numpy.typing import NDArray
from onnxruntime import InferenceSession
from tokenizers import Encoding, Tokenizer

from surtitle.engines.builtin.onnx_graph import Graph
from surtitle.engines.builtin.weights import read_safetensors
from surtitle.engines.protocols import EngineSetup

WEIGHTS_FILE = "model.safetensors"
EMBEDDER = "minilm-l6-384"
VALUES = 384

MOST_TOKENS = 256
"""What the model was trained on (`sentence_bert_config.json`); about 190 English words."""

_LAYERS = 6
_HEADS = 12
_EPSILON = 1e-12
_BATCH = 16


class MiniLmEmbedder:
    """The engine `minilm`. Built as `TextEmbedder(setup)`. Questions are embedded like any text."""

    embedder = EMBEDDER

    def __init__(self, setup: EngineSetup) -> None:
        assert setup.model_directory is not None
        self._tokenizer = Tokenizer.from_file(str(setup.model_directory / "tokenizer.json"))
        self._tokenizer.enable_truncation(MOST_TOKENS)
        # The file pads everything to 128; each batch is padded here to its own longest.
        self._tokenizer.no_padding()
        self._session = _session(setup.model_directory, setup.threads)

    def embed(self, texts: Sequence[str], *, is_query: bool) -> NDArray[np.float32]:
        rows = np.zeros((len(texts), VALUES), dtype=np.float32)
        # A lone surrogate, as JSON can carry it, is no character and would be refused.
        clean = [text.encode("utf-8", "replace").decode() for text in texts]
        for numbers, encodings in _batches(self._tokenizer.encode_batch(clean)):
            rows[numbers] = self._rows(encodings)
        return rows

    def _rows(self, encodings: Sequence[Encoding]) -> NDArray[np.float32]:
        longest = max(len(encoding.ids) for encoding in encodings)
        tokens = np.zeros((len(encodings), longest), dtype=np.int64)
        mask = np.zeros_like(tokens)
        for row, encoding in enumerate(encodings):
            tokens[row, : len(encoding.ids)] = encoding.ids
            mask[row, : len(encoding.ids)] = 1
        (rows,) = self._session.run(None, {"tokens": tokens, "mask": mask})
        return np.asarray(rows, dtype=np.float32)


def _batches(encodings: Sequence[Encoding]) -> Iterator[tuple[list[int], list[Encoding]]]:
    """Texts of like length together, so that little is computed for padding."""
    order = sorted(range(len(encodings)), key=lambda number: len(encodings[number].ids))
    for start in range(0, len(order), _BATCH):
        numbers = order[start : start + _BATCH]
        yield numbers, [encodings[number] for number in numbers]


def _session(model_directory: Path, threads: int) -> InferenceSession:
    graph = Graph(read_safetensors(model_directory / WEIGHTS_FILE))
    states = _embeddings(graph)
    attended = _attended(graph)
    for layer in range(_LAYERS):
        states = _layer(graph, states, attended, f"encoder.layer.{layer}")
    shape = ["texts", "tokens"]
    inputs = {"tokens": shape, "mask": shape}
    return graph.session(inputs, _pooled(graph, states), threads, integer_inputs=True)


def _embeddings(graph: Graph) -> str:
    """Words, places and the one type, added up; shape `(texts, tokens, 384)`."""
    words = graph.add("Gather", graph.tensor("embeddings.word_embeddings.weight"), "tokens")
    count = graph.add("Slice", graph.add("Shape", "tokens"), graph.integers(1), graph.integers(2))
    table = (
        graph.weight("embeddings.position_embeddings.weight")
        + graph.weight("embeddings.token_type_embeddings.weight")[0]
    )
    places = graph.add("Slice", graph.constant(table), graph.integers(0), count, graph.integers(0))
    return _normal(graph, graph.add("Add", words, places), "embeddings.LayerNorm")


def _normal(graph: Graph, inputs: str, name: str) -> str:
    scale, shift = graph.tensor(f"{name}.weight"), graph.tensor(f"{name}.bias")
    return graph.add("LayerNormalization", inputs, scale, shift, axis=-1, epsilon=_EPSILON)


def _attended(graph: Graph) -> str:
    """Added to scores: 0 for a token, a number beyond all others for padding; `(texts, 1, 1, tokens)`."""
    mask = graph.add("Cast", graph.add("Unsqueeze", "mask", graph.integers(1, 2)), to=1)
    return graph.add("Mul", graph.add("Sub", mask, graph.number(1)), graph.number(1e9))


def _layer(graph: Graph, states: str, attended: str, name: str) -> str:
    context = _attention(graph, states, attended, f"{name}.attention.self")
    output = graph.linear(context, f"{name}.attention.output.dense")
    states = _normal(graph, graph.add("Add", output, states), f"{name}.attention.output.LayerNorm")
    wide = graph.add("Gelu", graph.linear(states, f"{name}.intermediate.dense"))
    output = graph.linear(wide, f"{name}.output.dense")
    return _normal(graph, graph.add("Add", output, states), f"{name}.output.LayerNorm")


def _attention(graph: Graph, states: str, attended: str, name: str) -> str:
    query, key, value = (
        _heads(graph, graph.linear(states, f"{name}.{part}")) for part in ("query", "key", "value")
    )
    scores = graph.add("MatMul", query, graph.add("Transpose", key, perm=[0, 1, 3, 2]))
    scaled = graph.add("Mul", scores, graph.number((VALUES // _HEADS) ** -0.5))
    weights = graph.add("Softmax", graph.add("Add", scaled, attended), axis=-1)
    context = graph.add("Transpose", graph.add("MatMul", weights, value), perm=[0, 2, 1, 3])
    return graph.add("Reshape", context, graph.integers(0, 0, VALUES))


def _heads(graph: Graph, states: str) -> str:
    """Shape `(texts, heads, tokens, 32)`."""
    split = graph.add("Reshape", states, graph.integers(0, 0, _HEADS, VALUES // _HEADS))
    return graph.add("Transpose", split, perm=[0, 2, 1, 3])


def _pooled(graph: Graph, states: str) -> str:
    """The mean over tokens, of unit length; shape `(texts, 384)`. Length drops the mean's divisor."""
    mask = graph.add("Cast", graph.add("Unsqueeze", "mask", graph.integers(2)), to=1)
    total = graph.add("ReduceSum", graph.add("Mul", states, mask), graph.integers(1), keepdims=0)
    return graph.add("LpNormalization", total, axis=-1, p=2)
