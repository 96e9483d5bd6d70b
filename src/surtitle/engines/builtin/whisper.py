"""Whisper by faster-whisper, window by window, several windows at once on the CPU's cores.

Whisper's decoder makes one token after another out of small matrices, which a second thread hardly
speeds up; a second window on the second core does, and gives the same words. `EngineSetup.batch_size`
is how many windows go at once; they share `EngineSetup.threads`.
"""

from collections import deque
from collections.abc import Iterable, Iterator, Sequence
from concurrent.futures import Future, ThreadPoolExecutor
from dataclasses import replace
from typing import Any

from surtitle.domain.options import ComputeType, Task, TranscriptionOptions
from surtitle.domain.recognition import RecognizedWindow, Span, Window, WindowCursor
from surtitle.domain.transcript import Stretch
from surtitle.engines.builtin.coverage_guard import Segments, guarded
from surtitle.engines.builtin.speech_detector import SpeechDetector, SpeechRules
from surtitle.engines.builtin.whisper_decoder import Heard, Opened, Piece, WhisperDecoder
from surtitle.engines.builtin.windows import (
    FULL_WINDOWS,
    MARGIN_SAMPLES,
    WINDOWS_OF_ONE_LANGUAGE,
    Cutting,
    windows_by_loudness,
    windows_by_speech,
)
from surtitle.engines.protocols import EngineSetup
from surtitle.engines.sound import SAMPLE_RATE_HZ, SoundFile
from surtitle.errors import Invalid, Unavailable

_FILES = ("model.bin", "config.json", "tokenizer.json")


class WhisperTranscriber:
    """A `DivisibleTranscriber`. Words carry times and probabilities, segments a doubt where there is one."""

    def __init__(self, setup: EngineSetup) -> None:
        self._name = setup.model
        self._at_once = max(1, setup.batch_size)
        self._model = _loaded(setup, self._at_once)
        self._decoder = WhisperDecoder(self._model)
        self._detector = SpeechDetector()

    def transcribe(
        self, sound: SoundFile, options: TranscriptionOptions, start: WindowCursor
    ) -> Iterator[RecognizedWindow]:
        return self._decoded(self.outline(sound, options, start.sample), sound, options, start)

    def outline(self, sound: SoundFile, options: TranscriptionOptions, start: int) -> Iterator[Window]:
        if not options.vad:
            return windows_by_loudness(sound, start)
        return windows_by_speech(sound, start, self._detector, SpeechRules.of(options), _cutting(options))

    def transcribe_windows(
        self,
        sound: SoundFile,
        options: TranscriptionOptions,
        start: WindowCursor,
        windows: Sequence[Window],
    ) -> Iterator[RecognizedWindow]:
        return self._decoded(windows, sound, options, start)

    def _decoded(
        self, windows: Iterable[Window], sound: SoundFile, options: TranscriptionOptions, start: WindowCursor
    ) -> Iterator[RecognizedWindow]:
        cursor = ahead = self._with_language(start, options)
        under_way: deque[tuple[Window, Future[Heard | None]]] = deque()
        pool = ThreadPoolExecutor(self._at_once)
        try:
            for window in windows:
                if _is_settled(ahead, options):
                    hearing = pool.submit(self._hear, sound, window, options, _language_for(ahead, options))
                else:
                    # Each window may decide for the next one, which waits for the language only.
                    opened = pool.submit(self._opened, sound, window, None).result()
                    hearing = pool.submit(self._heard, opened, window, options)
                    ahead = _with_detected(ahead, opened)
                under_way.append((window, hearing))
                while len(under_way) > self._at_once or (under_way and under_way[0][1].done()):
                    recognized = _recognized(*under_way.popleft(), cursor, options)
                    cursor = recognized.next
                    yield recognized
            while under_way:
                recognized = _recognized(*under_way.popleft(), cursor, options)
                cursor = recognized.next
                yield recognized
        finally:
            pool.shutdown(cancel_futures=True)

    def _hear(
        self, sound: SoundFile, window: Window, options: TranscriptionOptions, language: str | None
    ) -> Heard | None:
        """None where nobody speaks. `language` None has it detected."""
        return self._heard(self._opened(sound, window, language), window, options)

    def _opened(self, sound: SoundFile, window: Window, language: str | None) -> Opened | None:
        if not window.speech:
            return None
        first = max(window.start, window.speech[0].start - MARGIN_SAMPLES)
        last = min(window.end, window.speech[-1].end + MARGIN_SAMPLES)
        piece = Piece(sound.read(first, last - first), first, window.speech)
        return None if piece.is_too_short else self._decoder.opened(piece, language)

    def _heard(self, opened: Opened | None, window: Window, options: TranscriptionOptions) -> Heard | None:
        if opened is None:
            return None
        heard = self._decoder.decode(opened, options)
        if not options.vad:
            return heard

        def read_again(part: Stretch) -> Segments:
            return self._decoder.decode_again(opened.piece.part(part), options, heard.language)

        return replace(heard, segments=guarded(heard.segments, _sure(window.speech), read_again))

    def _with_language(self, start: WindowCursor, options: TranscriptionOptions) -> WindowCursor:
        """`start` with the language that is asked for. Raises `Invalid` if the model has not got it."""
        if not self._model.model.is_multilingual:
            if options.task is Task.TRANSLATE or options.language not in {None, "en"}:
                raise Invalid(
                    f"The model {self._name} knows English only and cannot translate; "
                    "choose one without '.en' in its name.",
                    field="model",
                )
            return replace(start, language="en", language_probability=None)
        if options.language is None:
            return start
        if self._model.hf_tokenizer.token_to_id(f"<|{options.language}|>") is None:
            raise Invalid(
                f"The model {self._name} does not know the language {options.language!r}; "
                "choose a larger model.",
                field="language",
            )
        return replace(start, language=options.language, language_probability=None)


