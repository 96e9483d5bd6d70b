"""What of a film can be known to be impossible before it is accepted."""

from surtitle.config import FilmSettings
from surtitle.db.models import Media
from surtitle.domain.film_wishes import pictures_of
from surtitle.domain.options import FilmJobOptions
from surtitle.engines.film_rules import rules_of
from surtitle.engines.models import EngineChooser
from surtitle.engines.registry import Capability, EngineRegistry, EngineSpec
from surtitle.engines.writing import Writers
from surtitle.errors import Invalid
from surtitle.media.probe import Probe, require_sound
from surtitle.pipelines.film.errors import NothingToTell
from surtitle.pipelines.film.fitting import Fitted, fitted, require_drawn_whole
from surtitle.pipelines.film.script.language import language_told
from surtitle.pipelines.film.script.text import is_sayable
from surtitle.pipelines.speech.choosing import SpeakerChooser


class FilmChecks:
    """Looks at a film's options, which name their engine by now."""

    def __init__(
        self,
        settings: FilmSettings,
        registry: EngineRegistry,
        writers: Writers,
        chooser: EngineChooser | None = None,
        speakers: SpeakerChooser | None = None,
    ) -> None:
        self._settings = settings
        self._registry = registry
        self._writers = writers
        self._chooser = chooser
        self._speakers = speakers

    def __call__(self, options: FilmJobOptions, recording: Media | None, *, has_text: bool = False) -> Fitted:
        """What the film will be. `has_text`: a transcript is told. Raises `Invalid`, or `Unavailable` for an
        engine that lacks its key.
        """
        spec = self._registry.named(options.engine, Capability.VIDEO_ENGINE)
        if recording is None and has_text:
            raise Invalid(
                "The transcript has no recording to hear in the film. Give the recording's media_id, or the "
                "text as prompt.",
                field="media_id",
            )
        if recording is not None:
            require_sound(Probe.model_validate(recording.probe))
            _require_length(recording, spec)
        _require_subject(options, spec, listens=recording is not None)
        _require_model(options, spec)
        if self._chooser is not None:
            # A missing key, or a model that nobody may ask for, is told before anything is spoken.
            self._chooser.check(Capability.VIDEO_ENGINE, options.engine, options.model)
            has_picture = bool(pictures_of(options))
            self._chooser.check_picture(options.engine, options.model, has_picture=has_picture)
        self._writers.named(options.writer)
        if recording is None and options.voice_over != "off":
            self._check_voice(options)
        _require_fonts(options)
        return self.fitted(options)

    def engines(self) -> tuple[EngineSpec, ...]:
        """Those that a film can be asked of here: one without its key or its model is none."""
        kind, chooser = Capability.VIDEO_ENGINE, self._chooser
        found = [spec for spec in self._registry.specs if spec.capability is kind]
        if chooser is None:
            return tuple(spec for spec in found if not (spec.needs_endpoint or spec.needs_pipeline))
        return tuple(spec for spec in found if chooser.is_set_up(kind, spec.name))

    def _check_voice(self, options: FilmJobOptions) -> None:
        if self._speakers is None or options.voice is None:
            return
        try:
            self._speakers.check_voice(language_told(options, options.prompt or ""), options.voice)
        except Invalid as error:
            raise Invalid(error.message, field="options.voice") from error

    def fitted(self, options: FilmJobOptions) -> Fitted:
        """The picture that the engine will draw, and how it differs from the wish. Raises `Invalid`."""
        spec = self._registry.named(options.engine, Capability.VIDEO_ENGINE)
        return fitted(options, rules_of(spec), self._settings.largest)


def _require_fonts(options: FilmJobOptions) -> None:
    wanted = {"options.brand.font": options.brand.font}
    if options.captions == "burned":
        wanted["options.caption_style.font"] = options.caption_style.font
    for field, family in wanted.items():
        if family is not None and not _is_installed(family):
            raise Invalid(
                f"The font {family!r} is not installed. Choose another family, or leave it out; an "
                "administrator installs one where the server and its workers run.",
                field=field,
            )


def _is_installed(family: str) -> bool:
    try:
        from surtitle.pipelines.film.drawing.fonts import is_installed  # noqa: PLC0415 - loads Skia
    except ImportError:
        # Nothing here can tell; where the film is drawn, another font is taken and that is told.
        return True
    return is_installed(family)


def _require_length(recording: Media, spec: EngineSpec) -> None:
    seconds = recording.duration_seconds
    require_drawn_whole("The recording lasts", seconds, spec.name, rules_of(spec), field="media_id")


def _require_subject(options: FilmJobOptions, spec: EngineSpec, *, listens: bool) -> None:
    rules = rules_of(spec)
    if options.prompt is not None and not is_sayable(options.prompt):
        raise NothingToTell
    if options.prompt is None and not listens:
        raise Invalid("A film needs a prompt, or a recording: give prompt or media_id.", field="prompt")
    if options.prompt is None and not rules.from_sound:
        raise Invalid(
            f"The engine {spec.name!r} draws from a prompt, and there is only a recording. Give a prompt "
            "too, or choose the engine 'audiogram'.",
            field="prompt",
        )
    if not rules.from_prompt and not listens and options.voice_over == "off":
        raise Invalid(
            f"The engine {spec.name!r} draws what is heard, and nobody speaks. Leave voice_over on, or "
            "give a recording as media_id.",
            field="options.voice_over",
        )
    if options.template == "picture" and not (options.image or options.images):
        raise Invalid(
            "The template 'picture' shows pictures of yours: give their media ids as images.",
            field="options.images",
        )


def _require_model(options: FilmJobOptions, spec: EngineSpec) -> None:
    if options.model not in {None, spec.model} and not spec.any_model:
        raise Invalid(f"The engine {spec.name!r} has no models to choose from.", field="options.model")
