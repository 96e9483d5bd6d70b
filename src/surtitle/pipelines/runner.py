"""Runs the steps of a job's recipe, each once, beginning after the last one that was finished."""

import logging
import time
from collections.abc import Mapping
from typing import Any

from surtitle.domain.jobs import StepState
from surtitle.domain.recipes import Recipe, StepName, StepSpec, parse_options, recipe_named
from surtitle.errors import Away, SurtitleError
from surtitle.jobs.errors import LeaseLost
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
        shares = _shares(recipe)
        for spec in recipe.steps:
            if saved[spec.name].state not in _FINISHED:
                await self._run_step(work, recipe, spec, saved[spec.name], shares[spec.name])
        made = [artifact.name for artifact in await work.artifacts() if artifact.kind == "result"]
        transcript_id = work.job.transcript_id
        return {
            "recipe": recipe.name,
            "artifacts": made,
            "transcript_id": str(transcript_id) if transcript_id else None,
        }

    async def _run_step(
        self, work: JobWork, recipe: Recipe, spec: StepSpec, saved: SavedStep, share: tuple[float, float]
    ) -> None:
        context = StepContext(
            work, spec.name, parse_options(recipe, work.job.options), *share, cursor=saved.cursor
        )
        began = time.monotonic()
        await work.begin_step(spec.name)
        try:
            await self._steps[spec.name].run(context)
        except (LeaseLost, Away):
            raise
        except SurtitleError as error:
            if not spec.optional or (error.passing and work.claim.attempt < self._tries):
                raise
            log.warning("job %s goes on without its step %s: %s", work.id, spec.name, error.slug)
            await work.give_up_step(spec.name, error.message)
        else:
            await work.end_step(spec.name, time.monotonic() - began)


def _shares(recipe: Recipe) -> dict[StepName, tuple[float, float]]:
    """Each step's stretch of the job's progress, by its usual share of the time."""
    total = sum(step.weight for step in recipe.steps)
    shares, begin = {}, 0.0
    for step in recipe.steps:
        end = begin + step.weight / total
        shares[step.name] = (begin, end)
        begin = end
    return shares