def _cutting(options: TranscriptionOptions) -> Cutting:
    return WINDOWS_OF_ONE_LANGUAGE if options.multilingual else FULL_WINDOWS


def _is_settled(cursor: WindowCursor, options: TranscriptionOptions) -> bool:
    """Whether the next window can begin before this one's language is known."""
    return options.multilingual or cursor.knows_language


def _language_for(cursor: WindowCursor, options: TranscriptionOptions) -> str | None:
    """The language of the next window once that is settled, None to have it detected."""
    if options.multilingual and cursor.language_probability is not None:
        return None
    return cursor.language


def _recognized(
    window: Window, hearing: Future[Heard | None], cursor: WindowCursor, options: TranscriptionOptions
) -> RecognizedWindow:
    heard = hearing.result()
    following = replace(cursor, index=cursor.index + 1, sample=window.end)
    if not options.multilingual:
        following = _with_detected(following, heard)
    return RecognizedWindow(
        window.start / SAMPLE_RATE_HZ,
        window.end / SAMPLE_RATE_HZ,
        heard.segments if heard else (),
        following,
        # With the detector off, every sound counts as speech, so nothing can be said about it.
        _sure(window.speech) if options.vad else None,
    )


def _with_detected(cursor: WindowCursor, found: Heard | Opened | None) -> WindowCursor:
    """The surest guess so far is the recording's language."""
    probability = (found.language_probability if found else None) or 0.0
    if found is None or probability <= (cursor.language_probability or 0.0):
        return cursor
    return replace(cursor, language=found.language, language_probability=round(probability, 4))


def _sure(spans: tuple[Span, ...]) -> tuple[Stretch, ...]:
    """Where somebody certainly speaks, in seconds."""
    return tuple(
        Stretch(span.start / SAMPLE_RATE_HZ, span.end / SAMPLE_RATE_HZ) for span in spans if span.sure
    )


def _loaded(setup: EngineSetup, at_once: int) -> Any:
    from ctranslate2 import get_supported_compute_types  # noqa: PLC0415 - heavy, child only
    from faster_whisper import WhisperModel  # noqa: PLC0415

    directory = setup.model_directory
    # The library would fetch what is missing from the hub: nothing phones home.
    if directory is None or not all((directory / name).is_file() for name in _FILES):
        raise Unavailable(
            f"The model {setup.model} is not complete in {directory}; "
            f"get it with: surtitle models pull {setup.model}"
        )
    supported = get_supported_compute_types(setup.device)
    if setup.compute_type not in supported:
        raise Invalid(
            f"The {setup.device.upper()} of this machine cannot compute in {setup.compute_type}; "
            f"choose one of: {', '.join(kind for kind in ComputeType if kind in supported)}.",
            field="compute_type",
        )
    return WhisperModel(
        str(directory),
        device=setup.device,
        compute_type=setup.compute_type,
        cpu_threads=max(1, setup.threads // at_once),
        num_workers=at_once,
        local_files_only=True,
    )
