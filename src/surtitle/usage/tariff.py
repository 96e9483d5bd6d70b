"""What work costs in credits: one is a minute of sound recognised."""

from surtitle.config import UsageSettings
from surtitle.usage.metering import Work

FILM_RECIPES = frozenset({"film"})
"""Recipes that are paid by the length of what they make, and by the engine that makes it."""

SPEECH_RECIPE = "speech"
"""What `/v1/audio/speech` makes, which is no job: paid by the length of what is made."""

OTHER_ENGINES = "other"
"""The entry of the table for an engine that has none of its own."""


class Tariff:
    """Prices by the installation's settings."""

    def __init__(self, settings: UsageSettings) -> None:
        self._film_credits_a_minute = settings.film_credits_a_minute
        self._speech_credits_a_minute = settings.speech_credits_a_minute

    def credits_for(self, recipe: str, seconds: float, engine: str | None) -> float:
        """The price of `seconds` recognised or, for a film, made by `engine`."""
        return seconds / 60 * self._credits_a_minute(recipe, engine)

    def price(self, work: Work) -> float:
        """What a job costs that goes well."""
        made = work.recipe in FILM_RECIPES or work.recipe == SPEECH_RECIPE
        seconds = work.generated_seconds if made else work.audio_seconds
        return self.credits_for(work.recipe, seconds, work.engine)

    def _credits_a_minute(self, recipe: str, engine: str | None) -> float:
        if recipe == SPEECH_RECIPE:
            return self._speech_credits_a_minute
        if recipe not in FILM_RECIPES:
            return 1.0
        table = self._film_credits_a_minute
        return table.get(engine or OTHER_ENGINES, table.get(OTHER_ENGINES, 1.0))
