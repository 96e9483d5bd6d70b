"""Reading weights: tensors come out as they were saved, and nothing that a file says is ever run."""

import io
import json
import struct
import zipfile
from pathlib import Path

import numpy as np
import pytest

from surtitle.engines.builtin.weights import WeightsUnreadable, read_safetensors, read_torch_weights


class Pickle:
    """A pickle of protocol 2, written opcode by opcode: what it names need not exist here."""

    def __init__(self) -> None:
        self._body = io.BytesIO()
        self.put(b"\x80\x02")

    def put(self, *parts: bytes) -> "Pickle":
        for part in parts:
            self._body.write(part)
        return self

    def named(self, module: str, name: str) -> "Pickle":
        return self.put(b"c", module.encode(), b"\n", name.encode(), b"\n")

    def text(self, text: str) -> "Pickle":
        return self.put(b"X", struct.pack("<I", len(text)), text.encode())

    def number(self, value: int) -> "Pickle":
        return self.put(b"J", struct.pack("<i", value))

    def numbers(self, *values: int) -> "Pickle":
        self.put(b"(")
        for value in values:
            self.number(value)
        return self.put(b"t")

    def tensor(self, key: str, count: int, offset: int, shape: list[int], strides: list[int]) -> "Pickle":
        """As `torch.save` writes one of a float storage."""
        self.named("torch._utils", "_rebuild_tensor_v2").put(b"((")
        self.text("storage").named("torch", "FloatStorage").text(key).text("cpu").number(count).put(b"tQ")
        self.number(offset).numbers(*shape).numbers(*strides)
        return self.put(b"\x89").named("collections", "OrderedDict").put(b")RtR")

    def bytes(self) -> bytes:
        return self._body.getvalue() + b"."


def saved(path: Path, pickled: Pickle, **storages: list[float]) -> Path:
    with zipfile.ZipFile(path, "w") as archive:
        archive.writestr("archive/data.pkl", pickled.bytes())
        for key, numbers in storages.items():
            archive.writestr(f"archive/data/{key}", np.array(numbers, dtype="<f4").tobytes())
    return path


def test_tensors_that_share_a_storage_come_out_each_by_itself(tmp_path: Path) -> None:
    both = Pickle().put(b"}(")
    both.text("whole").tensor("s", 6, 0, [2, 3], [3, 1])
    both.text("turned").tensor("s", 6, 1, [2, 2], [1, 3])
    path = saved(tmp_path / "w.bin", both.put(b"u"), s=[0, 1, 2, 3, 4, 5])

    found = read_torch_weights(path)

    assert found["whole"].tolist() == [[0, 1, 2], [3, 4, 5]]
    assert found["turned"].tolist() == [[1, 4], [2, 5]]


def test_of_a_checkpoint_the_state_is_read(tmp_path: Path) -> None:
    checkpoint = Pickle().put(b"}(").text("epoch").number(3)
    checkpoint.text("state_dict").put(b"}(").text("w").tensor("s", 2, 0, [2], [1]).put(b"u")
    assert read_torch_weights(saved(tmp_path / "w.bin", checkpoint.put(b"u"), s=[1, 2]))["w"].tolist() == [
        1,
        2,
    ]


@pytest.mark.parametrize(("module", "name"), [("os", "system"), ("builtins", "eval"), ("torch", "load")])
def test_whatever_a_file_calls_is_not_called(module: str, name: str, tmp_path: Path) -> None:
    mark = tmp_path / "mark"
    command = f"touch {mark}" if name == "system" else f"open({str(mark)!r}, 'w')"
    hostile = Pickle().put(b"}(").text("x").named(module, name).put(b"(").text(command).put(b"tR")
    hostile.text("w").tensor("s", 1, 0, [1], [1])

    found = read_torch_weights(saved(tmp_path / "w.bin", hostile.put(b"u"), s=[7]))

    assert list(found) == ["w"]
    assert not mark.exists()


def test_a_tensor_reads_nothing_outside_its_storage(tmp_path: Path) -> None:
    for number, (offset, shape, strides) in enumerate(
        [(0, [3], [1]), (2, [1], [1]), (-1, [1], [1]), (0, [2], [5])]
    ):
        beyond = Pickle().put(b"}(").text("w").tensor("s", 2, offset, shape, strides).put(b"u")
        with pytest.raises(WeightsUnreadable, match="outside its storage"):
            read_torch_weights(saved(tmp_path / f"{number}.bin", beyond, s=[1, 2]))


@pytest.mark.parametrize("content", [b"", b"not an archive", b"PK\x03\x04 torn"])
def test_a_file_that_is_no_archive_is_told(content: bytes, tmp_path: Path) -> None:
    path = tmp_path / "w.bin"
    path.write_bytes(content)
    with pytest.raises(WeightsUnreadable, match=r"w\.bin .* cannot be read as weights"):
        read_torch_weights(path)


def test_a_missing_storage_is_told(tmp_path: Path) -> None:
    missing = Pickle().put(b"}(").text("w").tensor("gone", 1, 0, [1], [1]).put(b"u")
    with pytest.raises(WeightsUnreadable, match="gone"):
        read_torch_weights(saved(tmp_path / "w.bin", missing))


def safetensors(path: Path, header: object, data: bytes) -> Path:
    told = json.dumps(header).encode()
    path.write_bytes(len(told).to_bytes(8, "little") + told + data)
    return path


def test_safetensors_come_out_as_they_were_saved(tmp_path: Path) -> None:
    numbers = np.arange(6, dtype="<f4")
    header = {
        "__metadata__": {"format": "pt"},
        "a": {"dtype": "F32", "shape": [2, 2], "data_offsets": [0, 16]},
        "b": {"dtype": "F32", "shape": [2], "data_offsets": [16, 24]},
    }
    found = read_safetensors(safetensors(tmp_path / "w", header, numbers.tobytes()))
    assert (found["a"].tolist(), found["b"].tolist()) == ([[0, 1], [2, 3]], [4, 5])


@pytest.mark.parametrize(
    "entry",
    [
        {"dtype": "F32", "shape": [9], "data_offsets": [0, 8]},
        {"dtype": "F8", "shape": [2], "data_offsets": [0, 8]},
        {"dtype": "F32", "shape": [2]},
    ],
)
def test_safetensors_that_do_not_add_up_are_told(entry: dict[str, object], tmp_path: Path) -> None:
    with pytest.raises(WeightsUnreadable):
        read_safetensors(safetensors(tmp_path / "w", {"a": entry}, bytes(8)))
