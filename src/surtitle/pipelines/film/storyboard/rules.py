"""What the storyboard can draw."""

from surtitle.domain.films import FilmRules

RULES = FilmRules(
    from_prompt=True, draws_captions=True, longest_seconds=3600.0, uses_pictures=20, previews=True
)
