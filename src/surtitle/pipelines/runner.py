"""Runs the steps of a job's recipe, each once, beginning after the last one that was finished."""

import logging
import time
from collections.abc import Mapping
from typing import Any

from surtitle.domain.jobs import StepState
from surtitle.domain.options import Options
from surtitle.domain.recipes import Recipe, StepName, StepSpec, is_on, parse_options, recipe_named
from surtitle.errors import Away, SurtitleError
from surtitle.jobs.errors import LeaseLost
from surtitle.jobs.pace import usual_pace
from surtitle.jobs.run_told import step_run
from surtitle.jobs.work import JobWork, SavedStep
from surtitle.jobs.worker import RunJob
from surtitle.pipelines.step import Step, StepContext

log = logging.getLogger(__name__)

_FINISHED = frozenset({StepState.DONE, StepState.FAILED})


class RecipeRunner:
    """Joins steps to recipes. `tries` is how often a passing fault of an optional step is tried; `run_part`
    does jobs that are parts of others, which have no steps.
    """

    def __init__(self, steps: Mapping[StepName, Step], tries: int, run_part: RunJob | None = None) -> None:
        self._steps = steps
        self._tries = tries
        self._run_part = run_part

    async def run(self, work: JobWork) -> dict[str, Any]:
        """Do what is left of the job; returns what its `completed` event tells."""
        if work.job.parent_id is not None and self._run_part is not None:
            return await self._run_part(work)
        recipe = recipe_named(work.job.recipe)
        saved = await work.steps()
        options = parse_options(recipe, work.job.options)
        shares = _shares(recipe, work.job.options, await usual_pace(work))
        for spec in recipe.steps:
            if saved[spec.name].state not in _FINISHED:
                await self._run_step(work, options, spec, saved[spec.name], shares[spec.name])
        made = [artifact.name for artifact in await work.artifacts() if artifact.kind == "result"]
        transcript_id = work.job.transcript_id
        return {
            "recipe": recipe.name,
            "artifacts": made,
            "transcript_id": str(transcript_id) if transcript_id else None,
        }

    async def _run_step(
        self, work: JobWork, options: Options, spec: StepSpec, saved: SavedStep, share: tuple[float, float]
    ) -> None:
        context = StepContext(work, spec.name, options, *share, cursor=saved.cursor)
        began = time.monotonic()
        await work.begin_step(spec.name)
        try:
            with step_run(spec.name):
                await self._steps[spec.name].run(context)
        except (LeaseLost, Away):
            raise
        except Exception as error:
            foreseen = isinstance(error, SurtitleError)
            may_pass = error.passing if isinstance(error, SurtitleError) else True
            if not spec.optional or (may_pass and work.attempt < self._tries):
                raise
            log.warning("job %s goes on without its step %s", work.id, spec.name, exc_info=not foreseen)
            await work.give_up_step(spec.name, _told(error))
        else:
            await work.end_step(spec.name, time.monotonic() - began)


def _told(error: Exception) -> str:
    """Why a step was given up, as a person reads it."""
    if isinstance(error, SurtitleError):
        return error.message
    # What the jobs done before it made is worth more than the fault that nobody foresaw.
    return (
        f"Something failed that should not ({type(error).__name__}). The worker's log has the details; what "
        "was done before it is kept."
    )


def _shares(
    recipe: Recipe, options: Mapping[str, Any], pace: Mapping[str, float]
) -> dict[StepName, tuple[float, float]]:
    """Each step's stretch of the job's progress, by its share of the time: as this project's last jobs took
    it (`pace`), or the usual one while not every step that it takes has been measured.
    """
    weights = {step.name: step.weight if is_on(options, step.name) else 0.0 for step in recipe.steps}
    done = [name for name, weight in weights.items() if weight]
    if all(name in pace for name in done):
        weights |= {name: pace[name] for name in done}
    # A step that takes no time at all still has its place.
    total = sum(weights.values()) or 1.0
    shares, begin = {}, 0.0
    for name, weight in weights.items():
        end = begin + weight / total
        shares[name] = (begin, end)
        begin = end
    return shares
