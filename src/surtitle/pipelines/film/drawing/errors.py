"""What a film cannot be drawn for."""

from surtitle.errors import Invalid, Unavailable


class NoFontForText(Unavailable):
    """The text would be boxes."""

    slug = "font-lacks-script"
    passing = False

    def __init__(self, missing: str) -> None:
        super().__init__(
            f"No installed font can draw the text of this film (missing: {missing}). Install one for that "
            "script on the machine that draws (Debian: fonts-noto-core, fonts-noto-cjk), then try again."
        )


class UnreadablePicture(Invalid):
    """A picture that cannot be shown."""

    slug = "unreadable-picture"

    def __init__(self, name: str, reason: str) -> None:
        super().__init__(
            f"The picture {name[:80]!r} cannot be shown: {reason}. Give a JPEG, PNG or WebP.", field="images"
        )
