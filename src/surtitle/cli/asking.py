"""One question to the open installation, and JSON for programs."""

import asyncio
import json
import sys
from collections.abc import Awaitable, Callable
from typing import Any, TypeVar

T = TypeVar("T")


def answered(ask: Callable[[Any], Awaitable[T]]) -> T:
    """`ask` answered by the open installation."""
    from surtitle.bootstrap.installation import opened  # noqa: PLC0415 - takes seconds
    from surtitle.cli.settings import load_settings  # noqa: PLC0415

    async def run() -> T:
        async with opened(load_settings(quiet=True)) as installation:
            return await ask(installation)

    return asyncio.run(run())


def write_json(document: object) -> None:
    """The document on standard output."""
    sys.stdout.write(json.dumps(document, indent=2, ensure_ascii=False) + "\n")
