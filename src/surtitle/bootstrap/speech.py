"""Speech over the parts of an installation."""

from surtitle.bootstrap.engines import EngineParts
from surtitle.config import Settings
from surtitle.db.engine import Database
from surtitle.pipelines.speech.parts import open_speech
from surtitle.pipelines.speech.service import SpeechService


def open_speech_service(settings: Settings, database: Database, engines: EngineParts) -> SpeechService:
    """What a person waits for. Starts nothing."""
    parts = open_speech(settings, engines.registry, engines.models, engines.selector.hardware, engines.host)
    return SpeechService(parts, database, settings)
