"""What a video engine can draw, read without importing the engine."""

import pkgutil

from surtitle.domain.films import FilmRules
from surtitle.engines.registry import EngineSpec
from surtitle.errors import Unavailable


def rules_of(spec: EngineSpec) -> FilmRules:
    """The rules that `spec` names; the usual ones where it names none. Raises `Unavailable`."""
    if spec.film_rules is None:
        return FilmRules(from_prompt=True)
    try:
        rules = pkgutil.resolve_name(spec.film_rules)
    except (ImportError, AttributeError) as error:
        raise Unavailable(
            f"The engine {spec.name!r} is installed and its rules cannot be read: {error}.", engine=spec.name
        ) from error
    assert isinstance(rules, FilmRules), f"{spec.film_rules} is no FilmRules"
    return rules
