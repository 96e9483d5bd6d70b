"""What those who run an installation look at and do, beside what projects have."""

from dataclasses import dataclass

from surtitle.api.errands import Errands
from surtitle.backups.ledger import BackupLedger
from surtitle.figures.now import FiguresNow
from surtitle.jobs.oversight import Oversight
from surtitle.jobs.schedule_runs import ScheduleRuns
from surtitle.media.mending import Mending


@dataclass(frozen=True, slots=True)
class Administration:
    """Built once by `bootstrap`. `mending` leaves out what is younger than a day."""

    oversight: Oversight
    schedule_runs: ScheduleRuns
    backups: BackupLedger
    figures: FiguresNow
    mending: Mending
    errands: Errands
