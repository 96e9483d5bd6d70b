"""A `Resolver` that gives names whatever answers a test wrote, one after another."""

import ipaddress
from collections.abc import Sequence

from surtitle.domain.public_addresses import Address


class ScriptedResolver:
    """The last answer of a name is repeated; a name without any is known to nobody."""

    def __init__(self, **answers: Sequence[Sequence[str]]) -> None:
        """`files_example=[["93.184.215.14"], ["127.0.0.1"]]` is about `files.example`."""
        self._answers = {name.replace("_", "."): list(told) for name, told in answers.items()}
        self.asked: list[str] = []

    async def addresses(self, host: str, port: int) -> Sequence[Address]:
        self.asked.append(host)
        told = self._answers.get(host)
        if told is None:
            raise OSError("no such name")
        answer = told.pop(0) if len(told) > 1 else told[0]
        return [ipaddress.ip_address(address) for address in answer]
