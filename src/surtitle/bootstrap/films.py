"""The steps of films, put together for one slot of a worker."""

from surtitle.bootstrap.installation import Installation
from surtitle.domain.films import FilmRules
from surtitle.domain.options import FilmJobOptions
from surtitle.domain.recipes import StepName
from surtitle.engines.film_rules import rules_of
from surtitle.engines.host import EngineHost
from surtitle.engines.models import EngineChooser, Hardware
from surtitle.engines.registry import Capability
from surtitle.pipelines.film.finish_step import FinishStep
from surtitle.pipelines.film.fitting import Fitted
from surtitle.pipelines.film.narration_step import NarrationStep
from surtitle.pipelines.film.picture_step import PictureStep
from surtitle.pipelines.film.script.scripting import Scripting
from surtitle.pipelines.film.script.step import ScriptStep
from surtitle.pipelines.speech.parts import open_speech
from surtitle.pipelines.step import Step


def film_steps(
    installation: Installation,
    host: EngineHost,
    chooser: EngineChooser,
    hardware: Hardware,
    listen: Step,
) -> dict[StepName, Step]:
    """`chooser` and `hardware` are the slot's share of the machine; `listen` writes recordings down."""
    settings, registry = installation.settings, installation.engines.registry
    speech = open_speech(settings, registry, installation.engines.models, hardware, host)

    def rules(engine: str) -> FilmRules:
        return rules_of(registry.named(engine, Capability.VIDEO_ENGINE))

    def fit(options: FilmJobOptions) -> Fitted:
        # A missing key is told before the film is spoken, not after.
        chooser.check(Capability.VIDEO_ENGINE, options.engine)
        return installation.films.fitted(options)

    return {
        StepName.SCRIPT: ScriptStep(
            Scripting(installation.engines.writers),
            fit,
            tries=len(settings.jobs.retry_delays_seconds) + 1,
        ),
        StepName.NARRATION: NarrationStep(speech.narrator, listen, rules),
        StepName.PICTURE: PictureStep(host, chooser, settings.films, settings.rendering),
        StepName.FINISH: FinishStep(registry, settings.films, settings.rendering),
    }
