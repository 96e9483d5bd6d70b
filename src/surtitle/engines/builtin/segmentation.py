"""pyannote segmentation 3.0: who of up to three people speaks when, in ten seconds of sound.

Plaquet and Bredin, "Powerset multi-class cross entropy loss for neural speaker diarization" (2023). The
layers are those of `pyannote.audio.models.segmentation.PyanNet`; sinc filters: Ravanelli and Bengio (2018).
"""

from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from surtitle.engines.builtin.onnx_graph import Graph
from surtitle.engines.builtin.weights import read_torch_weights
from surtitle.engines.sound import SAMPLE_RATE_HZ, Samples

WEIGHTS_FILE = "pytorch_model.bin"

WINDOW_SAMPLES = 10 * SAMPLE_RATE_HZ
"""What the network was trained on. It takes any length from `RECEPTIVE_SAMPLES` on."""

FRAME_STEP_SAMPLES = 270
"""From one frame to the next: 16.875 ms."""

RECEPTIVE_SAMPLES = 991
"""What one frame hears: frame `i` is of the samples `[270 i, 270 i + 991)`, its middle at 270 i + 495."""

FRAMES_OF_WINDOW = 589
SPEAKERS = 3

POWERSET = np.array(
    [[0, 0, 0], [1, 0, 0], [0, 1, 0], [0, 0, 1], [1, 1, 0], [1, 0, 1], [0, 1, 1]], dtype=np.float32
)
"""Which speakers each of the 7 classes means, shape `(classes, speakers)`: nobody, one, two of three."""

_LOWEST_HZ = 50.0
_NARROWEST_HZ = 50.0
_HIDDEN = 128
_LAYERS = 4
# torch orders the gates input, forget, cell, output; ONNX input, output, forget, cell.
_ONNX_GATES = (0, 3, 1, 2)
_SLOPE = 0.01


class SegmentationNet:
    """The network. Keeps nothing between calls."""

    def __init__(self, model_directory: Path, threads: int) -> None:
        graph = Graph(read_torch_weights(model_directory / WEIGHTS_FILE))
        scores = _classifier(graph, _recurrent(graph, _sinc_net(graph, "sound")))
        self._session = graph.session({"sound": ["batch", 1, "samples"]}, scores, threads)

    def log_probabilities(self, windows: Samples) -> NDArray[np.float32]:
        """Natural logarithms of the probability of each class, shape `(windows, frames, 7)`.

        `windows` is float32 at 16 kHz, full scale at ±1, shape `(windows, samples)`, each of at least
        `RECEPTIVE_SAMPLES`; `WINDOW_SAMPLES` give `FRAMES_OF_WINDOW` frames. `exp(…) @ POWERSET` is how
        likely each of three speakers speaks; who is first of the three differs from window to window.
        """
        (scores,) = self._session.run(None, {"sound": np.ascontiguousarray(windows[:, None, :], np.float32)})
        return np.asarray(scores, dtype=np.float32)


def _sinc_net(graph: Graph, sound: str) -> str:
    """Shape `(batch, 60, frames)`."""
    features = _instance_norm(graph, sound, "sincnet.wav_norm1d")
    filters = graph.constant(_sinc_filters(graph))
    features = graph.add("Abs", graph.add("Conv", features, filters, strides=[10]))
    for layer in range(3):
        if layer > 0:
            features = graph.convolution(features, f"sincnet.conv1d.{layer}")
        pooled = graph.add("MaxPool", features, kernel_shape=[3], strides=[3])
        normal = _instance_norm(graph, pooled, f"sincnet.norm1d.{layer}")
        features = graph.add("LeakyRelu", normal, alpha=_SLOPE)
    return features


def _instance_norm(graph: Graph, inputs: str, name: str) -> str:
    scale, shift = graph.tensor(f"{name}.weight"), graph.tensor(f"{name}.bias")
    return graph.add("InstanceNormalization", inputs, scale, shift, epsilon=1e-5)


def _sinc_filters(graph: Graph) -> NDArray[np.float32]:
    """80 band-pass filters, 40 even and 40 odd, shape `(80, 1, 251)`: only their limits are learned."""
    name = "sincnet.conv1d.0.filterbank"
    low = _LOWEST_HZ + np.abs(graph.weight(f"{name}.low_hz_"))
    high = np.clip(
        low + _NARROWEST_HZ + np.abs(graph.weight(f"{name}.band_hz_")), _LOWEST_HZ, SAMPLE_RATE_HZ / 2
    )
    # Both for the left half of a filter: angular time, and the Hamming window.
    time, window = graph.weight(f"{name}.n_"), graph.weight(f"{name}.window_")
    even = (np.sin(high @ time) - np.sin(low @ time)) / (time / 2) * window
    odd = (np.cos(low @ time) - np.cos(high @ time)) / (time / 2) * window
    band = high - low
    whole = np.vstack(
        [
            np.hstack([even, 2 * band, even[:, ::-1]]) / (2 * band),
            np.hstack([odd, 0 * band, -odd[:, ::-1]]) / (2 * band),
        ]
    )
    return whole[:, None, :].astype(np.float32)


def _recurrent(graph: Graph, features: str) -> str:
    """Four LSTM layers in both directions; shape `(batch, frames, 256)`."""
    states = graph.add("Transpose", features, perm=[2, 0, 1])
    for layer in range(_LAYERS):
        output = graph.add(
            "LSTM", states, *_lstm_weights(graph, layer), hidden_size=_HIDDEN, direction="bidirectional"
        )
        # (frames, directions, batch, hidden): the directions of a frame stand side by side.
        together = graph.add("Transpose", output, perm=[0, 2, 1, 3])
        states = graph.add("Reshape", together, graph.integers(0, 0, 2 * _HIDDEN))
    return graph.add("Transpose", states, perm=[1, 0, 2])


def _lstm_weights(graph: Graph, layer: int) -> tuple[str, str, str]:
    def both(kind: str) -> NDArray[np.float32]:
        names = (f"lstm.{kind}_l{layer}", f"lstm.{kind}_l{layer}_reverse")
        return np.stack([_in_onnx_order(graph.weight(name)) for name in names])

    biases = np.concatenate([both("bias_ih"), both("bias_hh")], axis=1)
    return graph.constant(both("weight_ih")), graph.constant(both("weight_hh")), graph.constant(biases)


def _in_onnx_order(gates: NDArray[np.float32]) -> NDArray[np.float32]:
    parts = np.split(gates, 4)
    return np.concatenate([parts[gate] for gate in _ONNX_GATES])


def _classifier(graph: Graph, states: str) -> str:
    for layer in range(2):
        states = graph.add("LeakyRelu", graph.linear(states, f"linear.{layer}"), alpha=_SLOPE)
    return graph.add("LogSoftmax", graph.linear(states, "classifier"), axis=-1)
