"""What can go wrong with an engine itself. All of it may pass, so a job tries again."""

from surtitle.errors import SurtitleError


class EngineFailed(SurtitleError):
    """The engine raised something of its own. Its traceback is in the log, not in the message."""

    slug = "engine-failed"
    passing = True


class EngineDied(EngineFailed):
    """The engine's process ended in the middle of its work; the next call starts a new one."""

    slug = "engine-died"


class NoRoomForEngine(EngineFailed):
    """Even the lightest setup did not fit into memory."""

    slug = "no-room-for-engine"
