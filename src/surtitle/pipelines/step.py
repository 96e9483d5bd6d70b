"""What a step is, and what it is given."""

from dataclasses import dataclass
from typing import Any, Generic, Protocol, TypeVar

from surtitle.domain.options import Options
from surtitle.jobs.work import JobWork

OptionsT_co = TypeVar("OptionsT_co", bound=Options, covariant=True)


@dataclass(frozen=True, slots=True)
class StepContext(Generic[OptionsT_co]):
    """One run of one step: the job, what was asked, and the step's share of the job's progress."""

    work: JobWork
    name: str
    options: OptionsT_co
    progress_from: float
    progress_to: float
    cursor: dict[str, Any] | None
    """What this step's last checkpoint wrote down; None when it has not begun."""

    async def progress(self, fraction: float, **facts: Any) -> None:
        """Tell how far this step is, 0..1; it becomes the job's progress."""
        width = self.progress_to - self.progress_from
        await self.work.progress(self.progress_from + width * fraction, step=self.name, **facts)


class Step(Protocol):
    """The work of one step. It reads artifacts of earlier steps and saves its own.

    A step may be killed between any two lines and run again with the same options: what it saves must
    come out the same.
    """

    async def run(self, context: StepContext[Any]) -> None: ...
