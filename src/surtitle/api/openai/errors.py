"""What can be wrong with a request in OpenAI's dialect. Each slug, with underscores, is an error's `code`."""

from uuid import UUID

from surtitle.errors import Invalid, NotFound, SurtitleError


class ModelNotFound(NotFound):
    """No model of that name, neither one of our own nor a name of OpenAI's that stands for one."""

    slug = "model-not-found"

    def __init__(self, name: str) -> None:
        super().__init__(
            f"The model {name[:80]!r} does not exist here. `GET /v1/models` lists those that do; `whisper-1` "
            "is always the installation's own choice.",
            field="model",
        )


class UnknownParameter(Invalid):
    """A field that this route does not take."""

    slug = "unknown-parameter"

    def __init__(self, name: str) -> None:
        super().__init__(f"Unknown parameter: {name[:80]!r}. Leave it out.", field=name[:80])


class MissingParameter(Invalid):
    """A field without which nothing can be done."""

    slug = "missing-required-parameter"

    def __init__(self, name: str) -> None:
        super().__init__(f"Missing required parameter: {name!r}.", field=name)


class InvalidValue(Invalid):
    """A field's value is not one that it can have."""

    slug = "invalid-value"


class UnsupportedValue(Invalid):
    """A value that OpenAI knows and this installation cannot serve, or not together with another field."""

    slug = "unsupported-value"


class SpeakersNotTold(SurtitleError):
    """The words are there, and nobody knows whose they are."""

    slug = "diarization-failed"

    def __init__(self, job_id: UUID, why: str) -> None:
        super().__init__(
            f"The speakers could not be told apart: {why} The text is kept: `GET /api/jobs/{job_id}/result?"
            f"format=txt`. `POST /api/jobs/{job_id}/steps/diarization/retry` tries that step again."
        )
