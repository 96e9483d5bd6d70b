"""The form of a film: its fields are called as the recipe's options are, with dots where these are grouped.

It has no rule of its own: what a field holds is handed on, and whoever accepts jobs says what cannot be.
"""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field, replace
from typing import Any
from urllib.parse import parse_qsl, urlencode
from uuid import UUID

from surtitle.db.job_models import Job
from surtitle.domain.film_wishes import AUTO, settled_engine
from surtitle.domain.options import FilmJobOptions
from surtitle.errors import Invalid
from surtitle.web.film_words import OWN_VOICE, RECORDING, TEXT

RECORDING_FIELD, SOURCE, PROMPT, IMAGES = "recording", "source", "prompt", "images"

_TICKS = frozenset({"caption_style.karaoke", "caption_style.box"})
_COLOURS = frozenset({"brand.background", "brand.text", "brand.accent"})
_MAY_BE_EMPTY = frozenset(
    {"voice", "language", "duration_seconds", "fps", "model", "writer", "music", "brand.font", "brand.logo"}
)
"""Left empty they are chosen by themselves, whatever a profile has for them."""
_FIELDS = (
    *("prompt", "voice_over", "voice", "language", "speed", "aspect", "resolution", "template", "captions"),
    *("caption_style.position", "caption_style.colour", "caption_style.karaoke_colour"),
    *("caption_style.size_percent", "caption_style.font", "caption_style.karaoke", "caption_style.box"),
    *("brand.background", "brand.text", "brand.accent", "brand.font", "brand.logo"),
    *("music", "duration_seconds", "seed", "fps", "engine", "model", "negative_prompt", "writer"),
)
# What a film is about, or whose files it shows, is nothing to be offered again.
_NOT_KEPT = frozenset(
    {"prompt", "language", "music", "brand.logo", "seed", "negative_prompt", "duration_seconds", "model"}
)
_NEEDS_PICTURES = "picture"
_OF_SPEECH = frozenset({"voice_over", "voice", "speed", "template", "writer"})


@dataclass(frozen=True, slots=True)
class FilmForm:
    """What stands in the form: `values` by the fields' names. What is not ticked is empty."""

    values: Mapping[str, str] = field(default_factory=dict)
    source: str = TEXT
    recording: str = ""
    images: tuple[str, ...] = ()

    @classmethod
    def sent(cls, fields: Iterable[tuple[str, str]]) -> "FilmForm":
        """As a browser sends it; fields that there are not mean nothing."""
        pairs = [(name, value.strip() if name != PROMPT else value) for name, value in fields]
        given = dict(pairs)
        source = given.get(SOURCE, TEXT)
        return cls(
            values={name: _wanted(name, given) for name in _FIELDS},
            source=source if source in {TEXT, RECORDING, OWN_VOICE} else TEXT,
            recording=given.get(RECORDING_FIELD, ""),
            images=tuple(dict.fromkeys(value for name, value in pairs if name == IMAGES and value)),
        )

    @classmethod
    def of_options(cls, options: FilmJobOptions, media_id: UUID | None = None) -> "FilmForm":
        """The form in which these options would have been asked for."""
        kept = options.model_dump(mode="json")
        usual = settled_engine(options.model_copy(update={"engine": AUTO}), listens=media_id is not None)
        if options.engine == usual:
            kept["engine"] = AUTO
        # Which recording speaks is said by the source.
        kept["voice_over"] = "off" if options.voice_over == "off" else "local"
        pictures = [kept["image"], *kept["images"]]
        source = TEXT if media_id is None else RECORDING if not options.prompt else OWN_VOICE
        return cls(
            values={name: _shown(_at(kept, name)) for name in _FIELDS},
            source=source,
            recording=str(media_id or ""),
            images=tuple(dict.fromkeys(str(one) for one in pictures if one)),
        )

    @classmethod
    def of_job(cls, job: Job) -> "FilmForm":
        """What a film was asked for with."""
        return cls.of_options(FilmJobOptions.model_validate(job.options), job.media_id)

    def with_values(self, **changed: str) -> "FilmForm":
        return replace(self, values={**self.values, **changed})

    @property
    def media_id(self) -> UUID | None:
        """The recording that is shown; None where it only lends its voice. Raises `Invalid`."""
        return self._recording if self.source == RECORDING else None

    @property
    def _recording(self) -> UUID:
        try:
            return UUID(self.recording)
        except ValueError:
            raise Invalid("Choose the recording that the film is to be made of.", field="media_id") from None

    @property
    def options(self) -> dict[str, Any]:
        """For the job. Every choice that is shown is named, so that it counts more than any default.

        Raises `Invalid` where a recording is wanted and none is chosen.
        """
        named = {name: value for name, value in self.values.items() if name not in self._unasked}
        if self.source == RECORDING:
            named[PROMPT] = ""
        if self.source == OWN_VOICE:
            named |= {"voice_over": "uploaded", "voice_over_media": str(self._recording)}
        found: dict[str, Any] = {IMAGES: list(self.images), "image": None}
        for name, value in named.items():
            _put(found, name, value)
        return found

    @property
    def look(self) -> str:
        """For the cookie that remembers the choices, without what the film is about."""
        left_out = _NOT_KEPT | self._unasked
        if self.values.get("template") == _NEEDS_PICTURES:
            left_out |= {"template"}
        return urlencode({name: value for name, value in self.values.items() if name not in left_out})

    @property
    def _unasked(self) -> frozenset[str]:
        """What the form does not ask for a film of this source."""
        return _OF_SPEECH if self.source == RECORDING else frozenset()

    def remembering(self, look: str) -> "FilmForm":
        """With the choices that were remembered, as far as they can still be made."""
        told = {name: value for name, value in parse_qsl(look, keep_blank_values=True) if name in _FIELDS}
        remembered = self.with_values(**{n: v for n, v in told.items() if n not in _NOT_KEPT})
        try:
            FilmJobOptions.model_validate({**remembered.options, "voice_over": "local"})
        except ValueError:
            return self
        return remembered


def _wanted(name: str, given: Mapping[str, str]) -> str:
    if name in _COLOURS and not given.get(f"{name}.own"):
        return ""
    return given.get(name, "")


def _shown(value: object) -> str:
    if isinstance(value, bool):
        return "true" if value else ""
    return "" if value is None else f"{value:g}" if isinstance(value, float) else str(value)


def _at(options: Mapping[str, Any], path: str) -> object:
    group, _dot, name = path.rpartition(".")
    return (options[group] if group else options)[name]


def _put(options: dict[str, Any], path: str, value: str) -> None:
    """What is empty is left out, so that the recipe's own default stands, or is named as nothing."""
    group, _dot, name = path.rpartition(".")
    place = options.setdefault(group, {}) if group else options
    if path in _TICKS:
        place[name] = bool(value)
    elif value.strip():
        place[name] = value
    elif path in _MAY_BE_EMPTY or path in _COLOURS:
        place[name] = None
