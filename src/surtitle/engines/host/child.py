"""The child process of the engine host: `python -m surtitle.engines.host.child FD PARENT_PID LOG_LEVEL`.

Serves requests from the socket `FD` one after another until it closes. Holds one engine.
"""

import os
import pkgutil
import signal
import socket
import sys
import threading
import time
from collections.abc import Iterator
from typing import Any

from surtitle.domain.cloud import CloudUse
from surtitle.domain.recognition import RecognizedWindow, Window
from surtitle.engines.cloud import cloud_use_told_to
from surtitle.engines.host.drawing import DrawingControl
from surtitle.engines.host.failures import told
from surtitle.engines.host.frames import frame, receive_blocking
from surtitle.engines.host.lines import ChildLines
from surtitle.engines.host.memory import keep_freed_memory, return_freed_memory, rss_bytes
from surtitle.engines.host.messages import (
    ORDERS,
    REPLIES,
    CloudUsed,
    Diarize,
    Diarized,
    Done,
    DrawFilm,
    Drawn,
    EmbedTexts,
    EncodeVoice,
    EngineRecipe,
    Order,
    Outline,
    Outlined,
    Progressed,
    Reply,
    Request,
    Resident,
    Spoken,
    Synthesize,
    Timed,
    Transcribe,
    VoiceEncoded,
    Warm,
    WindowHeard,
)
from surtitle.engines.host.vectors import embedded, voice_of
from surtitle.engines.host.wav import write_speech
from surtitle.engines.protocols import EngineCancelled
from surtitle.engines.sound import SoundFile
from surtitle.errors import SurtitleError, Unavailable
from surtitle.processes import die_with_parent

# Giving memory back takes as long as a question takes to be embedded.
_LONG = (Transcribe, Diarize, DrawFilm)


class Child:
    """The serving loop and the resident engine."""

    def __init__(self, end: socket.socket, lines: ChildLines | None = None) -> None:
        self._end = end
        # A film may be drawn by several threads, and each tells how far it is.
        self._sending = threading.Lock()
        self._lines = lines or ChildLines()
        self._times: list[Timed] = []
        self._is_traced = False
        self._recipe: EngineRecipe | None = None
        self._engine: Any = None

    def serve(self) -> None:
        while (body := receive_blocking(self._end)) is not None:
            self._times.clear()
            try:
                order = ORDERS.validate_json(body)
                if not isinstance(order, Order):
                    # Said to a film that was done at the same moment. An answer to it would be taken for
                    # one to the next request, and that request's for one to the request after it.
                    continue
                self._lines.ids, self._is_traced = order.ids, order.is_traced
                for reply in self._timed(order.request):
                    self._send(reply)
            except Exception as error:  # noqa: BLE001 - told to the host, which raises it where the caller is
                self._tell_times()
                self._send(told(error))
                if not isinstance(error, SurtitleError | EngineCancelled):
                    # An engine that broke, or has no room, must not stand in the way of the next one.
                    self._free()
            else:
                self._tell_times()
                self._send(Done())
                if isinstance(order.request, _LONG):
                    # While it works, an engine keeps what it frees for its next window.
                    return_freed_memory()

    def _timed(self, request: Request) -> Iterator[Reply]:
        began, loaded = time.time_ns(), False
        try:
            for reply in self._replies(request):
                if not loaded:
                    # The first reply says that the engine stands ready.
                    loaded, ready = True, time.time_ns()
                    self._times.append(Timed("load", began, ready))
                    began = ready
                yield reply
        finally:
            self._times.append(Timed("work" if loaded else "load", began, time.time_ns()))

    def _tell_times(self) -> None:
        for timed in self._times if self._is_traced else []:
            self._send(timed)

    def _replies(self, request: Request) -> Iterator[Reply]:
        yield self._make_resident(request.engine)
        match request:
            case Transcribe():
                yield from self._transcribe(request)
            case Outline():
                yield self._outline(request)
            case Synthesize():
                yield self._synthesize(request)
            case Diarize():
                yield self._diarize(request)
            case EncodeVoice():
                yield self._encode_voice(request)
            case EmbedTexts():
                vectors = self._engine.embed(request.texts, is_query=request.is_query)
                yield embedded(self._engine.embedder, vectors, len(request.texts))
            case DrawFilm():
                yield self._draw(request)
            case Warm():
                pass

    def _make_resident(self, recipe: EngineRecipe) -> Resident:
        if self._recipe == recipe:
            return Resident(load_seconds=0.0)
        self._free()
        between, began = rss_bytes(), time.monotonic()
        self._engine = _build(recipe)
        self._recipe = recipe
        # What was needed to read the weights is not needed to use them.
        return_freed_memory()
        return Resident(time.monotonic() - began, between)

    def _free(self) -> None:
        # Two models at once may not fit: the old one goes before the new one comes.
        self._engine = self._recipe = None
        return_freed_memory()

    def _transcribe(self, request: Transcribe) -> Iterator[Reply]:
        with SoundFile(request.sound_path) as sound:
            for window in self._windows(sound, request):
                yield WindowHeard(window)

    def _windows(self, sound: SoundFile, request: Transcribe) -> Iterator[RecognizedWindow]:
        if request.windows is None:
            windows: Iterator[RecognizedWindow] = self._engine.transcribe(
                sound, request.options, request.start
            )
            return windows
        left = [window for window in request.windows if window.start >= request.start.sample]
        heard: Iterator[RecognizedWindow] = self._engine.transcribe_windows(
            sound, request.options, request.start, left
        )
        return heard

    def _outline(self, request: Outline) -> Reply:
        windows: list[Window] = []
        with SoundFile(request.sound_path) as sound:
            for window in self._engine.outline(sound, request.options, request.start):
                windows.append(window)
                if window.end - request.start >= request.samples:
                    break
        return Outlined(tuple(windows))

    def _synthesize(self, request: Synthesize) -> Reply:
        speech = self._engine.synthesize(
            request.text, voice=request.voice, speed=request.speed, seed=request.seed
        )
        write_speech(request.output, speech)
        seconds = speech.samples.size / speech.sample_rate_hz
        return Spoken(speech.sample_rate_hz, seconds, speech.word_times)

    def _diarize(self, request: Diarize) -> Reply:
        def tell(fraction: float) -> None:
            self._send(Progressed(fraction))

        with SoundFile(request.sound_path) as sound:
            return Diarized(self._engine.diarize(sound, request.options, tell))

    def _encode_voice(self, request: EncodeVoice) -> Reply:
        with SoundFile(request.sound_path) as sound:
            embedding = self._engine.encode(sound, request.stretches)
        return VoiceEncoded(None if embedding is None else voice_of(self._engine.encoder, embedding))

    def _draw(self, request: DrawFilm) -> Reply:
        control = DrawingControl(self._end, self._send, request.checkpoint)
        return Drawn(tuple(self._engine.generate(request.request, request.output, control)))

    def _send(self, reply: Reply) -> None:
        with self._sending:
            self._end.sendall(frame(REPLIES.dump_json(reply)))

    def tell_cloud_use(self, use: CloudUse) -> None:
        self._send(CloudUsed(use))


