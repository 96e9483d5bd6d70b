"""Wall clocks that jump while programs run, by libfaketime (Debian has it). Time still passes as it does."""

from dataclasses import dataclass
from pathlib import Path

import pytest

_LIBRARY = next(Path("/usr/lib").glob("*/faketime/libfaketimeMT.so.1"), None)


@dataclass(frozen=True, slots=True)
class Clock:
    """The wall clock of the programs that are started with `variables`. Without the library it goes right."""

    setting: Path

    @classmethod
    def right(cls, folder: Path) -> "Clock":
        clock = cls(folder / "clock")
        clock.setting.write_text("+00000")
        clock.setting.chmod(0o644)
        return clock

    @property
    def variables(self) -> dict[str, str]:
        if _LIBRARY is None:
            return {}
        return {
            "LD_PRELOAD": str(_LIBRARY),
            "FAKETIME_TIMESTAMP_FILE": str(self.setting),
            "FAKETIME_CACHE_DURATION": "1",
            # Timeouts go by the monotonic clock, which no administrator can set.
            "FAKETIME_DONT_FAKE_MONOTONIC": "1",
        }

    def jump(self, hours: float) -> None:
        """Show the right time plus so many hours."""
        if _LIBRARY is None:
            pytest.skip("clocks that jump need libfaketime")
        # In place: the programs may read at any moment, and must never find the file empty.
        with self.setting.open("r+") as setting:
            setting.write(f"{hours * 3600:+06.0f}")
