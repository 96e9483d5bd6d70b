"""Meetings with a channel for each speaker, or what was taken for one."""

import json

import pytest
from tests.pipelines.meeting.conftest import Meetings

from surtitle.errors import Invalid

APART = {"channels": "separate"}


async def test_channels_that_repeat_one_sound_are_heard_as_one(meetings: Meetings) -> None:
    detail = await meetings.hold(channels=2, diarization=APART)
    [warning] = detail.job.warnings
    assert (warning["step"], "the same sound" in warning["detail"]) == ("diarization", True)
    turns = json.loads(await meetings.artifact(detail, "diarization.json"))["turns"]
    assert [turn["speaker"] for turn in turns] == [f"speaker_{number}" for number in (1, 2, 1, 2)]


async def test_a_speaker_a_channel_needs_channels(meetings: Meetings) -> None:
    with pytest.raises(Invalid, match="one channel only"):
        await meetings.accept(channels=1, diarization=APART)
    with pytest.raises(Invalid, match="at most 8"):
        await meetings.accept(channels=9, diarization=APART)
