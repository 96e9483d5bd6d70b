"""A place behind a network of its own, that can be cut off without either side being told."""

import os
import subprocess
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass

import pytest


@dataclass(frozen=True, slots=True)
class Island:
    """A network namespace on one cable. `address`: this side of it, as programs on the island see it."""

    name: str
    cable: str
    address: str

    @property
    def inside(self) -> tuple[str, ...]:
        """What to put before a command so that it runs on the island."""
        return ("ip", "netns", "exec", self.name)

    @contextmanager
    def cut_off(self) -> Iterator[None]:
        """Packets vanish in both directions; nobody gets a reset."""
        _ip("link", "set", self.cable, "down")
        try:
            yield
        finally:
            _ip("link", "set", self.cable, "up")


@contextmanager
def island() -> Iterator[Island]:
    """An island while the block lasts. Making one needs root."""
    number = os.getpid() % 2**14
    # A /30 of the link-local addresses: nothing is routed there.
    low = number * 4
    here, there = (f"169.254.{(low + host) // 256}.{(low + host) % 256}" for host in (1, 2))
    made = Island(f"surtitle-{number}", f"surtitle{number}", here)
    if subprocess.run(["ip", "netns", "add", made.name], capture_output=True, check=False).returncode != 0:
        pytest.skip("a network namespace needs root and iproute2")
    try:
        _ip("link", "add", made.cable, "type", "veth", "peer", "name", "outside", "netns", made.name)
        _ip("address", "add", f"{here}/30", "dev", made.cable)
        _ip("link", "set", made.cable, "up")
        for arguments in (
            ("address", "add", f"{there}/30", "dev", "outside"),
            ("link", "set", "outside", "up"),
            ("link", "set", "lo", "up"),
        ):
            _ip("-netns", made.name, *arguments)
        yield made
    finally:
        # The cable goes with it.
        _ip("netns", "delete", made.name)


def _ip(*arguments: str) -> None:
    subprocess.run(["ip", *arguments], check=True)
