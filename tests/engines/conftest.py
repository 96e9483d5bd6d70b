"""Sound to recognize, and engines installed for one test."""

from collections.abc import Callable
from pathlib import Path

import numpy as np
import numpy.typing as npt
import pytest

from surtitle.engines.sound import SAMPLE_RATE_HZ, wav_header

FAKES = Path(__file__).resolve().parents[1] / "fakes"

InstallEngines = Callable[[dict[str, str]], None]


def write_sound(path: Path, samples: npt.NDArray[np.float32]) -> Path:
    """float32 samples at 16 kHz as the file that engines read."""
    pcm = np.rint(np.clip(samples, -1, 1) * 32767).astype("<i2")
    path.write_bytes(wav_header(pcm.size) + pcm.tobytes())
    return path


@pytest.fixture
def sound(tmp_path: Path) -> Path:
    """Five seconds of nothing."""
    return write_sound(tmp_path / "sound.wav", np.zeros(5 * SAMPLE_RATE_HZ, dtype=np.float32))


@pytest.fixture
def install_engines(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> InstallEngines:
    """Installs a package that announces these entry points, as pip would have."""

    def install(points: dict[str, str]) -> None:
        site = tmp_path / "site"
        info = site / "some_engines-1.0.dist-info"
        info.mkdir(parents=True, exist_ok=True)
        lines = [f"{name} = {value}" for name, value in points.items()]
        (info / "METADATA").write_text("Metadata-Version: 2.1\nName: some-engines\nVersion: 1.0\n")
        (info / "entry_points.txt").write_text("\n".join(["[surtitle.engines]", *lines]))
        monkeypatch.syspath_prepend(str(site))
        monkeypatch.syspath_prepend(str(FAKES))

    return install
