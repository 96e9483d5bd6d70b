"""Which engine speaks a language, with which voice.

chosen = await asyncio.to_thread(chooser.setup_for, "fr", options.engine, options.voice)
spoken = await host.synthesize(chosen.setup, text, voice=chosen.voice, ...)
"""

from collections.abc import Iterator
from dataclasses import dataclass

from surtitle.config import Settings
from surtitle.domain.languages import language_name
from surtitle.engines.espeak import HOW_TO_INSTALL, espeak_is_here
from surtitle.engines.models import Hardware, ModelStore
from surtitle.engines.models.errors import ModelNotInstalled
from surtitle.engines.protocols import Endpoint, EngineSetup
from surtitle.engines.registry import Capability, EngineRegistry, EngineSpec
from surtitle.engines.voices import VoiceEntry, voices_of
from surtitle.errors import Invalid, SurtitleError, Unavailable

AUTO = "auto"
BY_QUALITY = ("hibari", "kokoro", "espeak")
"""What `auto` tries in turn. None of these sends a text anywhere."""

KOKORO, ESPEAK = "kokoro", "espeak"


class NoVoice(Unavailable):
    """Nothing that is installed speaks the language."""

    slug = "no-voice"
    passing = False

    def __init__(self, language: str, remedy: str) -> None:
        super().__init__(
            f"No voice that speaks {language_name(language)} is installed. {remedy}",
            field="language",
            language=language,
        )


@dataclass(frozen=True, slots=True)
class ChosenVoice:
    """An engine that is ready to speak `language`, and the voice to ask it for."""

    setup: EngineSetup
    voice: str | None
    language: str


@dataclass(frozen=True, slots=True)
class ListedVoice:
    """A voice that can be asked for. `is_here`: nothing has to be installed for it."""

    engine: str
    name: str
    language: str | None
    summary: str
    is_here: bool


