"""The language that a text is in, by its letters and its small words. Good enough to choose a voice."""

import re
import unicodedata
from collections import Counter

from surtitle.domain.options import FilmJobOptions
from surtitle.pipelines.subtitles.function_words import FUNCTION_WORDS

_WORD = re.compile(r"[^\W\d_]+(?:['’])?")
# Of Unicode's names of letters: what they begin with.
_SCRIPTS = {
    "HIRAGANA": "ja",
    "KATAKANA": "ja",
    "HANGUL": "ko",
    "CJK": "zh",
    "ARABIC": "ar",
    "HEBREW": "he",
    "CYRILLIC": "ru",
    "GREEK": "el",
    "DEVANAGARI": "hi",
    "THAI": "th",
}
_OTHERS = {
    "de": """der die das und ist nicht ein eine einen dem den des im in zu mit auf für von es sich wie auch
        wird sind war bei aus nach dass oder aber wir ihr sie ich""",
    "it": """il lo la gli le un una uno e è di del della dei che non per con si sono come più anche ma nel
        nella al alla ha questo questa quando dove""",
    "pt": """o a os as um uma e é de do da dos das que não por com se são como mais também mas no na ao foi
        este esta quando onde""",
    "nl": """de het een en is van niet in op te dat die voor met zijn aan er om ook als maar bij wordt""",
}
_SMALL_WORDS = {language: table.clings for language, table in FUNCTION_WORDS.items()} | {
    language: frozenset(words.split()) for language, words in _OTHERS.items()
}
_OTHERWISE = "en"
_READ_CHARACTERS = 4000
_CERTAIN_SCRIPT_SHARE = 0.3
_CERTAIN_WORDS = 2


def language_told(options: FilmJobOptions, prompt: str) -> str:
    """The language that `prompt` is told in (ISO 639-1)."""
    return options.language or language_of(prompt) or _OTHERWISE


def language_of(text: str) -> str | None:
    """ISO 639-1, None when it cannot be told."""
    head = text[:_READ_CHARACTERS]
    return _by_letters(head) or _by_words(head)


def _by_letters(text: str) -> str | None:
    letters = [character for character in text if character.isalpha()]
    found = Counter(
        language
        for character in letters
        if (language := _SCRIPTS.get(unicodedata.name(character, "").split(" ")[0].split("-")[0]))
    )
    if not letters or found.total() < len(letters) * _CERTAIN_SCRIPT_SHARE:
        return None
    # Japanese is written with Chinese characters too; kana are what gives it away.
    return "ja" if found["ja"] else found.most_common(1)[0][0]


def _by_words(text: str) -> str | None:
    words = [word.lower().replace("’", "'") for word in _WORD.findall(text)]
    counts = {language: sum(word in small for word in words) for language, small in _SMALL_WORDS.items()}
    first, second = sorted(counts, key=lambda language: -counts[language])[:2]
    return first if counts[first] >= max(_CERTAIN_WORDS, counts[second] + 1) else None
