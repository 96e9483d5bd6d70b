"""Which words of a line stand out: figures and names first, then the longest that is no small word."""

from surtitle.pipelines.subtitles.function_words import function_words

_MOST = 2
_SHORTEST = 5
_EDGES = ".,;:!?…\"'«»“”‘’()[]。、！？"


def emphasised(text: str, language: str | None) -> tuple[str, ...]:
    """At most two words of `text`, as they stand in it without their punctuation."""
    small = function_words(language).clings
    words = [word.strip(_EDGES) for word in text.split()]
    content = [word for word in words if word and word.lower() not in small]
    if len(words) <= _MOST:
        return ()
    figures = [word for word in content if any(character.isdigit() for character in word)]
    names = [word for word in content if word[0].isupper() and word != words[0]]
    longest = sorted((word for word in content if len(word) >= _SHORTEST), key=lambda word: -len(word))[:1]
    return tuple(dict.fromkeys((*figures, *names, *longest)))[:_MOST]
