"""The step `script`: what the film shows and says, scene by scene."""

from collections.abc import Callable

from surtitle.domain.options import FilmJobOptions
from surtitle.pipelines.film.fitting import Fitted
from surtitle.pipelines.film.script.schema import SCRIPT_JSON, script_json
from surtitle.pipelines.film.script.scripting import Scripting
from surtitle.pipelines.step import StepContext


class ScriptStep:
    """Makes `script.json`; nothing for a recording alone, which is its own script. `tries` is how often a
    writer that is away is waited for.
    """

    def __init__(self, scripting: Scripting, fit: Callable[[FilmJobOptions], Fitted], tries: int) -> None:
        self._scripting = scripting
        self._fit = fit
        self._tries = tries

    async def run(self, context: StepContext[FilmJobOptions]) -> None:
        work, options = context.work, context.options
        for warning in self._fit(options).warnings:
            await work.warn(warning, step=context.name)
        if options.prompt is None:
            return
        patient = work.claim.attempt < self._tries
        scripted = await self._scripting.script_of(options, options.prompt, patient=patient)
        for warning in scripted.warnings:
            await work.warn(warning, step=context.name)
        await work.save(SCRIPT_JSON, script_json(scripted.script), media_type="application/json")
