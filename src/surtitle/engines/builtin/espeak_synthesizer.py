"""Speech by espeak-ng: a hundred languages, understood by all and loved by none."""

from surtitle.engines.builtin.spoken_text import require_sayable, require_speed, require_voice
from surtitle.engines.builtin.voice_lists import ESPEAK
from surtitle.engines.builtin.wav_speech import NotSpeech, read_wav
from surtitle.engines.espeak import EspeakFailed, EspeakMissing, espeak_is_here, run_espeak
from surtitle.engines.protocols import EngineSetup, Speech

# Its own default is 175, which strangers to it do not follow.
_WORDS_A_MINUTE = 150


class EspeakSynthesizer:
    """Voices are named as espeak-ng names its languages. `seed` changes nothing."""

    def __init__(self, setup: EngineSetup) -> None:
        if not espeak_is_here():
            raise EspeakMissing

    def synthesize(self, text: str, *, voice: str | None, speed: float, seed: int) -> Speech:
        name = require_voice(voice, ESPEAK, "espeak")
        require_speed(speed)
        # What stands in double brackets would be read as phonemes.
        said = require_sayable(text.replace("[[", " ").replace("]]", " "))
        options = ["-v", name, "-s", str(round(_WORDS_A_MINUTE * speed)), "--stdout"]
        try:
            return read_wav(run_espeak(options, said))
        except NotSpeech as error:
            raise EspeakFailed(
                f"espeak-ng wrote no sound ({error}). Its installation may be broken."
            ) from None
