"""A project's glossary: names and terms that recognition should know how to write."""

from collections.abc import Iterable, Sequence

from surtitle.domain.options import TranscriptionOptions
from surtitle.errors import Invalid

MOST_TERMS = 500
TERM_CHARACTERS = 100
# Whisper reads 223 tokens before it begins, half of them if there is a prompt too: made-up names take a
# token for every two or three letters. Longer lists measured worse, not better.
_HEEDED_CHARACTERS = 400


def checked_terms(terms: Sequence[str]) -> tuple[str, ...]:
    """`terms` with plain spaces, in their order. Raises `Invalid` naming the first that cannot be kept."""
    if len(terms) > MOST_TERMS:
        raise Invalid(
            f"A glossary holds at most {MOST_TERMS} terms, and these are {len(terms)}. Keep those that "
            "recognition gets wrong.",
            field="terms",
        )
    places: dict[str, int] = {}
    for index, raw in enumerate(terms):
        term = " ".join(raw.split())
        if fault := _fault(term, places):
            raise Invalid(f"Term {index} {fault}.", field=f"terms.{index}")
        places[term] = index
    return tuple(places)


def with_terms(options: TranscriptionOptions, terms: Iterable[str]) -> TranscriptionOptions:
    """`options` whose hotwords hold the glossary's terms too, after their own, the first terms first.

    Terms for which there is no room are left out.
    """
    room = _HEEDED_CHARACTERS // 2 if options.prompt else _HEEDED_CHARACTERS
    hotwords = (options.hotwords or "").rstrip(" .")
    own = {word.strip() for word in hotwords.split(",")}
    added = False
    for term in terms:
        longer = f"{hotwords}, {term}" if hotwords else term
        if term.rstrip(".") in own:
            continue
        if len(longer) >= room:
            break
        hotwords, added = longer, True
    # Without a full stop Whisper takes the list up where it ends, and writes names that nobody said.
    return options.model_copy(update={"hotwords": hotwords + "."}) if added else options


def _fault(term: str, places: dict[str, int]) -> str | None:
    if not term:
        return "is empty; leave it out"
    if len(term) > TERM_CHARACTERS:
        return f"has {len(term)} characters; a term has at most {TERM_CHARACTERS}"
    if not term.isprintable():
        return "holds a control character; write it again"
    if term in places:
        return f"repeats term {places[term]}; leave one of them out"
    return None
