"""The voices of the built-in synthesizers."""

from dataclasses import dataclass

from surtitle.engines.voices import VoiceEntry

HIBARI = (VoiceEntry("heart", "en", "American woman"),)


@dataclass(frozen=True, slots=True)
class KokoroVoice:
    """A voice: the style that the model was given, and whose phonemes it is fed.

    `accent` is the language of espeak-ng; None where hibari's own English phonemes are used.
    """

    name: str
    language: str
    style: str
    accent: str | None
    summary: str


KOKORO_VOICES = (
    KokoroVoice("af_heart", "en", "af_heart", None, "American woman"),
    KokoroVoice("am_michael", "en", "am_michael", None, "American man"),
    KokoroVoice("bf_emma", "en", "bf_emma", None, "British woman"),
    KokoroVoice("bm_george", "en", "bm_george", None, "British man"),
    KokoroVoice("ef_dora", "es", "ef_dora", "es", "woman"),
    KokoroVoice("em_alex", "es", "em_alex", "es", "man"),
    KokoroVoice("ff_siwis", "fr", "ff_siwis", "fr", "woman"),
    KokoroVoice("if_sara", "it", "if_sara", "it", "woman"),
    KokoroVoice("im_nicola", "it", "im_nicola", "it", "man"),
    KokoroVoice("pf_dora", "pt", "pf_dora", "pt-br", "Brazilian woman"),
    KokoroVoice("pm_alex", "pt", "pm_alex", "pt-br", "Brazilian man"),
    # The model was not taught German: it reads German phonemes with a foreign voice. Of those tried, Whisper
    # understood the Italian ones best; with English ones it understood next to nothing.
    KokoroVoice("df_sara", "de", "if_sara", "de", "woman, with an accent"),
    KokoroVoice("dm_nicola", "de", "im_nicola", "de", "man, with an accent"),
)
KOKORO = tuple(VoiceEntry(voice.name, voice.language, voice.summary) for voice in KOKORO_VOICES)

# Languages that both recognition and espeak-ng know; it has other names for these.
_ESPEAK_NAMES = {"en": "en-us", "no": "nb", "nn": "nb", "zh": "cmn"}
_ESPEAK_LANGUAGES = (
    *("en", "fr", "es", "de", "it", "pt", "nl", "af", "am", "ar", "as", "az", "ba", "be", "bg", "bn", "bs"),
    *("ca", "cs", "cy", "da", "el", "et", "eu", "fa", "fi", "gu", "haw", "he", "hi", "hr", "ht", "hu", "hy"),
    *("id", "is", "ja", "ka", "kk", "kn", "ko", "la", "lb", "lt", "lv", "mi", "mk", "ml", "mr", "ms", "mt"),
    *("my", "ne", "nn", "no", "pa", "pl", "ro", "ru", "sd", "si", "sk", "sl", "sq", "sr", "sv", "sw", "ta"),
    *("te", "th", "tk", "tr", "tt", "uk", "ur", "uz", "vi", "yue", "zh"),
)
ESPEAK = (
    *(VoiceEntry(_ESPEAK_NAMES.get(code, code), code, "robotic") for code in _ESPEAK_LANGUAGES),
    VoiceEntry("en", "en", "robotic, British"),
    VoiceEntry("pt-br", "pt", "robotic, Brazilian"),
    VoiceEntry("es-419", "es", "robotic, Latin American"),
)

# https://developers.openai.com/api/reference/resources/audio/subresources/speech/methods/create
OPENAI = tuple(
    VoiceEntry(name, None)
    for name in (
        *("alloy", "ash", "ballad", "coral", "echo", "fable", "onyx"),
        *("nova", "sage", "shimmer", "verse", "marin", "cedar"),
    )
)
