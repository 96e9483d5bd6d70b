"""What can go wrong when captions and video are joined."""

from pathlib import Path

from surtitle.errors import Invalid, SurtitleError, Unavailable


class UnreadableVideo(Invalid):
    """FFmpeg cannot make sense of the file."""

    slug = "unreadable-video"

    def __init__(self, source: Path, reason: str) -> None:
        super().__init__(
            f"{source.name!r} cannot be read as a video: {reason}. "
            "Check that the file plays and is complete, then upload it again."
        )


class NoPicture(Invalid):
    """Captions were to be burned into sound."""

    slug = "no-picture"

    def __init__(self, source: Path) -> None:
        super().__init__(
            f"{source.name!r} has sound but no picture, so there is nothing to burn captions into. "
            "Use the recipe 'subtitles', or soft captions in the container 'mkv'."
        )


class NoFrameThere(Invalid):
    """A preview was asked for a moment without a picture."""

    slug = "no-frame-there"

    def __init__(self, source: Path, at_seconds: float) -> None:
        super().__init__(
            f"{source.name!r} has no picture at {at_seconds:.3f} s; ask for a moment within the video."
        )


class ContainerCannotHold(Invalid):
    """A stream would have to be re-encoded to fit, and soft captions re-encode nothing."""

    slug = "container-cannot-hold"

    def __init__(self, source: Path, kind: str, codec: str) -> None:
        super().__init__(
            f"MP4 cannot hold the {kind} of {source.name!r} ({codec}) as it is. "
            "Use the container 'mkv', or burn the captions in."
        )


class FontLacksScript(Unavailable):
    """Most of the captions would be boxes."""

    slug = "font-lacks-script"
    passing = False

    def __init__(self, missing: str) -> None:
        super().__init__(
            f"No installed font can draw most of the captions (missing: {missing}). "
            "Install one for that script on the machine that renders "
            "(Debian: fonts-noto-core, fonts-noto-cjk), or ask for soft captions."
        )


class RenderingFailed(SurtitleError):
    """ffmpeg gave up for a reason that may pass; another try may succeed."""

    slug = "rendering-failed"
    passing = True