class SpeakerChooser:
    """Settles engine and voice. Blocking: it looks at the disk, and fetches a model that was asked for."""

    def __init__(
        self, settings: Settings, registry: EngineRegistry, models: ModelStore, hardware: Hardware
    ) -> None:
        self._settings = settings
        self._registry = registry
        self._models = models
        self._hardware = hardware

    def setup_for(self, language: str, engine: str | None = None, voice: str | None = None) -> ChosenVoice:
        """Who speaks `language` (ISO 639-1). A voice that is named decides the engine where none is.

        Without either nothing is fetched: the best engine that is here is taken. Raises `Invalid` for an
        engine or voice that does not exist or speaks another language, `NoVoice`, and `Unavailable` when
        the engine that was asked for cannot be had.
        """
        spec = self._spec(language, engine, voice)
        chosen = self._voice(spec, language, voice)
        return ChosenVoice(self._setup(spec), chosen, language)

    def check(self, language: str, engine: str | None = None, voice: str | None = None) -> None:
        """As `setup_for`, fetching nothing: an engine whose model can be fetched passes."""
        spec = self._spec(language, engine, voice)
        self._voice(spec, language, voice)
        self._endpoint(spec)

    def check_voice(self, language: str, voice: str) -> None:
        """Refuse a voice that does not exist or does not speak `language` (`Invalid`), wherever it would be
        asked: the models may be on another machine.
        """
        wanted = self._settings.speech.engine
        named = self._registry.named(wanted, Capability.SYNTHESIZER) if wanted != AUTO else None
        self._voice(named or self._spec_with(language, voice), language, voice)

    def language_of(self, voice: str, engine: str | None = None) -> str | None:
        """The language that a voice speaks; None for one that speaks any, or that nobody knows."""
        found = [
            entry for spec, entry in self._entries() if entry.name == voice and engine in {None, spec.name}
        ]
        return found[0].language if found else None

    def voices(self) -> tuple[ListedVoice, ...]:
        """All that can be asked for, by engine, the best engine first."""
        here = {spec.name: self._why_not(spec) is None for spec in self._specs()}
        return tuple(
            ListedVoice(spec.name, entry.name, entry.language, entry.summary, here[spec.name])
            for spec, entry in self._entries()
        )

    def for_slots(self, slots: int) -> "SpeakerChooser":
        """The same for one of so many slots that share the machine's cores and memory."""
        hardware = self._hardware.shared_by(slots)
        return SpeakerChooser(self._settings, self._registry, self._models, hardware)

    def _spec(self, language: str, engine: str | None, voice: str | None) -> EngineSpec:
        wanted = engine or self._settings.speech.engine
        if wanted != AUTO:
            return self._registry.named(wanted, Capability.SYNTHESIZER)
        for name in BY_QUALITY:
            spec = self._registry.named(name, Capability.SYNTHESIZER)
            if self._speaks(spec, language, voice) and self._why_not(spec) is None:
                return spec
        if voice is not None:
            # Asked for by name: that is worth fetching a model.
            return self._spec_with(language, voice)
        raise NoVoice(language, self._remedy(language))

    def _spec_with(self, language: str, voice: str) -> EngineSpec:
        """The best engine that has `voice`, one where it speaks `language` before others."""
        known = [spec for spec, entry in self._entries() if entry.name == voice]
        if not known:
            raise Invalid(
                f"There is no voice {voice[:60]!r}; `surtitle speak --voices` lists those that there are.",
                field="voice",
            )
        return next((spec for spec in known if self._speaks(spec, language, voice)), known[0])

    def _speaks(self, spec: EngineSpec, language: str, voice: str | None) -> bool:
        return any(
            entry.language in {None, language} and voice in {None, entry.name} for entry in voices_of(spec)
        )

    def _voice(self, spec: EngineSpec, language: str, voice: str | None) -> str | None:
        entries = voices_of(spec)
        if spec.any_model or not entries:
            return voice or (self._settings.speech.voice if spec.needs_endpoint else None)
        fit = [entry for entry in entries if entry.language in {None, language}]
        if voice is None and fit:
            return fit[0].name
        if any(entry.name == voice for entry in fit):
            return voice
        raise Invalid(self._unfit(spec, language, voice, entries), field="voice" if voice else "language")

    def _unfit(
        self, spec: EngineSpec, language: str, voice: str | None, entries: tuple[VoiceEntry, ...]
    ) -> str:
        speaks = {entry.name: entry.language for entry in entries}
        name = language_name(language)
        if voice in speaks:
            return (
                f"The voice {voice} speaks {language_name(speaks[voice] or '')}, not {name}. Leave one out."
            )
        fit = ", ".join(entry.name for entry in entries if entry.language == language)
        if fit:
            return f"The engine {spec.name} has no voice {(voice or '')[:60]!r}; for {name} it has: {fit}."
        languages = ", ".join(dict.fromkeys(entry.language or "any" for entry in entries))
        return f"The engine {spec.name} does not speak {name}; it speaks: {languages}. Choose another engine."

    def _why_not(self, spec: EngineSpec) -> SurtitleError | None:
        """What keeps an engine from speaking at once; None for one that is ready."""
        try:
            if spec.needs_model:
                self._models.path(spec.model)
            self._endpoint(spec)
        except SurtitleError as error:
            return error
        # Kokoro reads English by itself; for its other languages it needs espeak-ng's phonemes.
        if spec.name in {KOKORO, ESPEAK} and not espeak_is_here():
            return Unavailable(f"espeak-ng is not installed. {HOW_TO_INSTALL}")
        return None

    def _remedy(self, language: str) -> str:
        kokoro = self._registry.named(KOKORO, Capability.SYNTHESIZER)
        if self._speaks(kokoro, language, None):
            missing = isinstance(self._why_not(kokoro), ModelNotInstalled)
            pull = (
                f"Fetch the voices of Kokoro with `surtitle models pull {kokoro.model}`." if missing else ""
            )
            return " ".join(part for part in (pull, "" if espeak_is_here() else HOW_TO_INSTALL) if part)
        if self._speaks(self._registry.named(ESPEAK, Capability.SYNTHESIZER), language, None):
            return HOW_TO_INSTALL
        return "Name a server that speaks it (SURTITLE_SPEECH__URL) and the engine `openai-speech`."

    def _setup(self, spec: EngineSpec) -> EngineSetup:
        return EngineSetup(
            engine=spec.name,
            model=self._settings.speech.model if spec.needs_endpoint else spec.model,
            model_directory=self._models.pull(spec.model) if spec.needs_model else None,
            device="cpu",
            compute_type="float32",
            threads=self._settings.engines.threads or self._hardware.cpu_cores,
            endpoint=self._endpoint(spec),
        )

    def _endpoint(self, spec: EngineSpec) -> Endpoint | None:
        if not spec.needs_endpoint:
            return None
        told = self._settings.speech
        if told.url is None:
            raise Unavailable(
                f"The engine {spec.name!r} asks a server, and none is named: set SURTITLE_SPEECH__URL, for "
                "example to https://speech.example.org/v1."
            )
        key = told.api_key.get_secret_value() if told.api_key else None
        return Endpoint(told.url, key, told.timeout_seconds)

    def _entries(self) -> Iterator[tuple[EngineSpec, VoiceEntry]]:
        for spec in self._specs():
            yield from ((spec, entry) for entry in voices_of(spec))

    def _specs(self) -> list[EngineSpec]:
        specs = [spec for spec in self._registry.specs if spec.capability is Capability.SYNTHESIZER]
        rank = {name: place for place, name in enumerate(BY_QUALITY)}
        return sorted(specs, key=lambda spec: (rank.get(spec.name, len(rank)), spec.name))
