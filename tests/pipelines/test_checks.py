"""What is refused before any work is done."""

import pytest

from surtitle.config import Settings, WritingSettings
from surtitle.db.models import StoredTranscript
from surtitle.domain.options import MeetingJobOptions, MinutesOptions
from surtitle.domain.recipes import recipe_named
from surtitle.engines.models import ModelStore, probe_hardware
from surtitle.engines.registry import EngineRegistry
from surtitle.engines.writing import Writers
from surtitle.errors import Invalid
from surtitle.pipelines.checks import JobChecks
from surtitle.pipelines.transcription.selection import EngineSelector


def checked(writing: WritingSettings, **minutes: object) -> None:
    settings = Settings(_env_file=None)
    selector = EngineSelector(settings.engines, EngineRegistry(), ModelStore(settings), probe_hardware(0))
    options = MeetingJobOptions(minutes=MinutesOptions.model_validate(minutes))
    JobChecks(selector, Writers(writing))(recipe_named("meeting"), options, None, StoredTranscript())


def test_a_writer_that_there_is_not_is_refused_when_the_job_is_started() -> None:
    with pytest.raises(Invalid, match="SURTITLE_WRITING__URL"):
        checked(WritingSettings(), writer="openai")
    checked(WritingSettings(url="http://127.0.0.1:9/v1", model="small"), writer="openai")
    checked(WritingSettings(), writer="openai", enabled=False)
    checked(WritingSettings())
