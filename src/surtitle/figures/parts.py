"""Everything that is looked up about an installation when Prometheus asks."""

from collections.abc import Iterator

from surtitle.config import Settings
from surtitle.db.engine import Database
from surtitle.figures.backups import BackupFigures
from surtitle.figures.certificate import CertificateFigures
from surtitle.figures.credits import CreditFigures
from surtitle.figures.deliveries import OutboxFigures, WebhookFigures
from surtitle.figures.queues import QueueFigures
from surtitle.figures.sharing import Shared
from surtitle.figures.storage import StorageFigures
from surtitle.observability.metrics import Part

_MINUTE = 60.0
# Sums over tables that grow with everything that is kept.
_STORAGE_SECONDS = 5 * _MINUTE
_CERTIFICATE_SECONDS = 60 * _MINUTE


def installation_parts(database: Database, settings: Settings) -> Iterator[Part]:
    """Read by whichever server is asked first; the others tell what it found."""
    soon = settings.metrics.fresh_seconds
    shared = Shared(database)
    yield shared.part("jobs", QueueFigures(database, settings.jobs).read, soon)
    yield shared.part("outbox", OutboxFigures(database).read, soon)
    yield shared.part("webhooks", WebhookFigures(database).read, soon)
    yield shared.part("backups", BackupFigures(database).read, _MINUTE)
    yield shared.part("credits", CreditFigures(database).read, _MINUTE)
    yield shared.part("storage", StorageFigures(database, settings).read, _STORAGE_SECONDS)
    if (certificate := CertificateFigures.of(settings)) is not None:
        yield Part("certificate", certificate.read, _CERTIFICATE_SECONDS)
