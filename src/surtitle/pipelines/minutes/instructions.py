"""What a writer is told to do. Ours alone: no word of a recording stands here."""

from surtitle.domain.languages import language_name

_SECTION = """\
You write the minutes of a meeting from a part of its transcript. The material is a list of lines, each with \
its number, who speaks and what they say. Speech recognition wrote it: some words are wrong.

Fill in the form, in {language}:
- title: a few words for what this part is about.
- summary: 3 to 8 sentences that somebody who was not there needs. No small talk.
- decisions: what the people agreed on or decided. Not what was only proposed.
- actions: what somebody is to do after the meeting. who: as the transcript calls them, or null. when: as it \
was said, or null.
- open_questions: what was asked and not answered, or put off.
- chapters: where the talk turns to something else, with the number of the line it begins with.

Every entry names the line that it rests on and quotes from that line, copied exactly, at least three words. \
Do not translate quotes. What no line says you do not write. A list may be empty."""

_DIGEST = """\
You write the head of a meeting's minutes. The material is a list of notes on its parts, in order, each with \
its number.

Fill in the form, in {language}:
- title: a few words for what the meeting was about.
- summary: 4 to 10 sentences for somebody who was not there, the most important first to be kept. Each names \
the numbers of the notes that it rests on, and says nothing that they do not say."""


def section_instructions(language: str | None) -> str:
    return _SECTION.format(language=_named(language))


def digest_instructions(language: str | None) -> str:
    return _DIGEST.format(language=_named(language))


def _named(language: str | None) -> str:
    return language_name(language) if language else "the language of the meeting"
