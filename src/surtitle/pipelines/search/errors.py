"""Why nothing can be looked for."""

from surtitle.errors import Invalid


class NothingAsked(Invalid):
    """The question holds no word."""

    slug = "nothing-asked"

    def __init__(self) -> None:
        super().__init__("There is nothing to look for: write at least one word.", field="q")
