"""Networks put together by hand and run by ONNX Runtime: the weights are read, the layers are written here.

graph = Graph(read_torch_weights(path))
scores = graph.linear(graph.add("Relu", "sound"), "classifier")
session = graph.session(inputs={"sound": ["batch", "samples"]}, output=scores, threads=2)
"""

from collections.abc import Mapping, Sequence
from typing import Any

import numpy as np
import onnxruntime
from numpy.typing import NDArray
from onnx import TensorProto, helper, numpy_helper

from surtitle.engines.builtin.weights import Weights

# Read by every ONNX Runtime since 1.18.
_OPSET = 20
_IR_VERSION = 9
_FATAL_ONLY = 3

Shape = Sequence[str | int]


class Graph:
    """Nodes in the order in which they are added. Every method gives the name of its output."""

    def __init__(self, weights: Weights) -> None:
        self._weights = weights
        self._nodes: list[Any] = []
        self._constants: dict[str, Any] = {}

    def weight(self, name: str) -> NDArray[Any]:
        """A tensor of the file, to be changed before it is used."""
        return self._weights[name]

    def add(self, operator: str, *inputs: str, **attributes: Any) -> str:
        """One operator of ONNX with one output."""
        output = f"{operator}_{len(self._nodes)}"
        self._nodes.append(helper.make_node(operator, inputs, [output], **attributes))
        return output

    def constant(self, value: NDArray[Any]) -> str:
        name = f"constant_{len(self._constants)}"
        self._constants[name] = numpy_helper.from_array(np.ascontiguousarray(value), name)
        return name

    def integers(self, *values: int) -> str:
        return self.constant(np.array(values, dtype=np.int64))

    def scalar(self, value: int) -> str:
        return self.constant(np.array(value, dtype=np.int64))

    def number(self, value: float) -> str:
        return self.constant(np.array(value, dtype=np.float32))

    def tensor(self, name: str) -> str:
        """A tensor of the file as it is."""
        if name not in self._constants:
            self._constants[name] = numpy_helper.from_array(self._weights[name], name)
        return name

    def linear(self, inputs: str, name: str) -> str:
        """`torch.nn.Linear`."""
        product = self.add("MatMul", inputs, self.constant(self._weights[f"{name}.weight"].T))
        return self.add("Add", product, self.tensor(f"{name}.bias"))

    def convolution(self, inputs: str, name: str, **attributes: Any) -> str:
        """`torch.nn.Conv1d` or `Conv2d`, with its bias where it has one."""
        tensors = [self.tensor(f"{name}.{kind}") for kind in ("weight", "bias") if f"{name}.{kind}" in self]
        return self.add("Conv", inputs, *tensors, **attributes)

    def batch_norm(self, inputs: str, name: str) -> str:
        """`torch.nn.BatchNorm1d` or `BatchNorm2d` as it computes after training."""
        mean = self._weights[f"{name}.running_mean"]
        scale, shift = (
            self.tensor(f"{name}.{kind}")
            if f"{name}.{kind}" in self
            else self.constant(np.full_like(mean, other))
            for kind, other in (("weight", 1), ("bias", 0))
        )
        return self.add(
            "BatchNormalization",
            *(inputs, scale, shift, self.tensor(f"{name}.running_mean"), self.tensor(f"{name}.running_var")),
            epsilon=1e-5,
        )

    def __contains__(self, name: str) -> bool:
        return name in self._weights

    def session(
        self, inputs: Mapping[str, Shape], output: str, threads: int, *, integer_inputs: bool = False
    ) -> onnxruntime.InferenceSession:
        """The network, ready to run on so many threads of the CPU."""
        kind = TensorProto.INT64 if integer_inputs else TensorProto.FLOAT
        graph = helper.make_graph(
            self._nodes,
            "network",
            [helper.make_tensor_value_info(name, kind, shape) for name, shape in inputs.items()],
            [helper.make_tensor_value_info(output, TensorProto.FLOAT, None)],
            list(self._constants.values()),
        )
        model = helper.make_model(
            graph, opset_imports=[helper.make_opsetid("", _OPSET)], ir_version=_IR_VERSION
        )
        options = onnxruntime.SessionOptions()
        options.intra_op_num_threads = threads
        options.inter_op_num_threads = 1
        options.log_severity_level = _FATAL_ONLY
        return onnxruntime.InferenceSession(
            model.SerializeToString(), options, providers=["CPUExecutionProvider"]
        )
