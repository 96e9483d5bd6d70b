"""Options that a job has where its request names none: a profile's, then a project's. Pure.

Kept by recipe: `{"subtitles": {"language": "fr", "subtitles": {"max_lines": 1}}}`.
"""

from collections.abc import Iterator, Mapping, Sequence
from copy import deepcopy
from typing import Any

from pydantic import ValidationError

from surtitle.domain.recipes import Recipe, parse_options, recipe_named
from surtitle.errors import Invalid

_Path = tuple[str, ...]


def checked_default_options(wanted: Mapping[str, Any]) -> dict[str, Any]:
    """`wanted` as it is stored. Raises `Invalid` for a recipe or an option that there is not."""
    for name, options in wanted.items():
        recipe = recipe_named(name)
        if not isinstance(options, dict):
            raise Invalid(
                f"The default options of {name!r} must be an object, for example {{'language': 'fr'}}.",
                field=f"default_options.{name}",
            )
        parse_options(recipe, options)
    return dict(wanted)


def filled_in(recipe: Recipe, wanted: Mapping[str, Any], *defaults: Mapping[str, Any]) -> dict[str, Any]:
    """The options `wanted` of a job, and from `defaults`, the nearest first, what they do not name.

    Each of `defaults` is kept by recipe. What is named stays, null too; a default that contradicts
    it (a language, where `multilingual` is asked for) or that this version does not know gives way.
    """
    merged = deepcopy(dict(wanted))
    for kept in defaults:
        merged = _below(recipe, merged, list(_leaves(kept.get(recipe.name, {}))))
    return merged


def _below(recipe: Recipe, named: dict[str, Any], defaults: Sequence[tuple[_Path, Any]]) -> dict[str, Any]:
    """`named` with all `defaults`; where they do not go together, with each one that goes."""
    whole = named
    for path, value in defaults:
        whole = _with(whole, path, value)
    if _is_valid(recipe, whole):
        return whole
    for path, value in defaults:
        candidate = _with(named, path, value)
        if _is_valid(recipe, candidate):
            named = candidate
    return named


def _leaves(options: Mapping[str, Any], above: _Path = ()) -> Iterator[tuple[_Path, Any]]:
    for name, value in options.items():
        if isinstance(value, dict):
            yield from _leaves(value, (*above, name))
        else:
            yield (*above, name), value


def _with(options: Mapping[str, Any], path: _Path, value: Any) -> dict[str, Any]:
    """A copy that holds `value` at `path`, unless something is there already."""
    copy = deepcopy(dict(options))
    group: Any = copy
    for name in path[:-1]:
        group = group.setdefault(name, {})
        if not isinstance(group, dict):
            return copy
    group.setdefault(path[-1], value)
    return copy


def _is_valid(recipe: Recipe, options: Mapping[str, Any]) -> bool:
    try:
        recipe.options.model_validate(options)
    except ValidationError:
        return False
    return True
