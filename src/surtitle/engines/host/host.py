"""The host's side: one child, one model in it, and the promises that hold when either fails.

windows = host.transcribe(setup, path, options, WindowCursor())
async with contextlib.aclosing(windows):
    async for window in windows: ...
"""

from collections.abc import AsyncGenerator, Awaitable, Callable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any, TypeVar

from surtitle.config import EngineSettings
from surtitle.domain.films import FilmRequest
from surtitle.domain.options import DiarizationOptions, TranscriptionOptions
from surtitle.domain.recognition import RecognizedWindow, Window, WindowCursor
from surtitle.domain.speakers import Diarization, Voice
from surtitle.domain.transcript import Stretch
from surtitle.engines.host.failures import understood
from surtitle.engines.host.films import FilmDrawing, FilmListener, OnFilmProgress, SaveCheckpoint
from surtitle.engines.host.keeper import ChildKeeper, HostFacts, StepDown
from surtitle.engines.host.messages import (
    Diarize,
    Diarized,
    Embedded,
    EmbedTexts,
    EncodeVoice,
    EngineRecipe,
    Failed,
    Outline,
    Outlined,
    Progressed,
    Request,
    Spoken,
    Synthesize,
    Transcribe,
    VoiceEncoded,
    Warm,
    WindowHeard,
)
from surtitle.engines.host.vectors import Embeddings, understood_embeddings
from surtitle.engines.protocols import EngineSetup, WordTimes
from surtitle.engines.registry import Capability, EngineRegistry, EngineSpec
from surtitle.observability.metrics import EngineMetrics

Answer = TypeVar("Answer", Outlined, Spoken, Diarized, VoiceEncoded, Embedded)


@dataclass(frozen=True, slots=True)
class SpokenFile:
    """A 16-bit mono WAV that `synthesize` wrote. `word_times` as in `Speech`."""

    path: Path
    sample_rate_hz: int
    duration_seconds: float
    word_times: WordTimes | None = None


