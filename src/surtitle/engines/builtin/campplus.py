"""CAM++: a voice as 192 numbers. Wang et al., "CAM++: A Fast and Efficient Network for Speaker Verification
Using Context-Aware Masking" (2023); the layers are those of 3D-Speaker's `campplus` with weights for Chinese
and English.
"""

from collections.abc import Sequence
from pathlib import Path

import kaldi_native_fbank
import numpy as np
from numpy.typing import NDArray

from surtitle.domain.transcript import Stretch
from surtitle.engines.builtin.onnx_graph import Graph
from surtitle.engines.builtin.weights import read_torch_weights
from surtitle.engines.protocols import EngineSetup
from surtitle.engines.sound import SAMPLE_RATE_HZ, Samples, SoundFile

WEIGHTS_FILE = "campplus_cn_en_common.pt"
ENCODER = "campplus-192"
EMBEDDING_VALUES = 192

SHORTEST_SECONDS = 0.5
"""Less speech than that tells nothing of a voice."""

FRAME_STEP_SAMPLES = 160
FRAME_SAMPLES = 400
MEL_BINS = 80

# One embedding of more sound than this is no better, and the layers take memory by its length.
_LONGEST_SECONDS = 60.0
_STEM_BLOCKS = ((1, (2, 1)), (2, (2, 1)))
_DENSE_BLOCKS = ((12, 1), (24, 2), (16, 2))
_CONTEXT_FRAMES = 100


class CampplusVoiceEncoder:
    """The engine `campplus`. Built as `VoiceEncoder(setup)`."""

    encoder = ENCODER

    def __init__(self, setup: EngineSetup) -> None:
        assert setup.model_directory is not None
        self._net = CampplusNet(setup.model_directory, setup.threads)

    def encode(self, sound: SoundFile, stretches: Sequence[Stretch]) -> NDArray[np.float32] | None:
        """Heard one after another as if they were one; beyond a minute the first part of each counts."""
        pieces = [_samples_of(sound, stretch, _share(stretches)) for stretch in stretches]
        samples = np.concatenate([*pieces, np.zeros(0, dtype=np.float32)])
        return self._net.embedding(samples)


class CampplusNet:
    """The network. Keeps nothing between calls."""

    def __init__(self, model_directory: Path, threads: int) -> None:
        graph = Graph(read_torch_weights(model_directory / WEIGHTS_FILE))
        embedding = _pooled(graph, _dense_blocks(graph, _stem(graph, "features")))
        self._session = graph.session({"features": ("batch", "frames", MEL_BINS)}, embedding, threads)

    def embedding(self, samples: Samples) -> NDArray[np.float32] | None:
        """The voice in `samples` (float32 mono, 16 kHz, full scale at ±1): shape `(192,)`, of unit length.

        None for less than `SHORTEST_SECONDS`.
        """
        if samples.size < SHORTEST_SECONDS * SAMPLE_RATE_HZ:
            return None
        return np.asarray(self.embeddings(filterbank(samples)[None])[0], dtype=np.float32)

    def embeddings(self, features: NDArray[np.float32]) -> NDArray[np.float32]:
        """Shape `(voices, 192)`, rows of unit length, of `filterbank` features `(voices, frames, 80)`.

        The mean over time is taken off here, so that features of stretches may be put together first.
        """
        centred = features - features.mean(axis=1, keepdims=True)
        (found,) = self._session.run(None, {"features": np.ascontiguousarray(centred, dtype=np.float32)})
        length = np.linalg.norm(found, axis=1, keepdims=True)
        return np.asarray(found / np.maximum(length, np.finfo(np.float32).tiny), dtype=np.float32)


def filterbank(samples: Samples) -> NDArray[np.float32]:
    """Logarithmic mel energies as Kaldi computes them, without dither: shape `(frames, 80)`.

    Frame `i` is of the samples `[160 i, 160 i + 400)`; fewer than 400 samples give no frame.
    """
    options = kaldi_native_fbank.FbankOptions()
    options.frame_opts.dither = 0.0
    options.frame_opts.samp_freq = SAMPLE_RATE_HZ
    options.mel_opts.num_bins = MEL_BINS
    bank = kaldi_native_fbank.OnlineFbank(options)
    bank.accept_waveform(SAMPLE_RATE_HZ, samples)
    bank.input_finished()
    frames = [bank.get_frame(number) for number in range(bank.num_frames_ready)]
    return np.array(frames, dtype=np.float32).reshape(-1, MEL_BINS)


def _share(stretches: Sequence[Stretch]) -> float:
    """How much of each stretch counts, so that all together are not too long."""
    total = sum(stretch.seconds for stretch in stretches)
    return min(1.0, _LONGEST_SECONDS / total) if total > 0 else 1.0


def _samples_of(sound: SoundFile, stretch: Stretch, share: float) -> Samples:
    start = max(0, round(stretch.start_seconds * SAMPLE_RATE_HZ))
    return sound.read(start, round(stretch.seconds * share * SAMPLE_RATE_HZ))


