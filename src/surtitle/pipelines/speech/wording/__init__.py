"""The languages whose figures are said in words."""

from surtitle.pipelines.speech.wording.english import ENGLISH
from surtitle.pipelines.speech.wording.french import FRENCH
from surtitle.pipelines.speech.wording.german import GERMAN
from surtitle.pipelines.speech.wording.italian import ITALIAN
from surtitle.pipelines.speech.wording.spanish import SPANISH
from surtitle.pipelines.speech.wording.wording import Wording

_ALL = {wording.language: wording for wording in (ENGLISH, FRENCH, SPANISH, GERMAN, ITALIAN)}


def wording_of(language: str) -> Wording | None:
    """None for a language whose voice has to read figures by itself."""
    return _ALL.get(language)
