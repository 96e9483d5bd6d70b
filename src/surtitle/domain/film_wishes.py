"""What follows from the options of a film before any work is done. Pure."""

from uuid import UUID

from surtitle.domain.options import FilmJobOptions

AUTO = "auto"
STORYBOARD = "storyboard"
AUDIOGRAM = "audiogram"

# A calm narrator: measured on the voices that come with Surtitle, 140 to 165 words a minute.
_WORDS_A_SECOND = 2.5
# Scripts without spaces between words: syllables.
_UNSPACED_LETTERS_A_SECOND = 4.5
_FIRST_UNSPACED = "\u2e80"
_PAUSES_SHARE = 0.15
_SHORTEST_SECONDS = 4.0
_ASPECTS = {"16:9": (16, 9), "9:16": (9, 16), "1:1": (1, 1)}


def settled_engine(options: FilmJobOptions, *, listens: bool) -> str:
    """The engine by its name: `auto` is `storyboard` for a prompt and `audiogram` for a recording alone."""
    if options.engine != AUTO:
        return options.engine
    return AUDIOGRAM if listens and not options.prompt else STORYBOARD


def pictures_of(options: FilmJobOptions) -> tuple[UUID, ...]:
    """The pictures to show, the one to begin with first."""
    first = (options.image,) if options.image is not None else ()
    return tuple(dict.fromkeys((*first, *options.images)))


def further_media_of(options: FilmJobOptions) -> dict[str, UUID]:
    """What a film names beside its recording, by the path of the option that names it."""
    named: dict[str, UUID | None] = {"options.image": options.image}
    named |= {f"options.images.{place}": media_id for place, media_id in enumerate(options.images)}
    named |= {"options.brand.logo": options.brand.logo, "options.music": options.music}
    return {field: media_id for field, media_id in named.items() if media_id is not None}


def picture_size(options: FilmJobOptions) -> tuple[int, int]:
    """Width and height as they were asked for, even, as H.264 wants them."""
    side = int(options.resolution.removesuffix("p"))
    across, down = _ASPECTS[options.aspect]
    shorter = min(across, down)
    width, height = (round(side * share / shorter / 2) * 2 for share in (across, down))
    return width, height


def expected_seconds(options: FilmJobOptions, recording_seconds: float) -> float:
    """How long the film will be, as well as can be told before it is spoken."""
    if recording_seconds > 0:
        return recording_seconds
    spoken = spoken_seconds(options.prompt or "") / options.speed
    return max(options.duration_seconds or _SHORTEST_SECONDS, spoken)


def spoken_seconds(text: str) -> float:
    """How long it takes to say, with the pauses between sentences, at natural speed."""
    unspaced = sum(character >= _FIRST_UNSPACED and character.isalpha() for character in text)
    words = len(text.split())
    seconds = words / _WORDS_A_SECOND + unspaced / _UNSPACED_LETTERS_A_SECOND
    return seconds * (1 + _PAUSES_SHARE)
