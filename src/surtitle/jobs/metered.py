"""What a job uses, as quotas and credits count it."""

from surtitle.db.job_models import Job
from surtitle.domain.film_wishes import expected_seconds
from surtitle.domain.options import FilmJobOptions
from surtitle.usage.metering import Work
from surtitle.usage.tariff import FILM_RECIPES

# A header rounds, an encoder pads, and the length of a long file is estimated from its beginning.
_LEAST_SECONDS = 1.0
_LEAST_SHARE = 0.02


def work_of(job: Job) -> Work:
    """What the job will use, by the length of its recording as it is known now."""
    return Work(
        project_id=job.project_id,
        user_id=job.created_by,
        job_id=job.id,
        recipe=job.recipe,
        engine=job.options.get("engine"),
        audio_seconds=job.media_seconds if listens(job) else 0.0,
        generated_seconds=_generated_seconds(job),
    )


def listens(job: Job) -> bool:
    """A job that takes its text from a transcript listens to nothing."""
    return job.transcript_revision is None


def is_longer(heard_seconds: float, told_seconds: float) -> bool:
    """Whether there is more sound than the recording's file told, by more than such files are off."""
    return heard_seconds - told_seconds > max(_LEAST_SECONDS, _LEAST_SHARE * told_seconds)


def _generated_seconds(job: Job) -> float:
    if job.recipe not in FILM_RECIPES:
        return 0.0
    return expected_seconds(FilmJobOptions.model_validate(job.options), job.media_seconds)
