"""A film cut into the clips of which a generative model draws one at a time.

Such models draw a few seconds. A longer film is several clips, cut where scenes change, each asked for by
the words of its own scenes.
"""

import math
from collections.abc import Sequence
from dataclasses import dataclass

from surtitle.domain.films import FilmRequest, Scene, Shot

# Text encoders of these models read 128 to 512 tokens; servers refuse more than about 2,000 characters.
_PROMPT_CHARACTERS = 1500
# Rounding of scene times must not make a clip of its own.
_SLACK_SECONDS = 1e-6


@dataclass(frozen=True, slots=True)
class Clip:
    """One piece of the film, `seconds` long."""

    prompt: str
    seconds: float
    seed: int


def clips_of(request: FilmRequest, longest_seconds: float) -> tuple[Clip, ...]:
    """The clips that make up the film, none longer than `longest_seconds`; the same for the same request."""
    if request.duration_seconds <= longest_seconds + _SLACK_SECONDS:
        return (Clip(_cut(request.prompt), request.duration_seconds, request.seed),)
    clips: list[Clip] = []
    for start, end, prompt in _stretches(request, longest_seconds):
        count = math.ceil((end - start) / longest_seconds - _SLACK_SECONDS)
        for _ in range(count):
            # Another seed each time, or every clip would begin with the same noise.
            clips.append(Clip(prompt, (end - start) / count, (request.seed + len(clips)) % 2**32))
    return tuple(clips)


def _stretches(request: FilmRequest, longest: float) -> list[tuple[float, float, str]]:
    """Scenes in a row that fit into one clip, as start, end and what is asked for."""
    groups: list[list[Shot]] = []
    for shot in _shots_to_the_end(request):
        if groups and shot.end_seconds - groups[-1][0].start_seconds <= longest + _SLACK_SECONDS:
            groups[-1].append(shot)
        else:
            groups.append([shot])
    return [(group[0].start_seconds, group[-1].end_seconds, _prompt(group, request)) for group in groups] or [
        (0.0, request.duration_seconds, _cut(request.prompt))
    ]


def _shots_to_the_end(request: FilmRequest) -> list[Shot]:
    """The shots without gaps between them, from the film's beginning to its end."""
    shots = [shot for shot in request.shots if shot.start_seconds < request.duration_seconds]
    edges = [0.0, *(shot.start_seconds for shot in shots[1:]), request.duration_seconds]
    return [Shot(shot.scene, edges[number], edges[number + 1]) for number, shot in enumerate(shots)]


def _prompt(group: Sequence[Shot], request: FilmRequest) -> str:
    told = " ".join(filter(None, (_words(shot.scene) for shot in group)))
    return _cut(told or request.prompt)


def _words(scene: Scene) -> str:
    return scene.narration or ". ".join(filter(None, (scene.heading, *scene.lines)))


def _cut(prompt: str) -> str:
    """The beginning of a prompt that is too long, to the last whole word."""
    text = " ".join(prompt.split())
    if len(text) <= _PROMPT_CHARACTERS:
        return text
    return text[:_PROMPT_CHARACTERS].rsplit(" ", 1)[0]
