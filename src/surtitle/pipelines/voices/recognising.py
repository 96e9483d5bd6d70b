"""Whose voice is it: a clip that somebody tries, against the voices that the project knows."""

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from uuid import UUID

from surtitle.media.service import MediaService
from surtitle.pipelines.voices.listening import VoiceListener, hear_file
from surtitle.pipelines.voices.matching import Certainty, Likeness, are_certain, likenesses
from surtitle.pipelines.voices.quality import ClipFacts
from surtitle.pipelines.voices.service import VoiceService


@dataclass(frozen=True, slots=True)
class Recognition:
    """Who a clip is taken for. `nearest` are the known voices, the most alike first; `match` is the first of
    them, or None where it is not `threshold` alike, or not by `margin` more than the next.
    """

    match: Likeness | None
    nearest: Sequence[Likeness]
    threshold: float
    margin: float
    encoder: str
    facts: ClipFacts


class VoiceRecognition:
    """Compares clips with the voices of a project, as the speakers of a meeting are. Keeps nothing."""

    def __init__(
        self, service: VoiceService, *, media: MediaService, listener: VoiceListener, certainty: Certainty
    ) -> None:
        self._service = service
        self._media = media
        self._listener = listener
        self._certainty = certainty

    async def whose(self, project_id: UUID, clip: Path, clip_name: str) -> Recognition:
        """Only voices with a consent that holds are compared. Raises `UnfitClip`, `NotMedia`, `NoSound`."""
        heard = await hear_file(self._listener, self._media, clip, clip_name)
        known = await self._service.known(project_id)
        nearest = likenesses(heard.encoder, heard.embedding, known)
        return Recognition(
            match=nearest[0] if are_certain(nearest, self._certainty) else None,
            nearest=nearest,
            threshold=self._certainty.threshold_of(heard.encoder),
            margin=self._certainty.margin,
            encoder=heard.encoder,
            facts=heard.facts,
        )
