"""Recordings from the pages of video sites, by yt-dlp: a process of its own, behind the guard's proxy.

It knows some thousand sites and runs what their pages tell it to ask for. So it gets no configuration, no
cookies, no ffmpeg, no plug-ins and no other way out than a proxy that refuses inner addresses.
"""

import asyncio
import json
import os
import re
import shutil
import sys
from collections.abc import Sequence
from pathlib import Path

from surtitle.media.errors import UploadTooLarge
from surtitle.media.fetching.download import Allowance, Progress
from surtitle.media.fetching.errors import NoRecordingThere, ServerBusy
from surtitle.media.fetching.part_file import Note, PartFile
from surtitle.media.intake import DISK_CHECK_BYTES
from surtitle.outgoing.client import Outgoing
from surtitle.outgoing.errors import TargetTooSlow
from surtitle.outgoing.guarded_proxy import GuardedProxy
from surtitle.processes import tethered

_IDLE_SECONDS = 30.0
_PROGRESS = "progress "
_NAME = "name "
_MOST_LINE_BYTES = 64 * 1024
_URL = re.compile(r"https?://\S+")
_MAY_PASS = re.compile(
    r"timed out|temporar|HTTP Error (5\d\d|429)|502 Bad Gateway|reset by peer", re.IGNORECASE
)
_KEPT_OF_ERROR = 300
# Pages, pieces' headers and what was begun in vain come on top of the recording.
_OVERHEAD = 1.25


class SiteDownload:
    """Of what one page shows, into one part file, which the caller has locked. Begins anew at every try."""

    def __init__(self, outgoing: Outgoing, part: PartFile, allowance: Allowance, progress: Progress) -> None:
        self._guard = outgoing.guard
        self._part = part
        self._allowance = allowance
        self._progress = progress

    async def run(self, url: str) -> str:
        """Bring the recording whole; its name. Raises `TargetRefused`, `NoRecordingThere`, `ServerBusy`,
        `UploadTooLarge`, `StorageUsedUp`, `StorageFull`, `TargetTooSlow`.
        """
        note = await asyncio.to_thread(self._part.note)
        if note.complete:
            return note.name or ""
        await self._guard.placed(url)
        limit = self._allowance.limits.upload_bytes
        proxy = GuardedProxy(self._guard, most_bytes=int(limit * _OVERHEAD), idle_seconds=_IDLE_SECONDS)
        work = self._part.folder / "site"
        try:
            await asyncio.to_thread(_emptied, work)
            async with proxy.opened() as way_out:
                title, fault = await self._ran(_command(url, way_out, work, limit), work)
            if proxy.fault is not None and fault is not None:
                raise proxy.fault
            return await asyncio.to_thread(self._take, work, title, fault)
        finally:
            await asyncio.to_thread(shutil.rmtree, work, ignore_errors=True)

    async def _ran(self, command: Sequence[str], work: Path) -> tuple[str, str | None]:
        """The title that it told, and why it failed if it did."""
        process = await asyncio.create_subprocess_exec(
            *tethered(command),
            stdin=asyncio.subprocess.DEVNULL,
            stdout=asyncio.subprocess.PIPE,
            stderr=asyncio.subprocess.PIPE,
            cwd=work,
            env={"PATH": os.defpath, "HOME": str(work), "LANG": "C.UTF-8", "TMPDIR": str(work)},
            limit=_MOST_LINE_BYTES,
        )
        try:
            async with asyncio.timeout(self._allowance.seconds):
                name, errors = await asyncio.gather(self._followed(process), _last_error(process))
                status = await process.wait()
        except TimeoutError:
            raise TargetTooSlow(f"The site was not done within {self._allowance.seconds:g} s.") from None
        finally:
            if process.returncode is None:
                process.kill()
                await process.wait()
        return name, None if status == 0 else errors

    async def _followed(self, process: asyncio.subprocess.Process) -> str:
        assert process.stdout is not None
        name, checked = "", -DISK_CHECK_BYTES
        async for raw in process.stdout:
            line = raw.decode(errors="replace").strip()
            if line.startswith(_NAME):
                name = json.loads(line.removeprefix(_NAME))
            elif line.startswith(_PROGRESS):
                told, _, of = line.removeprefix(_PROGRESS).partition(" ")
                received, total = _number(told) or 0, _number(of)
                # It writes to the disk by itself: whoever raises here ends it.
                self._allowance.require(max(received, total or 0))
                if received - checked >= DISK_CHECK_BYTES:
                    checked = received
                    await asyncio.to_thread(self._allowance.require_disk, self._part.folder)
                self._progress(received, total)
        return name

    def _take(self, work: Path, title: str, fault: str | None) -> str:
        """The one file that it made becomes the part file; its name."""
        if fault is not None:
            raise (ServerBusy if _MAY_PASS.search(fault) else NoRecordingThere)(
                f"yt-dlp could not get a recording from there: {fault}"
            )
        made = [path for path in (work / "made").glob("*") if path.is_file() and not path.is_symlink()]
        if len(made) != 1:
            # Also what it does with one that is too large: it makes none, and calls that a success.
            raise NoRecordingThere("The page shows no recording, or none within the size that is accepted.")
        if made[0].stat().st_size > self._allowance.limits.upload_bytes:
            raise UploadTooLarge(self._allowance.limits.upload_bytes)
        self._allowance.require(made[0].stat().st_size)
        name = f"{title or 'recording'}{made[0].suffix}"
        self._part.begin(Note(name=name))
        made[0].replace(self._part.path)
        self._part.finish()
        return name


def _command(url: str, way_out: str, work: Path, most_bytes: int) -> list[str]:
    return [
        sys.executable, "-P", "-m", "yt_dlp", "--ignore-config", "--no-plugin-dirs", "--no-cache-dir",
        "--proxy", way_out, "--downloader", "native", "--ffmpeg-location", str(work / "none"),
        "--fixup", "never", "--no-playlist", "--playlist-items", "1", "--match-filters", "!is_live",
        # The best that comes as one file: joining picture and sound would need ffmpeg.
        "--format", "b/ba", "--max-filesize", str(most_bytes), "--socket-timeout", "30", "--retries", "3",
        "--fragment-retries", "3", "--no-mtime", "--no-part", "--newline", "--no-simulate", "--progress",
        "--progress-template", f"download:{_PROGRESS}%(progress.downloaded_bytes)s %(progress.total_bytes)s",
        "--print", f"before_dl:{_NAME}%(title)j", "--paths", str(work / "made"),
        "--output", "recording.%(ext)s", "--", url,
    ]  # fmt: skip


def _emptied(work: Path) -> None:
    shutil.rmtree(work, ignore_errors=True)
    (work / "made").mkdir(parents=True)


async def _last_error(process: asyncio.subprocess.Process) -> str:
    """Its last words, without addresses: they may open what they lead to."""
    assert process.stderr is not None
    told = "it ended without a word"
    async for raw in process.stderr:
        line = raw.decode(errors="replace").strip()
        if line.startswith("ERROR:"):
            told = _URL.sub("(the address)", line.removeprefix("ERROR:").strip())
    return "".join(sign for sign in told if sign.isprintable())[:_KEPT_OF_ERROR]


def _number(text: str) -> int | None:
    return int(text) if text.isascii() and text.isdigit() else None
