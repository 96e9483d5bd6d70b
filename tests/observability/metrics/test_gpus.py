"""What the cards tell."""

import pytest
from tests.fakes.cards import Card, CardError, Cards

from surtitle.observability.metrics.gpus import GPU_FIGURES, gpu_part, read_cards


def test_each_card_is_told_by_its_number() -> None:
    cards = Cards(Card(b"NVIDIA L4", 2**30, 24 * 2**30, 87), Card("NVIDIA L4", 0, 24 * 2**30))
    told = {(figure, labels): value for figure, labels, value in read_cards(cards)}
    first, second = ("0", "NVIDIA L4"), ("1", "NVIDIA L4")
    assert told["surtitle_gpu_memory_used_bytes", first] == 2**30
    assert told["surtitle_gpu_memory_total_bytes", second] == 24 * 2**30
    assert told["surtitle_gpu_busy_ratio", first] == 0.87
    assert told["surtitle_gpu_power_watts", second] == 71.5
    assert {figure for figure, _ in told} == {figure.name for figure in GPU_FIGURES}
    assert cards.open == 0, "the driver is let go, so that it can be updated below us"


def test_what_a_part_of_a_card_does_not_tell_is_left_out() -> None:
    told = read_cards(Cards(Card("NVIDIA H100 80GB HBM3 MIG 1g.10gb", 1, 10, busy_percent=None)))
    names = {sample.figure for sample in told}
    assert "surtitle_gpu_busy_ratio" not in names
    assert "surtitle_gpu_memory_used_bytes" in names


def test_a_driver_that_is_gone_fails_the_look_and_is_let_go() -> None:
    cards = Cards(Card("NVIDIA L4", 1, 2))

    class Gone(Cards):
        def nvmlDeviceGetCount(self) -> int:  # noqa: N802 - NVIDIA's name
            raise CardError("Driver/library version mismatch")

    gone = Gone(*cards.cards)
    with pytest.raises(CardError):
        read_cards(gone)
    assert gone.open == 0


def test_where_there_is_no_driver_there_are_no_figures_of_cards() -> None:
    part = gpu_part()
    assert part is None or part.name == "gpus"
