"""What can be known to be impossible before a job is accepted."""

from surtitle.db.models import Media, StoredTranscript
from surtitle.domain.options import (
    CaptionedVideoJobOptions,
    FilmJobOptions,
    MeetingJobOptions,
    Options,
    TranscriptionOptions,
)
from surtitle.domain.recipes import Recipe
from surtitle.engines.models import EngineChooser
from surtitle.engines.registry import Capability, EngineSpec
from surtitle.engines.writing import Writers
from surtitle.errors import Invalid
from surtitle.media.probe import AudioTrack, Probe, require_separate_channels, require_sound
from surtitle.pipelines.film.checks import FilmChecks
from surtitle.pipelines.transcription.selection import EngineSelector


class JobChecks:
    """The `CheckJob` of the job service."""

    def __init__(
        self,
        selector: EngineSelector,
        chooser: EngineChooser,
        writers: Writers,
        films: FilmChecks | None = None,
    ) -> None:
        self._selector = selector
        self._chooser = chooser
        self._writers = writers
        self._films = films

    def __call__(
        self, recipe: Recipe, options: Options, media: Media | None, text: StoredTranscript | None
    ) -> None:
        """Raise `Invalid` for options or media that the recipe's steps could never work with.

        With a `text` no words are listened for: a recording is needed only to draw captions on, and to tell
        its speakers apart.
        """
        if isinstance(options, FilmJobOptions) and self._films is not None:
            self._films(options, media, has_text=text is not None)
            return
        if text is None:
            self._check_hearing(recipe, options, media)
        else:
            _require_video_for_captions(options, media)
        if isinstance(options, MeetingJobOptions):
            self._check_meeting(options, media)

    def _check_hearing(self, recipe: Recipe, options: Options, media: Media | None) -> None:
        if media is None:
            raise Invalid(
                f"Recipe {recipe.name!r} needs a recording. Upload it with `POST /api/media`, then give "
                "its id as media_id.",
                field="media_id",
            )
        probe = Probe.model_validate(media.probe)
        if isinstance(options, TranscriptionOptions):
            require_sound(probe, options.audio_track)
            self._selector.check(options)
        _require_picture(options, probe)

    def _check_meeting(self, options: MeetingJobOptions, media: Media | None) -> None:
        if options.minutes.enabled:
            self._writers.named(options.minutes.writer)
        if options.diarization.enabled:
            engine = self._diarizer(options.diarization.engine)
            track = _require_voices(media, options.audio_track)
            if options.diarization.channels == "separate":
                _require_channels(engine)
                require_separate_channels(track.channels)

    def _diarizer(self, name: str | None) -> EngineSpec:
        try:
            self._chooser.check(Capability.DIARIZER, name)
            return self._chooser.spec_for(Capability.DIARIZER, name)
        except Invalid as error:
            raise Invalid(error.message, field="options.diarization.engine") from error


def _require_voices(media: Media | None, track: int | None) -> AudioTrack:
    if media is None:
        raise Invalid(
            "The transcript has no recording in which speakers could be told apart. Give the recording's "
            'media_id too, or leave that step out: "diarization": {"enabled": false}.',
            field="media_id",
        )
    return require_sound(Probe.model_validate(media.probe), track)


def _require_channels(engine: EngineSpec) -> None:
    if not engine.hears_channels:
        raise Invalid(
            f"The engine {engine.name!r} hears mixed channels only. Leave channels at 'mixed', or choose "
            "another engine, such as 'local'.",
            field="options.diarization.channels",
        )


def _require_video_for_captions(options: Options, media: Media | None) -> None:
    if not isinstance(options, CaptionedVideoJobOptions):
        return
    if media is None:
        raise Invalid(
            "The transcript has no recording to put captions on. Give the video's media_id too, or use the "
            "recipe 'subtitles'.",
            field="media_id",
        )
    _require_picture(options, Probe.model_validate(media.probe))


def _require_picture(options: Options, probe: Probe) -> None:
    burned = isinstance(options, CaptionedVideoJobOptions) and options.video.captions == "burned"
    if burned and probe.video is None:
        raise Invalid(
            "The recording has no picture to draw captions on. Use the recipe 'subtitles', or ask for "
            "captions 'soft' in an mkv.",
            field="options.video.captions",
        )
