"""Drawn pictures into H.264 in MP4. Encoding goes on beside drawing: one thread, a few sheets in between."""

import errno
import queue
import threading
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from fractions import Fraction
from pathlib import Path

import av
from av.codec.context import Flags
from av.container import OutputContainer
from av.video.frame import VideoFrame
from av.video.reformatter import ColorRange, Colorspace
from av.video.stream import VideoStream

from surtitle.errors import StorageFull
from surtitle.pipelines.film.drawing.canvas import Sheet
from surtitle.pipelines.rendering.reproducible import reproducible_x264

_SHEETS = 3
_FULL = {errno.ENOSPC, errno.EDQUOT, errno.EFBIG}
# ITU-T H.273: 1 is BT.709 for primaries, transfer and matrix alike; 1 is limited range.
_BT709, _LIMITED = 1, 1


class FilmFile:
    """Takes sheets in the order of the film. `blank` gives one to draw on, `take` hands it in."""

    def __init__(self, path: Path, width: int, height: int, frames_per_second: int, threads: int) -> None:
        self._container: OutputContainer = av.open(str(path), "w", format="mp4", options=_MP4_OPTIONS)
        self._stream = _stream(self._container, width, height, frames_per_second, threads)
        self._time_base = Fraction(1, frames_per_second)
        self._blank: queue.Queue[Sheet] = queue.Queue()
        self._drawn: queue.Queue[Sheet | None] = queue.Queue()
        self._failure: BaseException | None = None
        for _ in range(_SHEETS):
            self._blank.put(Sheet(width, height))
        self._thread = threading.Thread(target=self._work, name="film-encoder", daemon=True)
        self._thread.start()

    def blank(self) -> Sheet:
        """A sheet that the encoder is done with; what it shows is an older frame."""
        sheet = self._blank.get()
        self._complain()
        return sheet

    def take(self, sheet: Sheet) -> None:
        self._drawn.put(sheet)

    def finish(self) -> None:
        """Everything is in the file when this returns."""
        self._end()
        self._complain()
        try:
            self._container.mux(self._stream.encode(None))
            self._container.close()
        except OSError as error:
            raise _explained(error) from error

    def abandon(self) -> None:
        self._failure = self._failure or InterruptedError()
        self._end()
        with suppress(OSError):
            self._container.close()

    def _end(self) -> None:
        self._drawn.put(None)
        self._thread.join()

    def _work(self) -> None:
        number = 0
        while (sheet := self._drawn.get()) is not None:
            if self._failure is None:
                try:
                    self._container.mux(self._stream.encode(self._frame(sheet, number)))
                except Exception as error:  # noqa: BLE001 - raised again where the film is drawn
                    self._failure = error
            number += 1
            self._blank.put(sheet)

    def _frame(self, sheet: Sheet, number: int) -> VideoFrame:
        frame = VideoFrame.from_numpy_buffer(sheet.pixels, "bgra")
        converted = frame.reformat(
            format="yuv420p",
            src_color_range=ColorRange.JPEG,
            dst_color_range=ColorRange.MPEG,
            dst_colorspace=Colorspace.ITU709,
            threads=1,
        )
        converted.pts, converted.time_base = number, self._time_base
        return converted

    def _complain(self) -> None:
        if isinstance(self._failure, OSError):
            raise _explained(self._failure) from self._failure
        if self._failure is not None:
            raise self._failure


@contextmanager
def film_file(
    output: Path, width: int, height: int, frames_per_second: int, threads: int
) -> Iterator[FilmFile]:
    """A file that appears at `output` when the block ends well, and not at all otherwise."""
    partial = output.with_name(f".{output.name}.partial")
    film = FilmFile(partial, width, height, frames_per_second, threads)
    try:
        yield film
        film.finish()
        partial.replace(output)
    except BaseException:
        film.abandon()
        partial.unlink(missing_ok=True)
        raise


# No version and no date: the same film gives the same bytes.
_MP4_OPTIONS = {"fflags": "+bitexact", "movflags": "+faststart"}


def _stream(
    container: OutputContainer, width: int, height: int, frames_per_second: int, threads: int
) -> VideoStream:
    # Most of a drawn film is soft and dark: aq-mode 3 spends bits there, against bands in the gradients.
    # Without pictures that look ahead it is encoded in two thirds of the time, a tenth larger.
    parameters = ":".join(["aq-mode=3", "bframes=0", *reproducible_x264()[1:]])
    stream: VideoStream = container.add_stream(
        "libx264",
        rate=frames_per_second,
        options={"preset": "veryfast", "crf": "20", "x264-params": parameters},
    )
    stream.width, stream.height, stream.pix_fmt = width, height, "yuv420p"
    context = stream.codec_context
    context.thread_count = threads
    context.flags |= Flags.bitexact
    context.color_range = _LIMITED
    context.colorspace = context.color_primaries = context.color_trc = _BT709
    return stream


def _explained(error: OSError) -> BaseException:
    if error.errno in _FULL:
        return StorageFull("The disk ran full while the film was drawn. Free some space, then retry the job.")
    return error