def _stem(graph: Graph, features: str) -> str:
    """Convolutions over time and frequency; shape `(batch, 320, frames)`."""
    picture = graph.add("Unsqueeze", graph.add("Transpose", features, perm=[0, 2, 1]), graph.integers(1))
    picture = _relu_norm(graph, _convolution(graph, picture, "head.conv1"), "head.bn1")
    for layer, stride in _STEM_BLOCKS:
        picture = _residual(graph, picture, f"head.layer{layer}.0", stride)
        picture = _residual(graph, picture, f"head.layer{layer}.1", (1, 1))
    picture = _relu_norm(graph, _convolution(graph, picture, "head.conv2", (2, 1)), "head.bn2")
    return graph.add("Reshape", picture, graph.integers(0, 32 * MEL_BINS // 8, -1))


def _convolution(graph: Graph, picture: str, name: str, strides: tuple[int, int] = (1, 1)) -> str:
    return graph.convolution(picture, name, strides=strides, pads=[1, 1, 1, 1])


def _relu_norm(graph: Graph, inputs: str, name: str) -> str:
    return graph.add("Relu", graph.batch_norm(inputs, name))


def _residual(graph: Graph, picture: str, name: str, strides: tuple[int, int]) -> str:
    inner = _relu_norm(graph, _convolution(graph, picture, f"{name}.conv1", strides), f"{name}.bn1")
    inner = graph.batch_norm(_convolution(graph, inner, f"{name}.conv2"), f"{name}.bn2")
    if f"{name}.shortcut.0.weight" in graph:
        across = graph.convolution(picture, f"{name}.shortcut.0", strides=strides)
        picture = graph.batch_norm(across, f"{name}.shortcut.1")
    return graph.add("Relu", graph.add("Add", inner, picture))


def _dense_blocks(graph: Graph, features: str) -> str:
    """Three blocks whose every layer sees the outputs of all before it; shape `(batch, 512, frames / 2)`."""
    features = graph.convolution(features, "xvector.tdnn.linear", strides=[2], pads=[2, 2])
    features = _relu_norm(graph, features, "xvector.tdnn.nonlinear.batchnorm")
    segment = _segment_of_frame(graph, features)
    for block, (layers, dilation) in enumerate(_DENSE_BLOCKS, start=1):
        for layer in range(1, layers + 1):
            name = f"xvector.block{block}.tdnnd{layer}"
            features = graph.add("Concat", features, _dense(graph, features, name, dilation, segment), axis=1)
        transit = f"xvector.transit{block}"
        normal = _relu_norm(graph, features, f"{transit}.nonlinear.batchnorm")
        features = graph.convolution(normal, f"{transit}.linear")
    return _relu_norm(graph, features, "xvector.out_nonlinear.batchnorm")


def _dense(graph: Graph, features: str, name: str, dilation: int, segment: str) -> str:
    normal = _relu_norm(graph, features, f"{name}.nonlinear1.batchnorm")
    narrow = graph.convolution(normal, f"{name}.linear1")
    narrow = _relu_norm(graph, narrow, f"{name}.nonlinear2.batchnorm")
    local = graph.convolution(
        narrow, f"{name}.cam_layer.linear_local", dilations=[dilation], pads=[dilation, dilation]
    )
    return graph.add("Mul", local, _context_mask(graph, narrow, f"{name}.cam_layer", segment))


def _context_mask(graph: Graph, features: str, name: str, segment: str) -> str:
    """What the whole and the surrounding second let through. Computed once a segment, not once a frame."""
    whole = graph.add("ReduceMean", features, graph.integers(-1), keepdims=1)
    around = graph.add(
        "AveragePool", features, kernel_shape=[_CONTEXT_FRAMES], strides=[_CONTEXT_FRAMES], ceil_mode=1
    )
    hidden = graph.add("Relu", graph.convolution(graph.add("Add", whole, around), f"{name}.linear1"))
    mask = graph.add("Sigmoid", graph.convolution(hidden, f"{name}.linear2"))
    return graph.add("Gather", mask, segment, axis=2)


def _segment_of_frame(graph: Graph, features: str) -> str:
    """For each frame the number of its segment of 100: 0, 0, …, 1, 1, …"""
    count = graph.add("Gather", graph.add("Shape", features), graph.scalar(2), axis=0)
    zero, one = graph.scalar(0), graph.scalar(1)
    frames = graph.add("Range", zero, count, one)
    return graph.add("Div", frames, graph.scalar(_CONTEXT_FRAMES))


def _pooled(graph: Graph, features: str) -> str:
    """Mean and deviation over time, then 192 values; shape `(batch, 192)`."""
    time = graph.integers(-1)
    mean = graph.add("ReduceMean", features, time, keepdims=1)
    apart = graph.add("Sub", features, mean)
    squares = graph.add("ReduceSum", graph.add("Mul", apart, apart), time, keepdims=1)
    count = graph.add("Gather", graph.add("Shape", features), graph.scalar(2), axis=0)
    fewer = graph.add("Cast", graph.add("Sub", count, graph.scalar(1)), to=1)
    deviation = graph.add("Sqrt", graph.add("Div", squares, graph.add("Max", fewer, graph.number(1))))
    statistics = graph.add("Concat", mean, deviation, axis=1)
    values = graph.convolution(statistics, "xvector.dense.linear")
    values = graph.batch_norm(values, "xvector.dense.nonlinear.batchnorm")
    return graph.add("Squeeze", values, graph.integers(-1))
