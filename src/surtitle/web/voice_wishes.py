"""What the forms about voices send."""

from typing import Any, Literal

from pydantic import BaseModel

from surtitle.api.native.voice_forms import read_fields
from surtitle.api.native.voice_schemas import ConsentRequest, Line, Purpose, VoiceName
from surtitle.pipelines.voices.consent import Agreement
from surtitle.web.chosen_days import ChosenDay
from surtitle.web.formats import Formats


class ConsentWish(BaseModel):
    """What the person agreed to. Without `agreed`, which is the ticked statement, it is none."""

    given_by: Line
    purpose: Purpose
    given_on: ChosenDay = None
    until: ChosenDay = None
    agreed: Literal["true"]

    def agreement(self, formats: Formats) -> Agreement:
        """`until` is a day on which it still holds. Raises `Invalid`."""
        told = {
            "given_by": self.given_by,
            "purpose": self.purpose,
            "given_at": formats.begins(self.given_on) if self.given_on else None,
            "expires_at": formats.ends(self.until) if self.until else None,
        }
        return read_fields(ConsentRequest, told).agreement


class EnrolWish(ConsentWish):
    """A voice to be known. `own`: it is that of whoever enrols it; `alike`: whatever it sounds like."""

    name: VoiceName
    own: bool = False
    alike: bool = False


class ClipWish(BaseModel):
    """One more clip of a known voice."""

    alike: bool = False


def shown_again(fields: dict[str, str]) -> dict[str, Any]:
    """What a form held, to be offered again when it was refused; the file cannot be."""
    texts = {name: fields.get(name, "") for name in ("name", "given_by", "purpose", "given_on", "until")}
    return {**texts, "agreed": bool(fields.get("agreed")), "own": bool(fields.get("own"))}
