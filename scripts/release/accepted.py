"""What was looked at and let through, with the reason: accepted.toml."""

import tomllib
from dataclasses import dataclass
from datetime import date
from pathlib import Path


@dataclass(frozen=True, slots=True)
class Accepted:
    """`licences` and `carried` by package, `advisories` by identifier; each with its reason."""

    licences: dict[str, str]
    carried: dict[str, str]
    advisories: dict[str, str]


def read(file: Path, today: date) -> Accepted:
    """What counts today. An advisory that was accepted until yesterday does not."""
    told = tomllib.loads(file.read_text())
    advisories = {
        name: entry["reason"] for name, entry in told["advisories"].items() if entry["until"] >= today
    }
    return Accepted(told["licences"], told["carried"], advisories)


def default_file() -> Path:
    return Path(__file__).with_name("accepted.toml")
