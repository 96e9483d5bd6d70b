"""All that concerns what an installation knows of people: the trail, erasing, taking along, keeping."""

from dataclasses import dataclass

from surtitle.accounts.audit_reading import AuditReading
from surtitle.accounts.audit_verification import AuditVerification
from surtitle.accounts.erasure import Erasures
from surtitle.accounts.export import PersonalExport
from surtitle.accounts.retention import Retention


@dataclass(frozen=True, slots=True)
class DataProtection:
    """The services, built together by `bootstrap.data_protection`."""

    trail: AuditReading
    verification: AuditVerification
    erasures: Erasures
    export: PersonalExport
    retention: Retention
