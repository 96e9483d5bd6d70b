"""What is asked of servers of others, and what they charge by."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from enum import StrEnum


class CloudService(StrEnum):
    """Who is asked: by the group of settings that names the server."""

    FAL = "fal"
    WRITING = "writing"
    SPEECH = "speech"
    EMBEDDINGS = "embeddings"


class CloudOutcome(StrEnum):
    """How a request ended. Of one that is `lost` nobody knows whether it is charged."""

    ANSWERED = "answered"
    REFUSED = "refused"
    AWAY = "away"
    LOST = "lost"


class CloudUnit(StrEnum):
    """What servers charge by."""

    INPUT_TOKENS = "input-tokens"
    OUTPUT_TOKENS = "output-tokens"
    CHARACTERS = "characters"
    BILLABLE_UNITS = "billable-units"
    CLIPS = "clips"


@dataclass(frozen=True, slots=True)
class CloudUse:
    """One request, or what is learnt later of an earlier one (`outcome` None). Never what was asked."""

    service: CloudService
    model: str
    outcome: CloudOutcome | None = CloudOutcome.ANSWERED
    units: Mapping[CloudUnit, float] = field(default_factory=dict)
