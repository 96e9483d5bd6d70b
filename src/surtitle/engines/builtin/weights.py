"""Weights out of the files that their authors published, as numpy arrays. Nothing of a file is ever run."""

import json
import pickle
import zipfile
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from surtitle.errors import Unavailable

Weights = Mapping[str, NDArray[Any]]

_STORAGE_TYPES = {"FloatStorage": "<f4", "HalfStorage": "<f2", "DoubleStorage": "<f8", "LongStorage": "<i8"}
_SAFETENSORS_TYPES = {"F32": "<f4", "F16": "<f2", "F64": "<f8", "I64": "<i8", "I32": "<i4"}
_LENGTH_BYTES = 8
_UNREADABLE = (KeyError, ValueError, TypeError, AttributeError, IndexError, EOFError, OverflowError)


class WeightsUnreadable(Unavailable):
    """A file of weights is not what it should be."""

    slug = "weights-unreadable"

    def __init__(self, path: Path, reason: str) -> None:
        super().__init__(
            f"{path.name} in {path.parent} cannot be read as weights ({reason}); "
            "`surtitle models verify` tells whether it is damaged."
        )


def read_torch_weights(path: Path) -> Weights:
    """The tensors of a file of `torch.save`, by name; of a checkpoint those of its `state_dict`.

    Such a file is a pickle, which could do anything when it is loaded. Of this one nothing but tensors and
    containers comes into being; every other class that it names becomes an object without behaviour.
    Raises `WeightsUnreadable`.
    """
    with _told_as_unreadable(path), zipfile.ZipFile(path) as archive:
        pickled = next(name for name in archive.namelist() if name.rpartition("/")[2] == "data.pkl")
        with archive.open(pickled) as stream:
            content = _TensorUnpickler(stream, archive, pickled.removesuffix("data.pkl")).load()
        return dict(_tensors(content.get("state_dict", content)))


def read_safetensors(path: Path) -> Weights:
    """The tensors of a safetensors file, by name. Raises `WeightsUnreadable`.

    Eight bytes of length, so much JSON, then the numbers: https://github.com/huggingface/safetensors#format
    """
    with _told_as_unreadable(path):
        raw = path.read_bytes()
        begin = _LENGTH_BYTES + int.from_bytes(raw[:_LENGTH_BYTES], "little")
        header = json.loads(raw[_LENGTH_BYTES:begin])
        return {
            name: _safe_tensor(entry, memoryview(raw)[begin:])
            for name, entry in header.items()
            if name != "__metadata__"
        }


def _safe_tensor(entry: dict[str, Any], data: memoryview) -> NDArray[Any]:
    first, end = entry["data_offsets"]
    return np.frombuffer(data[first:end], dtype=_SAFETENSORS_TYPES[entry["dtype"]]).reshape(entry["shape"])


def _tensors(found: Mapping[Any, Any]) -> Iterator[tuple[str, NDArray[Any]]]:
    for name, value in found.items():
        if isinstance(value, np.ndarray):
            yield str(name), value


@dataclass(frozen=True, slots=True)
class _StorageType:
    """Stands for `torch.FloatStorage` and its like."""

    dtype: str


class _Unread:
    """Stands for every class that is no tensor: takes whatever it is given and keeps none of it."""

    def __init__(self, *_: object) -> None:
        """A class that a checkpoint names may be called with anything."""

    def __setstate__(self, state: object) -> None:
        """And be given any state."""


class _Container(dict[Any, Any]):
    """Stands for `collections.OrderedDict`, whose attributes (`_metadata`) nobody needs."""

    def __setstate__(self, state: object) -> None:
        """Dropped."""


class _TensorUnpickler(pickle.Unpickler):
    def __init__(self, stream: Any, archive: zipfile.ZipFile, prefix: str) -> None:
        super().__init__(stream)
        self._archive = archive
        self._prefix = prefix

    def find_class(self, module: str, name: str, /) -> Any:
        """Never a class that exists elsewhere: what is not known here is `_Unread`."""
        if module == "torch" and name in _STORAGE_TYPES:
            return _StorageType(_STORAGE_TYPES[name])
        known: dict[tuple[str, str], Callable[..., Any]] = {
            ("collections", "OrderedDict"): _Container,
            ("torch._utils", "_rebuild_tensor_v2"): _tensor,
        }
        return known.get((module, name), _Unread)

    def persistent_load(self, identifier: Any, /) -> NDArray[Any]:
        """The numbers of one storage: `("storage", type, key, device, count)`."""
        _, kind, key, _, count = identifier
        raw = self._archive.read(f"{self._prefix}data/{key}")
        return np.frombuffer(raw, dtype=kind.dtype, count=count)


def _tensor(
    storage: NDArray[Any], offset: int, shape: tuple[int, ...], strides: tuple[int, ...], *_: object
) -> NDArray[Any]:
    """A view into a storage, as torch describes it: offset and strides in numbers, not bytes."""
    steps = zip(shape, strides, strict=True)
    last = offset + sum((size - 1) * stride for size, stride in steps)
    if offset < 0 or min(strides, default=0) < 0 or (0 not in shape and last >= storage.size):
        raise ValueError("a tensor reaches outside its storage")
    view = np.lib.stride_tricks.as_strided(
        storage[offset:], shape, tuple(stride * storage.itemsize for stride in strides), writeable=False
    )
    return np.ascontiguousarray(view)


@contextmanager
def _told_as_unreadable(path: Path) -> Iterator[None]:
    try:
        yield
    except (*_UNREADABLE, OSError, StopIteration, pickle.UnpicklingError, zipfile.BadZipFile) as error:
        raise WeightsUnreadable(path, f"{type(error).__name__}: {error}") from error
