"""The JSON document that tells what a job would come to."""

from pydantic import Field

from surtitle.api.native.schemas import Document
from surtitle.pipelines.estimating import Estimate


class EstimateDocument(Document):
    """What a job would come to. Null is what nobody can tell beforehand."""

    recipe: str
    engine: str | None = Field(description="Of a film: the one that `auto` comes to.")
    credits: float = Field(description="What it would cost where credits are on.")
    seconds: float = Field(description="Of sound recognised, or of film made.")
    processing_seconds: float | None = Field(description="As this installation's last films took.")
    size_bytes: int | None = Field(description="Of the film.")
    width: int | None
    height: int | None
    frames_per_second: int | None
    warnings: list[str] = Field(description="How what would be made differs from the wish.")

    @classmethod
    def of(cls, estimate: Estimate) -> "EstimateDocument":
        fit = estimate.fit
        return cls(
            recipe=estimate.recipe,
            engine=estimate.engine,
            credits=round(estimate.credits, 3),
            seconds=round(estimate.seconds, 1),
            processing_seconds=estimate.processing_seconds,
            size_bytes=estimate.size_bytes,
            width=fit.width if fit else None,
            height=fit.height if fit else None,
            frames_per_second=fit.frames_per_second if fit else None,
            warnings=list(fit.warnings) if fit else [],
        )
