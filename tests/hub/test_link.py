"""A way to Redis as others see it: whether hints may be relied on."""

import pytest

from surtitle.hub.link import Link


async def test_a_link_that_ends_for_whatever_reason_is_down(caplog: pytest.LogCaptureFixture) -> None:
    link = Link("hear hints from")

    async def work() -> None:
        link.went_up()
        raise ValueError("a message that nobody foresaw")

    with pytest.raises(ValueError, match="foresaw"):
        await link.keep_up(work)
    assert (link.is_up, link.is_down) == (False, True)
    assert "cannot hear hints from Redis any more" in caplog.text
