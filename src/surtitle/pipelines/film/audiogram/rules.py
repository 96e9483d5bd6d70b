"""What the audiogram can draw."""

from surtitle.domain.films import FilmRules

RULES = FilmRules(
    from_sound=True, draws_captions=True, longest_seconds=4 * 3600.0, uses_pictures=1, previews=True
)
