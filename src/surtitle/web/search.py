"""`/app/search`: one box for words and for questions, over all that was said in the project."""

from dataclasses import dataclass
from datetime import date
from typing import Annotated, Any, Literal
from urllib.parse import urlencode
from uuid import UUID

from babel.core import Locale
from fastapi import APIRouter, Depends, Query, Request, Response

from surtitle.api.access import ReadsProject
from surtitle.api.auditing import Noted, audited
from surtitle.api.dependencies import Use
from surtitle.api.native.search import checked_language, checked_tag
from surtitle.api.native.search_schemas import QUESTION_CHARACTERS
from surtitle.api.services import Services
from surtitle.domain.languages import LANGUAGES
from surtitle.errors import Invalid
from surtitle.pipelines.search.filters import Filters
from surtitle.pipelines.search.finding import MOST_FOUND
from surtitle.pipelines.search.offers import Offers
from surtitle.pipelines.search.terms import wanted as looked_for
from surtitle.web.chosen_days import ChosenDay
from surtitle.web.formats import Formats
from surtitle.web.forms import HOME
from surtitle.web.moments import shown_moment, shown_quotes
from surtitle.web.pages import page
from surtitle.web.sentences import Refusal
from surtitle.web.view import view_of

router = APIRouter()

SEARCH = f"{HOME}/search"
ON_A_PAGE = 10
_QUESTION_MARKS = ("?", "\N{FULLWIDTH QUESTION MARK}", "\N{ARABIC QUESTION MARK}")

Text = Annotated[str, Query(max_length=200)]


@dataclass(frozen=True, slots=True)
class Wanted:
    """What is looked for and where, as the address says. `do`: search or ask; empty: as `q` reads."""

    q: str
    do: str
    speaker: str
    language: str
    tag: str
    since: date | None
    until: date | None

    @property
    def asks(self) -> bool:
        return self.do == "ask" or (not self.do and self.q.endswith(_QUESTION_MARKS))

    @property
    def narrowed(self) -> bool:
        return any((self.speaker, self.language, self.tag, self.since, self.until))

    def filters(self, formats: Formats) -> Filters:
        """Days are the person's own; the last one counts. Raises `Invalid`."""
        return Filters(
            speaker=self.speaker or None,
            language=checked_language(self.language),
            tag=checked_tag(self.tag),
            since=formats.begins(self.since) if self.since else None,
            until=formats.ends(self.until) if self.until else None,
        )

    def address(self, **other: object) -> str:
        """Of the same search but for `other`."""
        told = {
            "q": self.q, "do": self.do, "speaker": self.speaker, "language": self.language, "tag": self.tag,
            "since": self.since, "until": self.until, **other,
        }  # fmt: skip
        return f"{SEARCH}?{urlencode({name: value for name, value in told.items() if value})}"


async def _wanted(
    *,
    q: Annotated[str, Query(max_length=QUESTION_CHARACTERS)] = "",
    do: Literal["", "search", "ask"] = "",
    speaker: Text = "",
    language: Text = "",
    tag: Text = "",
    since: Annotated[ChosenDay, Query()] = None,
    until: Annotated[ChosenDay, Query()] = None,
) -> Wanted:
    return Wanted(q.strip(), do, speaker.strip(), language, tag.strip(), since, until)


@router.get("/search")
async def show_search(
    *,
    request: Request,
    use: Use,
    project: ReadsProject,
    wanted: Annotated[Wanted, Depends(_wanted)],
    offset: Annotated[int, Query(ge=0, le=MOST_FOUND)] = 0,
    noted: Annotated[Noted, audited("recordings.searched", "project")],
) -> Response:
    """The box, and what was found."""
    view = await view_of(request)
    offers = await use.search.offers.of(project)
    refusal, told = None, dict[str, Any]()
    if wanted.q:
        noted.object_id = project
        try:
            filters = wanted.filters(view.formats)
            answer = _asked if wanted.asks else _found
            told = await answer(use, project, wanted, filters, offset)
        except Invalid as error:
            refusal = Refusal.of(error)
    return await page(
        request,
        "search.html",
        refusal=refusal,
        **{
            "wanted": wanted,
            "offset": offset,
            "on_a_page": ON_A_PAGE,
            "tags": offers.tags,
            "languages_spoken": _named(offers, wanted, view.formats.locale),
            **dict.fromkeys(("found", "answer")),
            **told,
        },
    )


async def _found(
    use: Services, project: UUID, wanted: Wanted, filters: Filters, offset: int
) -> dict[str, Any]:
    found = await use.search.search.find(project, wanted.q, filters, ON_A_PAGE, offset)
    sought = looked_for(wanted.q)
    return {"found": found, "moments": [shown_moment(one, sought) for one in found.moments]}


async def _asked(
    use: Services, project: UUID, wanted: Wanted, filters: Filters, _offset: int
) -> dict[str, Any]:
    answer = await use.search.asking.ask(project, wanted.q, filters)
    return {"answer": answer, "moments": shown_quotes(answer.cited, looked_for(wanted.q))}


def _named(offers: Offers, wanted: Wanted, locale: Locale) -> list[tuple[str, str]]:
    """Codes and names of the languages to choose from, as the reader's language sorts them."""
    codes = {*offers.languages, *({wanted.language} & LANGUAGES.keys())}
    named = [(code, locale.languages.get(code, code)) for code in codes]
    return sorted(named, key=lambda pair: pair[1].casefold())
