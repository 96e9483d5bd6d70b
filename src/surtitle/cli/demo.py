"""`surtitle demo`: the server and a recording captioned through it, in front of a person's eyes."""

import os
from pathlib import Path
from typing import Annotated

import typer

from surtitle.cli.serving import DataDir, Port, override_settings, run_on_uvloop


def demo(
    file: Annotated[
        Path | None,
        typer.Argument(help="A recording; a film is made on the spot if left out.", show_default=False),
    ] = None,
    port: Port = None,
    data_dir: DataDir = None,
    out: Annotated[Path, typer.Option("--out", "-o", help="Folder for what is made.")] = Path(
        "surtitle-demo"
    ),
    leave: Annotated[bool, typer.Option("--exit", help="End after the work instead of serving on.")] = False,
) -> None:
    """Start the server and caption a recording through it, to see it work."""
    override_settings(port=port, data_dir=data_dir)
    # The workers' log would run through the story that is told here.
    os.environ.setdefault("SURTITLE_LOG__LEVEL", "warning")
    from surtitle.bootstrap.server import listen, run_server  # noqa: PLC0415 - takes seconds
    from surtitle.cli.clip import make_clip  # noqa: PLC0415
    from surtitle.cli.settings import load_settings  # noqa: PLC0415
    from surtitle.cli.showing import Showing  # noqa: PLC0415
    from surtitle.errors import Invalid  # noqa: PLC0415

    if file is not None and not file.is_file():
        raise Invalid(f"{file}: there is no such file.")
    settings = load_settings(quiet=True)
    if settings.server.auth == "required":
        raise Invalid(
            "The demo shows a personal installation, and SURTITLE_SERVER__AUTH asks people to sign in. Unset "
            "it, and name a folder of its own with --data-dir."
        )
    showing = Showing(out)

    async def show(url: str) -> bool:
        showing.say(f"The server listens at {url}")
        recording = file
        if recording is None:
            recording = out / "clip.mp4"
            showing.say("No file was named, so a film is made on the spot")
            await make_clip(settings, recording, showing.detail)
        await showing.caption(url, recording)
        if not leave:
            showing.say(f"The server stays up at {url} (API: {url}/docs). Press Ctrl-C to stop it.")
        return not leave

    run_on_uvloop(run_server(settings, listen(settings.server), show))
