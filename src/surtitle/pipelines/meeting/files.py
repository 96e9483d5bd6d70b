"""The formats of a meeting that show more than its transcript."""

from collections.abc import Callable

from surtitle.domain.options import TranscriptFormat
from surtitle.pipelines.meeting.documents import meeting_docx, meeting_md
from surtitle.pipelines.meeting.heard import heard_turns
from surtitle.pipelines.meeting.meeting import Meeting
from surtitle.pipelines.meeting.schema import result_json
from surtitle.transcripts.exports import rttm_file
from surtitle.transcripts.exports.rttm import rttm_of_turns


def meeting_rttm(meeting: Meeting, recording: str) -> bytes:
    """The turns as they were heard, crosstalk included, under the names that the speakers have now."""
    if meeting.diarization is None:
        return rttm_file(meeting.transcript, recording)
    return rttm_of_turns(heard_turns(meeting), recording)


MEETING_FILES: dict[TranscriptFormat, Callable[[Meeting, str], bytes]] = {
    TranscriptFormat.JSON: result_json,
    TranscriptFormat.DOCX: meeting_docx,
    TranscriptFormat.MD: meeting_md,
    TranscriptFormat.RTTM: meeting_rttm,
}
"""Each from the meeting and the recording's name; the other formats are those of its transcript."""
