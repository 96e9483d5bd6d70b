"""A WAV that grows piece by piece, and is there whole or not at all."""

import os
import wave
from errno import EDQUOT, ENOSPC
from pathlib import Path
from types import TracebackType
from typing import Self

import numpy as np
from numpy.typing import NDArray

from surtitle.errors import StorageFull


class WaveWriter:
    """Use it in a `with` block: at its end the file takes its place, unless the block raised."""

    def __init__(self, output: Path) -> None:
        self._output = output
        self._part = output.with_name(f".{output.name}.{os.getpid()}.part")
        self._file: wave.Wave_write | None = None
        self._frames = 0
        self._rate_hz = 1

    @property
    def seconds(self) -> float:
        """How much has been written."""
        return self._frames / self._rate_hz

    def write(self, pcm: NDArray[np.int16], sample_rate_hz: int) -> None:
        """Append 16-bit mono; all pieces have one rate. Raises `StorageFull`."""
        try:
            if self._file is None:
                self._begin(sample_rate_hz)
            assert self._file is not None
            self._file.writeframesraw(pcm.astype("<i2").tobytes())
        except OSError as error:
            raise self._explained(error) from error
        self._frames += len(pcm)

    def __enter__(self) -> Self:
        self._output.parent.mkdir(parents=True, exist_ok=True)
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        try:
            if self._file is not None:
                self._file.close()
                if kind is None:
                    _flush(self._part)
                    self._part.replace(self._output)
        except OSError as failure:
            raise self._explained(failure) from failure
        finally:
            self._part.unlink(missing_ok=True)

    def _begin(self, sample_rate_hz: int) -> None:
        self._rate_hz = sample_rate_hz
        self._file = wave.open(str(self._part), "wb")  # noqa: SIM115 - closed in __exit__
        self._file.setnchannels(1)
        self._file.setsampwidth(2)
        self._file.setframerate(sample_rate_hz)

    def _explained(self, error: OSError) -> OSError | StorageFull:
        if error.errno not in {ENOSPC, EDQUOT}:
            return error
        return StorageFull(
            f"No room left for speech in {self._output.parent}. Free some space and try again."
        )


def _flush(path: Path) -> None:
    with path.open("rb+") as file:
        os.fsync(file.fileno())
