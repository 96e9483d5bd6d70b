"""How many uploads may be unfinished at a time: resumable ones, and as many sent straight to the store."""

from surtitle.errors import Busy

MOST = 500
MOST_OF_A_PROJECT = 50


def require_place(of_project: int, everywhere: int) -> None:
    """For one more, where so many are unfinished. Raises `Busy`."""
    if of_project >= MOST_OF_A_PROJECT:
        raise Busy(
            f"{of_project} uploads of this project are unfinished. Complete or remove some.",
            retry_after_seconds=60,
        )
    if everywhere >= MOST:
        raise Busy(
            "Too many uploads of this installation are unfinished. Try again later.", retry_after_seconds=60
        )
