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
from surtitle.engines.writing import Writers
from surtitle.errors import Invalid
from surtitle.media.probe import Probe, require_sound
from surtitle.pipelines.film.checks import FilmChecks
from surtitle.pipelines.transcription.selection import EngineSelector


class JobChecks:
    """The `CheckJob` of the job service."""

    def __init__(self, selector: EngineSelector, writers: Writers, films: FilmChecks | None = None) -> None:
        self._selector = selector
        self._writers = writers
        self._films = films

    def __call__(
        self, recipe: Recipe, options: Options, media: Media | None, text: StoredTranscript | None
    ) -> None:
        """Raise `Invalid` for options or media that the recipe's steps could never work with.

        With a `text` nothing is listened to: a recording is needed only to draw captions on.
        """
        if isinstance(options, FilmJobOptions) and self._films is not None:
            self._films(options, media, has_text=text is not None)
            return
        if isinstance(options, MeetingJobOptions) and options.minutes.enabled:
            self._writers.named(options.minutes.writer)
        if text is not None:
            _require_video_for_captions(options, media)
            return
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
