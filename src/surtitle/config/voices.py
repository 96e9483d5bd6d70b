"""Known voices: when one counts as recognised, and how long it is kept."""

from pydantic import Field

from surtitle.config.group import MIB, Group


class VoiceSettings(Group):
    """Voices that projects know by name. What the figures mean: docs/operate/voices.md."""

    threshold: float | None = Field(
        None, ge=0, le=1, description="Likeness from which a voice is recognised; unset, the measured one."
    )
    margin: float = Field(
        0.05, ge=0, le=1, description="By so much the nearest voice must be nearer than the next one."
    )
    clip_bytes: int = Field(100 * MIB, ge=1, description="The largest clip that a voice is learned from.")
    keep_expired_days: float = Field(
        30.0, ge=0, description="How long clips of a voice are kept, unused, after its consent has ended."
    )
