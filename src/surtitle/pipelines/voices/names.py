"""What voices are called: each name once in a project."""

from uuid import UUID

from surtitle.db.engine import Database
from surtitle.db.voice_models import KnownVoice
from surtitle.errors import Invalid
from surtitle.pipelines.voices.errors import VoiceNameTaken, VoicesChanged
from surtitle.pipelines.voices.repository import VoiceRepository

NAME_CHARACTERS = 120


def checked_name(name: str) -> tuple[str, str]:
    """The name as it is shown, and as names are compared. Raises `Invalid`."""
    shown = " ".join("".join(letter if letter.isprintable() else " " for letter in name).split())
    if not shown or len(shown) > NAME_CHARACTERS:
        raise Invalid(f"A name has 1 to {NAME_CHARACTERS} characters.", field="name")
    return shown, shown.casefold()[: 2 * NAME_CHARACTERS]


def rename(voice: KnownVoice, name: str) -> None:
    """The name before stays known: past meetings may say it."""
    before, (voice.name, voice.name_key) = voice.name, checked_name(name)
    if before != voice.name:
        voice.former_names = [*(one for one in voice.former_names if one != before), before]


async def why_refused(database: Database, project_id: UUID, name: str) -> VoiceNameTaken | VoicesChanged:
    """The error for a voice that the database would not take under `name`."""
    shown, key = checked_name(name)
    async with database.reading() as session:
        known = await VoiceRepository(session).named(project_id, key)
    if known is None:
        return VoicesChanged("Somebody changed these voices at the same moment. Send it again.")
    return VoiceNameTaken(shown, known.id)