class EngineHost:
    """Runs engines in a child process, one request after another.

    Use it from the event loop of the main thread. Cancelling a call, or closing its iterator, ends
    the child within `cancel_grace_seconds`; the next call starts a new one.

    Of every method: `EngineDied`, `EngineFailed`, `NoRoomForEngine`, and what the engine raises of ours
    (`Invalid`, `Unavailable`) come out as themselves.
    """

    def __init__(
        self,
        settings: EngineSettings,
        registry: EngineRegistry | None = None,
        metrics: EngineMetrics | None = None,
    ) -> None:
        self._registry = registry or EngineRegistry(settings.plugin)
        self._keeper = ChildKeeper(settings, metrics)

    @property
    def gpu(self) -> str | None:
        """The card that the next work is done on; None: the engine sees all."""
        return self._keeper.gpu

    @gpu.setter
    def gpu(self, card: str | None) -> None:
        self._keeper.gpu = card

    @property
    def facts(self) -> HostFacts:
        """A fresh reading; `rss_bytes` is 0 without a child."""
        return self._keeper.facts

    async def transcribe(
        self,
        setup: EngineSetup,
        sound_path: Path,
        options: TranscriptionOptions,
        start: WindowCursor,
        on_step_down: StepDown | None = None,
        *,
        windows: Sequence[Window] | None = None,
    ) -> AsyncGenerator[RecognizedWindow, None]:
        """The windows of a 16 kHz WAV from `start`, each as soon as it is settled; of a divisible engine
        only those of `windows`, if given.

        Close the iterator when leaving early (`contextlib.aclosing`). `on_step_down` is called each time
        that memory ran out, before a lighter setup goes on from the last window.
        """
        spec = self._registry.named(setup.engine, Capability.TRANSCRIBER)
        cursor = start
        wanted = None if windows is None else tuple(windows)
        async with self._keeper.turn():
            self._keeper.count_job()
            while True:
                await self._keeper.ask(Transcribe(_recipe(spec, setup), sound_path, options, cursor, wanted))
                while isinstance(reply := await self._keeper.answer(setup), WindowHeard):
                    cursor = reply.window.next
                    yield reply.window
                if not isinstance(reply, Failed):
                    return
                setup = await self._keeper.lighter(spec, setup, reply, on_step_down)

    async def outline(
        self, setup: EngineSetup, sound_path: Path, options: TranscriptionOptions, start: int, samples: int
    ) -> tuple[Window, ...]:
        """The windows of a divisible engine that follow sample `start`, until they reach over `samples`."""

        def request(recipe: EngineRecipe) -> Request:
            return Outline(recipe, sound_path, options, start, samples)

        return (await self._asked(Capability.TRANSCRIBER, setup, request, Outlined)).windows

    async def synthesize(
        self, setup: EngineSetup, text: str, *, voice: str | None, speed: float, seed: int, output: Path
    ) -> SpokenFile:
        """`text` spoken into a WAV at `output`, which is there whole or not at all."""

        def request(recipe: EngineRecipe) -> Request:
            return Synthesize(recipe, text, voice, speed, seed, output)

        spoken = await self._asked(Capability.SYNTHESIZER, setup, request, Spoken, is_job=True)
        return SpokenFile(output, spoken.sample_rate_hz, spoken.duration_seconds, spoken.word_times)

    async def diarize(
        self,
        setup: EngineSetup,
        sound_path: Path,
        options: DiarizationOptions,
        on_progress: Callable[[float], None],
    ) -> Diarization:
        """Who speaks when in a 16 kHz WAV. `on_progress` hears how far it is, 0..1, in the event loop."""

        def request(recipe: EngineRecipe) -> Request:
            return Diarize(recipe, sound_path, options)

        work = self._asked(
            Capability.DIARIZER, setup, request, Diarized, is_job=True, on_progress=on_progress
        )
        return (await work).diarization

    async def encode_voice(
        self, setup: EngineSetup, sound_path: Path, stretches: Sequence[Stretch]
    ) -> Voice | None:
        """The voice heard in `stretches` of a 16 kHz WAV together; None where they are too short to tell."""

        def request(recipe: EngineRecipe) -> Request:
            return EncodeVoice(recipe, sound_path, tuple(stretches))

        return (await self._asked(Capability.VOICE_ENCODER, setup, request, VoiceEncoded)).voice

    async def embed_texts(self, setup: EngineSetup, texts: Sequence[str], *, is_query: bool) -> Embeddings:
        """A vector for each text, in their order. Give a few hundred at a time: other work waits for it."""

        def request(recipe: EngineRecipe) -> Request:
            return EmbedTexts(recipe, tuple(texts), is_query)

        return understood_embeddings(await self._asked(Capability.TEXT_EMBEDDER, setup, request, Embedded))

    async def draw_film(
        self,
        setup: EngineSetup,
        request: FilmRequest,
        output: Path,
        *,
        on_progress: OnFilmProgress,
        checkpoint: Mapping[str, Any] | None,
        save_checkpoint: SaveCheckpoint,
        is_cancelled: Callable[[], Awaitable[bool]] | None = None,
        on_step_down: StepDown | None = None,
    ) -> tuple[str, ...]:
        """The picture of a film as MP4 at `output`, whole or not at all; sentences that the user is to know.

        `checkpoint` is what was last saved for this film. The engine waits until `save_checkpoint` has
        returned; what that raises ends the drawing. `is_cancelled` is asked when this call is cancelled:
        when it says True, the engine is given time to clean up (a server to be told); otherwise its process
        ends, and a later call goes on from the checkpoint.
        """
        spec = self._registry.named(setup.engine, Capability.VIDEO_ENGINE)
        listener = FilmListener(on_progress, save_checkpoint, is_cancelled, on_step_down)
        async with self._keeper.turn():
            self._keeper.count_job()
            drawing = FilmDrawing(self._keeper, spec, listener, checkpoint)
            return await drawing.draw(setup, request, output)

    async def warm(self, setup: EngineSetup) -> None:
        """Have the engine loaded before work comes."""
        spec = self._registry.named(setup.engine)
        async with self._keeper.turn():
            await self._keeper.ask(Warm(_recipe(spec, setup)))
            reply = await self._keeper.answer(setup)
            if isinstance(reply, Failed):
                raise understood(reply, setup.engine)

    async def close(self) -> None:
        """End the child, also one at work: its caller sees `EngineDied`. May be called again."""
        await self._keeper.drop()

    async def _asked(
        self,
        capability: Capability,
        setup: EngineSetup,
        request: Callable[[EngineRecipe], Request],
        expected: type[Answer],
        *,
        is_job: bool = False,
        on_progress: Callable[[float], None] | None = None,
    ) -> Answer:
        """The one answer to `request`; when memory runs out, asked again of a lighter setup."""
        spec = self._registry.named(setup.engine, capability)
        async with self._keeper.turn():
            if is_job:
                self._keeper.count_job()
            while True:
                await self._keeper.ask(request(_recipe(spec, setup)))
                while isinstance(reply := await self._keeper.answer(setup), Progressed):
                    if on_progress is not None:
                        on_progress(reply.fraction)
                if isinstance(reply, expected):
                    # `Done` follows.
                    await self._keeper.answer(setup)
                    return reply
                assert isinstance(reply, Failed)
                setup = await self._keeper.lighter(spec, setup, reply, None)


def _recipe(spec: EngineSpec, setup: EngineSetup) -> EngineRecipe:
    return EngineRecipe(setup, spec.factory, spec.wrapper, spec.extra)
