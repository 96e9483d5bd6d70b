"""A recording's way through a running server, told as it happens."""

import time
from pathlib import Path
from typing import Any

from rich.console import Console
from rich.markup import escape
from rich.padding import Padding
from rich.progress import BarColumn, Progress, TaskProgressColumn, TextColumn
from rich.text import Text

from surtitle.cli.batch.view import STAGES, clock
from surtitle.cli.remote import RemoteSurtitle
from surtitle.errors import SurtitleError

_CUES_SHOWN = 4
_LINES_A_CUE = 4


class DemoFailed(SurtitleError):
    slug = "demo-failed"


class Showing:
    """Captions a recording over HTTP; `folder` takes what comes of it."""

    def __init__(self, folder: Path) -> None:
        self._folder = folder
        self._console = Console(highlight=False)

    def say(self, text: str) -> None:
        self._console.print(f"[bold cyan]▸[/] {escape(text)}", soft_wrap=True)

    def detail(self, text: str) -> None:
        self._console.print(Padding(Text(text, style="dim"), (0, 0, 0, 2)))

    async def caption(self, url: str, recording: Path) -> None:
        """Upload, run, follow, save, tell. Raises `Refused` or `DemoFailed`."""
        async with RemoteSurtitle(url) as server:
            media = await server.upload(recording)
            self.say(f"Uploaded {recording} ({clock(media['duration_seconds'])} of sound)")
            recipe = "captioned-video" if media["tracks"].get("video") else "subtitles"
            job = await server.start(recipe, media["id"])
            self.say(f"Started the recipe {recipe}; this is what it hears:")
            began = time.monotonic()
            await self._follow(server, job["id"])
            seconds = time.monotonic() - began
            worked = (await server.job(job["id"]))["processing_seconds"]
            self.say(_pace(media["duration_seconds"], seconds, worked))
            await self._results(server, url, job["id"], recipe, recording.stem)

    async def _follow(self, server: RemoteSurtitle, job_id: str) -> None:
        columns = (
            TextColumn("  {task.description}"),
            BarColumn(30),
            TaskProgressColumn(),
            TextColumn("{task.fields[pace]}"),
        )
        with Progress(*columns, console=self._console, transient=True) as bars:
            bar = bars.add_task("waiting for a worker", total=1.0, pace="")
            async for event in server.events(job_id):
                if event.type == "progress":
                    speed = event.data.get("speed")
                    bars.update(
                        bar,
                        completed=event.data["progress"],
                        description=STAGES.get(event.data["step"], event.data["step"]),
                        pace=f"{speed:.1f} x real time" if speed else "",
                    )
                else:
                    self._tell(event.type, event.data)

    def _tell(self, kind: str, data: dict[str, Any]) -> None:
        # A sentence a line; the deltas that come before it are single words.
        if kind == "segment":
            self.detail(data["text"].strip())
        elif kind == "warning":
            self._console.print(f"  [yellow]! {escape(data['detail'])}[/]")
        elif kind == "error":
            raise DemoFailed(f"The job failed: {data['detail']}")
        elif kind == "state" and data["state"] == "cancelled":
            raise DemoFailed("The job was cancelled.")

    async def _results(self, server: RemoteSurtitle, url: str, job_id: str, recipe: str, stem: str) -> None:
        formats = {"srt": f"{stem}.srt", "txt": f"{stem}.txt"}
        if recipe == "captioned-video":
            formats["mp4"] = f"{stem}.captioned.mp4"
        self._folder.mkdir(parents=True, exist_ok=True)
        for one, name in formats.items():
            await server.save(job_id, one, self._folder / name)
        self.say("The first subtitles:")
        for line in _first_cues((self._folder / formats["srt"]).read_text(encoding="utf-8")):
            self._console.print(f"  {escape(line)}")
        self.say("Saved here, and to be had from the server:")
        for one, name in formats.items():
            where = escape(str(self._folder / name))
            link = f"{url}/api/jobs/{job_id}/result?format={one}"
            self._console.print(f"  {where}\n    [dim]{link}[/]", soft_wrap=True)


def _first_cues(srt: str) -> list[str]:
    cues = srt.strip().split("\n\n")[:_CUES_SHOWN]
    return [line for cue in cues for line in [*cue.splitlines()[:_LINES_A_CUE], ""]][:-1]


def _pace(media_seconds: float, seconds: float, worked_seconds: float) -> str:
    speed = media_seconds / max(worked_seconds, 0.1)
    return (
        f"Done after {seconds:.1f} s: {clock(media_seconds)} of recording took {worked_seconds:.1f} s "
        f"of work, {speed:.1f} x real time (a worker loads the model with its first job)"
    )