def _build(recipe: EngineRecipe) -> Any:
    try:
        factory = _imported(recipe.factory)
        wrapper = _imported(recipe.wrapper) if recipe.wrapper else None
        return wrapper(factory, recipe.setup) if wrapper else factory(recipe.setup)
    except ImportError as error:
        raise Unavailable(_how_to_install(recipe, error), engine=recipe.setup.engine) from error


def _imported(path: str) -> Any:
    try:
        return pkgutil.resolve_name(path)
    except AttributeError as error:
        raise ImportError(str(error)) from None


def _how_to_install(recipe: EngineRecipe, error: ImportError) -> str:
    remedy = (
        f'Install it with: pip install "surtitle[{recipe.extra}]"'
        if recipe.extra
        else "Install the package that it comes from"
    )
    return f"The engine {recipe.setup.engine!r} cannot be imported: {error}. {remedy}."


def main() -> None:
    descriptor, parent_pid, log_level = int(sys.argv[1]), int(sys.argv[2]), int(sys.argv[3])
    die_with_parent(parent_pid)
    # Ctrl-C reaches the whole terminal; when to stop is the parent's decision.
    signal.signal(signal.SIGINT, signal.SIG_IGN)
    keep_freed_memory()
    # Libraries print. Nothing of it may be lost, and nothing has a place on standard output.
    os.dup2(sys.stderr.fileno(), sys.stdout.fileno())
    lines = ChildLines()
    lines.take_over(log_level)
    with socket.socket(fileno=descriptor) as end:
        try:
            child = Child(end, lines)
            with cloud_use_told_to(child.tell_cloud_use):
                child.serve()
        except (BrokenPipeError, ConnectionResetError):
            # The host closed the channel while an answer was under way: it wants no more of us.
            return


if __name__ == "__main__":
    main()
