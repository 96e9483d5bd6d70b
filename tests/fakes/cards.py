"""NVIDIA's bindings with cards of our own behind them."""

from dataclasses import dataclass
from types import SimpleNamespace


class CardError(Exception):
    """What the bindings raise."""


@dataclass(frozen=True)
class Card:
    name: str | bytes
    used: int
    total: int
    busy_percent: int | None = 0
    """None: a part of a card, which has no load of its own."""


class Cards:
    """Keeps of `pynvml` what the figures ask for."""

    NVMLError = CardError
    NVML_TEMPERATURE_GPU = 0

    def __init__(self, *cards: Card) -> None:
        self.cards = cards
        self.open = 0

    def nvmlInit(self) -> None:  # noqa: N802 - NVIDIA's names
        self.open += 1

    def nvmlShutdown(self) -> None:  # noqa: N802
        self.open -= 1

    def nvmlDeviceGetCount(self) -> int:  # noqa: N802
        self._require_open()
        return len(self.cards)

    def nvmlDeviceGetHandleByIndex(self, index: int) -> Card:  # noqa: N802
        self._require_open()
        return self.cards[index]

    def nvmlDeviceGetName(self, card: Card) -> str | bytes:  # noqa: N802
        return card.name

    def nvmlDeviceGetMemoryInfo(self, card: Card) -> SimpleNamespace:  # noqa: N802
        return SimpleNamespace(used=card.used, total=card.total)

    def nvmlDeviceGetUtilizationRates(self, card: Card) -> SimpleNamespace:  # noqa: N802
        if card.busy_percent is None:
            raise CardError("Not Supported")
        return SimpleNamespace(gpu=card.busy_percent)

    def nvmlDeviceGetTemperature(self, _card: Card, _sensor: int) -> int:  # noqa: N802
        return 41

    def nvmlDeviceGetPowerUsage(self, _card: Card) -> int:  # noqa: N802
        return 71_500

    def _require_open(self) -> None:
        if not self.open:
            raise CardError("Uninitialized")
