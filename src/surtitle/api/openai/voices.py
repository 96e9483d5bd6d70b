"""What OpenAI's names of speaking models and voices mean here. Blocking: it looks at the disk."""

from surtitle.api.openai.catalogue import ListedModel
from surtitle.api.openai.errors import ModelNotFound, UnsupportedValue
from surtitle.pipelines.speech.choosing import SpeakerChooser

OWN_CHOICE = ("tts-1", "tts-1-hd", "gpt-4o-mini-tts", "gpt-4o-mini-tts-2025-12-15")
"""OpenAI's names of models that stand for whatever this installation would choose by itself."""

OPENAI_VOICES = (
    *("alloy", "ash", "ballad", "coral", "echo", "fable", "onyx"),
    *("nova", "sage", "shimmer", "verse", "marin", "cedar"),
)
"""OpenAI's names of voices: the installation's voice of the text's language."""

_SERVER = "openai-speech"


class VoiceCatalogue:
    """Engines and voices by the names that requests use."""

    def __init__(self, chooser: SpeakerChooser) -> None:
        self._chooser = chooser
        self._voices = chooser.voices()

    def engines(self) -> list[str]:
        """Names that `model` may have beside OpenAI's own."""
        return list(dict.fromkeys(voice.engine for voice in self._voices))

    def listed(self) -> list[ListedModel]:
        """The names that `model` may have, OpenAI's first."""
        here = {voice.engine for voice in self._voices if voice.is_here}
        own = [ListedModel(name, "openai", bool(here), voices=OPENAI_VOICES) for name in OWN_CHOICE]
        return own + [
            ListedModel(
                engine,
                "surtitle",
                engine in here,
                voices=tuple(voice.name for voice in self._voices if voice.engine == engine),
            )
            for engine in self.engines()
        ]

    def engine(self, model: str) -> str | None:
        """The engine of that name; None for a name that leaves the choice to us. Raises `ModelNotFound`."""
        if model in OWN_CHOICE:
            return None
        if model in self.engines():
            return model
        raise ModelNotFound(model)

    def language_of(self, voice: str) -> str | None:
        """The language of one of our voices."""
        return None if voice in OPENAI_VOICES else self._chooser.language_of(voice)

    def voice(self, name: str, engine: str | None, language: str) -> str | None:
        """Our voice of that name; None where the engine's own for the language is taken.

        Raises `UnsupportedValue` for a voice that there is not.
        """
        if engine == _SERVER:
            return name
        if name in OPENAI_VOICES:
            return None
        known = [voice for voice in self._voices if voice.name == name and engine in {None, voice.engine}]
        if known:
            return name
        fit = dict.fromkeys(
            voice.name
            for voice in self._voices
            if voice.language == language and voice.is_here and engine in {None, voice.engine}
        )
        raise UnsupportedValue(
            f"There is no voice {name[:60]!r}. For the language {language!r} there are: "
            f"{', '.join([*fit, 'alloy'])}; `GET /v1/models` lists all engines' voices.",
            field="voice",
        )
