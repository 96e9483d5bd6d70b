"""What can go wrong with a server that somebody named. No message holds more of an address than its host."""

from surtitle.errors import Invalid, TooLarge, Unavailable


class TargetRefused(Invalid):
    """The address may not be asked: it is none of the web, or lies inside a network."""

    slug = "target-refused"


class TargetAway(Unavailable):
    """The server of an address cannot be reached, broke off, or is out of order."""

    slug = "target-away"


class TargetTooSlow(TargetAway):
    """The server of an address did not answer in time, or not wholly."""

    slug = "target-too-slow"


class AnswerTooLarge(TooLarge):
    """The server of an address answers with more bytes than are taken."""

    slug = "answer-too-large"

    def __init__(self, limit_bytes: int) -> None:
        super().__init__(
            f"The server sends more than the {limit_bytes} bytes that are taken.", limit_bytes=limit_bytes
        )
