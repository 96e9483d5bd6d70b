"""The small words that show where a phrase begins, by language. Data, to be read and added to.

`opens`: a break before it reads well (conjunctions and relatives first, then prepositions).
`verbs`: auxiliaries; a break between a noun and its verb is better than one inside either.
`clings`: never left at the end of a line, since what it belongs to follows (all of the above, too).
A part with an apostrophe (`qu'`, `'ll`) is looked up by itself.
Sources: Netflix timed text style guide, "Line treatment"; BBC subtitle guidelines, "Line breaks".
"""

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class FunctionWords:
    """`conjunctions`, `prepositions` and `verbs` open a phrase, `clings` never end one."""

    conjunctions: frozenset[str]
    prepositions: frozenset[str]
    verbs: frozenset[str]
    clings: frozenset[str]


def _words(*, conjunctions: str, prepositions: str, verbs: str, others: str) -> FunctionWords:
    joining, placing, acting = (frozenset(row.split()) for row in (conjunctions, prepositions, verbs))
    return FunctionWords(joining, placing, acting, frozenset(others.split()) | joining | placing | acting)


NO_WORDS = FunctionWords(frozenset(), frozenset(), frozenset(), frozenset())

FUNCTION_WORDS: dict[str, FunctionWords] = {
    "en": _words(
        conjunctions="""and but or nor so yet because although though while when whenever where whereas
            if unless until since whether that which who whom whose what why how""",
        # Without down, off, on, out, over, up: after a verb they belong to it ("write down").
        prepositions="""about above across after against along among around as at before behind below
            beneath beside between beyond by despite during except for from in inside into like near
            onto through throughout to toward towards under upon with within without""",
        verbs="""am is are was were be been being has have had do does did will would shall should can
            could may might must""",
        others="""a an the this these those my your his her its our their of on over not every each some
            any no i you he she it we they there 'm 're 've 'll 'd 's 't very too more less most than
            just mr mrs ms dr prof st""",
    ),
    "fr": _words(
        conjunctions="""et mais ou donc car ni or que qu' qui dont où quand lorsque lorsqu' puisque puisqu'
            comme si parce quoique quoiqu' tandis alors afin""",
        prepositions="""à dans par pour en vers avec sans sous sur entre chez contre depuis pendant après
            avant devant derrière malgré parmi selon jusque jusqu' dès""",
        verbs="""est sont était étaient être a ai as ont avait avaient avoir suis es sommes êtes sera
            seront fut furent peut peuvent pouvait doit doivent devait va vont veut""",
        others="""le la les l' un une des du de d' au aux ce cet cette ces c' cela ça mon ma mes ton ta tes
            son sa ses notre nos votre vos leur leurs je j' tu il elle on nous vous ils elles ne n' me m'
            te t' se s' y très plus moins trop pas quel quelle quels quelles chaque tout toute tous
            toutes aucun aucune m mme mlle dr st ste""",
    ),
    "es": _words(
        conjunctions="""y e o u pero sino ni que porque aunque cuando mientras donde como si pues quien
            quienes cual cuales cuyo cuya""",
        prepositions="""a ante bajo con contra desde durante en entre hacia hasta para por según sin sobre
            tras""",
        verbs="""es son era eran ser fue fueron ha he has han había habían haber está están estaba estaban
            puede pueden podía debe deben debía va van tengo tiene tienen tenía tenían""",
        others="""el la los las lo un una unos unas de del al este esta estos estas ese esa esos esas aquel
            aquella mi mis tu tus su sus nuestro nuestra nuestros nuestras yo tú él ella usted nosotros
            ellos ellas ustedes no me te se nos le les muy más menos tan ya cada todo toda todos todas
            ningún ninguna algún alguna sr sra srta dr dra don doña san santa""",
    ),
}


def function_words(language: str | None) -> FunctionWords:
    """The table of `language` (ISO 639-1); an empty one when there is none."""
    return FUNCTION_WORDS.get(language or "", NO_WORDS)
