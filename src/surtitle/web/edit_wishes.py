"""What the editor's forms ask for, as the operations that they come to."""

from typing import Annotated, Any, Literal

from pydantic import BaseModel, BeforeValidator, Field, TypeAdapter

from surtitle.domain.transcript import Segment, Transcript
from surtitle.transcripts.document import printable
from surtitle.transcripts.operations import Operation
from surtitle.web.forms import FormKey

_OPERATIONS: TypeAdapter[list[Operation]] = TypeAdapter(list[Operation])

CAPTIONED_VIDEO = "captioned-video"

Base = Annotated[int, Field(ge=1, le=2**31 - 1)]
SegmentName = Annotated[str, Field(pattern=r"^s[0-9]{1,9}(\.[0-9]{1,9})?$")]
SpeakerName = Annotated[str, Field(max_length=200)]


def _number(value: object) -> object:
    return str(value).strip().replace(",", ".") or None


Seconds = Annotated[float | None, BeforeValidator(_number), Field(ge=0, allow_inf_nan=False)]


class CueForm(BaseModel):
    """One cue, as it stands in its form."""

    base: Base
    cue: SegmentName
    text: Annotated[str, Field(max_length=100_000)]
    speaker: SpeakerName = ""
    start: Seconds = None
    end: Seconds = None
    accept: bool = False

    def operations(self, segment: Segment) -> list[Operation]:
        """What differs from the segment as it stands."""
        here = {"segment": segment.id}
        wishes: list[dict[str, object]] = []
        times = {
            name: wanted
            for name, wanted, now in (
                ("start_seconds", self.start, segment.start_seconds),
                ("end_seconds", self.end, segment.end_seconds),
            )
            if wanted is not None and wanted != now
        }
        if times:
            wishes.append({"op": "time_segment", **here, **times})
        speaker = _plain(self.speaker)
        if speaker != (segment.speaker or ""):
            wishes.append({"op": "set_segments", "segments": [segment.id], "speaker": speaker or None})
        if self.accept and segment.doubtful:
            wishes.append({"op": "accept_segments", "segments": [segment.id]})
        # Last: without a text the segment goes.
        if _plain(self.text) != segment.text:
            wishes.append({"op": "rewrite_segment", **here, "text": self.text})
        return _OPERATIONS.validate_python(wishes)


class ReplaceForm(BaseModel):
    """Find and replace, everywhere."""

    base: Base
    find: Annotated[str, Field(min_length=1, max_length=1000)]
    replace: Annotated[str, Field(max_length=1000)] = ""
    match_case: bool = False
    whole_words: bool = False

    def operations(self) -> list[Operation]:
        wish = self.model_dump(exclude={"base"})
        return _OPERATIONS.validate_python([{"op": "replace_text", **wish}])


class SpeakerForm(BaseModel):
    """Another name for a speaker; that of another one makes them one."""

    base: Base
    speaker: SpeakerName
    name: SpeakerName

    def operations(self, transcript: Transcript) -> list[Operation]:
        name = _plain(self.name)
        known = {segment.speaker for segment in transcript.segments}
        if name in known and name != self.speaker:
            return _OPERATIONS.validate_python(
                [{"op": "merge_speakers", "speakers": [name, self.speaker], "name": name}]
            )
        return _OPERATIONS.validate_python([{"op": "rename_speaker", "speaker": self.speaker, "name": name}])


class StepForm(BaseModel):
    """A step back or forth in the history."""

    base: Base


class VideoForm(BaseModel):
    """How the words get into the video."""

    captions: Literal["burned", "soft"] = "burned"
    key: FormKey = ""

    def options(self, before: dict[str, Any]) -> dict[str, Any]:
        """For the job; subtitles and captions look as those of the job `before`, if it made any."""
        kept: dict[str, Any] = {name: before[name] for name in ("subtitles", "video") if name in before}
        return {**kept, "video": {**kept.get("video", {}), "captions": self.captions}}


def _plain(text: str) -> str:
    return " ".join(printable(text).split())
