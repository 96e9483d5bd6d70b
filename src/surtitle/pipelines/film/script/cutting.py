"""A script cut from the text itself: nobody writes, every word of it is said. Pure."""

import re
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import replace

from surtitle.domain.films import FilmScript, Scene, Template
from surtitle.pipelines.film.script.emphasis import emphasised
from surtitle.pipelines.film.script.scenes import (
    halves,
    list_scene,
    quote_scene,
    scene_of,
    statement,
    turns,
)
from surtitle.pipelines.film.script.text import Block, BlockKind, blocks_of, is_sayable, shown
from surtitle.pipelines.speech.sentences import sentences_of
from surtitle.pipelines.subtitles.function_words import function_words

# What an eye takes in at a glance, and a phone still shows large.
_LONGEST_PASSAGE_WORDS = 16
_LONGEST_TITLE_WORDS = 10
# "However," is no title.
_FEWEST_CLAUSE_WORDS = 3
_LONGEST_TITLE_CHARACTERS = 60
_MOST_POINTS = 5
_EDGES = " .,;:!…–—-。、"
_CLAUSE_END = re.compile(r"[,;:–—，；：]\s|\s[–—-]\s")


def cut(prompt: str, language: str, title: str | None = None) -> FilmScript:
    """The scenes of `prompt`. What is marked as heading, list or quote is shown as such."""
    blocks = blocks_of(prompt)
    scenes = [scene for block in _with_heads(blocks) for scene in _scenes(*block, language)]
    told = title or _told_title(blocks)
    if told is None:
        told = _found_title(scenes[0].narration, language) if scenes else ""
        scenes = _with_found_title(scenes, told, language)
    return FilmScript(told, language, tuple(scenes))


def as_template(script: FilmScript, template: Template) -> FilmScript:
    """Every scene laid out alike: what it shows in other ways becomes its heading."""
    scenes = (
        scene if scene.template is template else _alike(scene, template, script.language)
        for scene in script.scenes
    )
    return replace(script, scenes=tuple(scenes))


def with_pictures(script: FilmScript, count: int) -> FilmScript:
    """`count` pictures shown, spread over the scenes that are no title, quote or list."""
    places = [place for place, scene in enumerate(script.scenes) if scene.template is Template.STATEMENT]
    places = places or list(range(1, len(script.scenes))) or [0]
    chosen = {places[number * len(places) // count] for number in range(min(count, len(places)))}
    scenes = (
        replace(scene, template=Template.PICTURE) if place in chosen else scene
        for place, scene in enumerate(script.scenes)
    )
    return replace(script, scenes=tuple(scenes))


def _with_heads(blocks: Sequence[Block]) -> Iterator[tuple[Block, str]]:
    """Each block with the heading that a list takes over from the line before it."""
    head = ""
    for number, block in enumerate(blocks):
        following = blocks[number + 1] if number + 1 < len(blocks) else None
        leads = following is not None and following.kind is BlockKind.LIST
        if leads and block.kind is BlockKind.HEADING and number > 0:
            head = block.lines[0]
            continue
        if leads and block.kind is BlockKind.TEXT and block.lines[-1].endswith((":", "：")):
            *lines, head = block.lines
            if lines:
                yield Block(block.kind, tuple(lines)), ""
            continue
        yield block, head
        head = ""


def _scenes(block: Block, head: str, language: str) -> Iterator[Scene]:
    match block.kind:
        case BlockKind.HEADING:
            text = shown(block.lines[0])
            yield Scene(
                Template.TITLE, text.rstrip(_EDGES), emphasis=emphasised(text, language),
                narration=_ended(block.lines[0]),
            )  # fmt: skip
        case BlockKind.LIST:
            for group in turns(block.lines, _MOST_POINTS):
                yield list_scene(head, group)
        case BlockKind.QUOTE:
            *quote, last = block.lines
            names = bool(quote) and last.startswith(("—", "–", "-"))
            words = " ".join(quote if names else block.lines)
            yield quote_scene(words, last.strip(_EDGES) if names else "", " ".join(block.lines))
        case BlockKind.TEXT:
            for sentence in _sayable(sentences_of(" ".join(block.lines), language)):
                yield from _of_sentence(sentence, language)


def _of_sentence(sentence: str, language: str) -> Iterator[Scene]:
    scene = scene_of(sentence, language)
    if scene.template is not Template.STATEMENT:
        yield scene
        return
    for clause in _sayable(halves(sentence, _LONGEST_PASSAGE_WORDS)):
        yield statement(shown(clause).rstrip(","), clause, language)


def _sayable(passages: Iterable[str]) -> Iterator[str]:
    """`passages`, where one that holds no word (an emoji, a pause) is joined to the one before it."""
    kept = ""
    for passage in passages:
        if is_sayable(kept) and is_sayable(passage):
            yield kept
            kept = passage
        else:
            kept = f"{kept} {passage}".strip()
    if kept:
        yield kept


def _told_title(blocks: Sequence[Block]) -> str | None:
    first = blocks[0] if blocks else None
    return shown(first.lines[0]).rstrip(_EDGES) if first and first.kind is BlockKind.HEADING else None


def _found_title(sentence: str, language: str) -> str:
    """The first sentence, or its first clause; what is too long even so is cut short and ends with `…`."""
    text = shown(sentence).strip(_EDGES)
    if _is_short(text):
        return text
    clause = _CLAUSE_END.split(text, maxsplit=1)[0]
    if _is_short(clause) and len(clause.split()) >= _FEWEST_CLAUSE_WORDS:
        return clause
    kept = text[:_LONGEST_TITLE_CHARACTERS].split(" ")[:_LONGEST_TITLE_WORDS]
    small = function_words(language).clings
    while len(kept) > 1 and kept[-1].strip(_EDGES).lower() in small:
        kept.pop()
    return f"{' '.join(kept).strip(_EDGES)}…"


def _is_short(text: str) -> bool:
    return len(text.split()) <= _LONGEST_TITLE_WORDS and len(text) <= _LONGEST_TITLE_CHARACTERS


def _with_found_title(scenes: list[Scene], title: str, language: str) -> list[Scene]:
    """The film opens with its title over the first sentence, if that is a plain one and the title whole."""
    if not scenes or scenes[0].template is not Template.STATEMENT or title.endswith("…"):
        return scenes
    opening = replace(scenes[0], template=Template.TITLE, heading=title, emphasis=emphasised(title, language))
    return [opening, *scenes[1:]]


def _alike(scene: Scene, template: Template, language: str) -> Scene:
    said = shown(scene.narration)
    plain = Scene(template, said.rstrip("."), emphasis=emphasised(said, language), narration=scene.narration)
    if template is Template.LIST:
        return replace(plain, heading=scene.heading, lines=scene.lines or (said,))
    if template is Template.QUOTE:
        return replace(plain, heading="", lines=(said,))
    return plain


def _ended(text: str) -> str:
    return text if text.endswith((".", "!", "?", "…", "。", "！", "？")) else f"{text}."
