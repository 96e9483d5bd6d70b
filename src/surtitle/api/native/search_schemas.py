"""The JSON documents of search. Times are seconds of the recording; links are paths on this server."""

from collections.abc import Sequence
from datetime import datetime
from typing import Annotated
from uuid import UUID

from pydantic import BaseModel, ConfigDict, Field, StringConstraints

from surtitle.api.dependencies import Moment as PointInTime
from surtitle.api.native.schemas import Document
from surtitle.pipelines.search.asking import Answer, Cited
from surtitle.pipelines.search.finding import Found
from surtitle.pipelines.search.moments import Moment
from surtitle.pipelines.search.tags import MOST_TAGS, TAG_CHARACTERS

QUESTION_CHARACTERS = 1000

QuestionText = Annotated[str, StringConstraints(min_length=1, max_length=QUESTION_CHARACTERS)]
Tag = Annotated[str, StringConstraints(min_length=1, max_length=TAG_CHARACTERS, strip_whitespace=True)]


class MomentDocument(BaseModel):
    """A stretch of a transcript that was found."""

    transcript_id: UUID
    transcript_name: str
    recorded_at: datetime = Field(description="When the transcript was made.")
    start_seconds: float
    end_seconds: float
    speaker: str | None = Field(description="Who says most of it; null when not told apart.")
    speakers: list[str] = Field(description="All who are heard in it, in the order of their first words.")
    language: str | None
    text: str
    before: str = Field(description="What was said just before; empty at the beginning.")
    after: str = Field(description="What was said just after; empty at the end.")
    by_words: bool = Field(description="Whether words of the question are said.")
    by_meaning: bool = Field(description="Whether its meaning is near to that of the question.")
    similarity: float | None = Field(
        None, description="The cosine between both meanings; null where it was not among the nearest."
    )
    links: dict[str, str] = Field(
        description="`transcript`; where there is a recording `play`, which begins with the moment."
    )

    @classmethod
    def of(cls, moment: Moment) -> "MomentDocument":
        told = {
            name: getattr(moment, name) for name in cls.model_fields if name not in {"links", "similarity"}
        }
        similarity = None if moment.similarity is None else round(moment.similarity, 4)
        return cls(**told, similarity=similarity, links=_links(moment))


class FoundDocument(Document):
    """The best moments first."""

    items: list[MomentDocument]
    more: bool = Field(description="Whether there are further ones: ask with a larger `offset`.")
    by_meaning: bool = Field(description="Whether meaning was searched; else only words were.")
    notice: str | None = Field(description="Why not, for people.")
    waiting: int = Field(
        description="Transcripts that were made or edited so lately that they are not found yet as they are."
    )

    @classmethod
    def of(cls, found: Found) -> "FoundDocument":
        return cls(
            items=[MomentDocument.of(one) for one in found.moments],
            more=found.more,
            by_meaning=found.by_meaning,
            notice=found.notice,
            waiting=found.waiting,
        )


class AskRequest(BaseModel):
    """A question about the recordings of the project. All filters hold together."""

    model_config = ConfigDict(
        extra="forbid", json_schema_extra={"example": {"question": "Why was the release moved?"}}
    )

    question: QuestionText
    speaker: str | None = Field(None, max_length=200)
    language: str | None = Field(None, max_length=40)
    tag: str | None = Field(None, max_length=TAG_CHARACTERS)
    transcript_id: UUID | None = None
    since: PointInTime | None = None
    until: PointInTime | None = None
    writer: str | None = Field(
        None,
        max_length=60,
        description="`openai` for the language model of this installation, `extract` for the moments alone. "
        "Left out, the model where there is one.",
    )


class CitedDocument(BaseModel):
    """A moment that the answer rests on."""

    quote: str | None = Field(description="Words of it, which stand there; null: the moment as a whole.")
    moment: MomentDocument

    @classmethod
    def of(cls, cited: Cited) -> "CitedDocument":
        return cls(quote=cited.quote, moment=MomentDocument.of(cited.moment))


class AnswerDocument(Document):
    """What the recordings tell about a question."""

    told: bool = Field(description="False: they tell nothing about it.")
    answer: str | None = Field(
        description="Written from the moments in `cited`; null: those speak for themselves."
    )
    cited: list[CitedDocument]
    writer: str | None = Field(description="The language model that wrote the answer.")
    by_meaning: bool
    notice: str | None
    waiting: int

    @classmethod
    def of(cls, answer: Answer) -> "AnswerDocument":
        return cls(
            told=answer.is_told,
            answer=answer.text,
            cited=[CitedDocument.of(one) for one in answer.cited],
            writer=answer.writer,
            by_meaning=answer.found.by_meaning,
            notice=answer.notice,
            waiting=answer.found.waiting,
        )


class TagsRequest(BaseModel):
    """The whole list."""

    model_config = ConfigDict(extra="forbid", json_schema_extra={"example": {"tags": ["board", "budget"]}})

    tags: list[Tag] = Field(max_length=MOST_TAGS)


class TagsDocument(Document):
    """What a transcript is filed under, in lower case."""

    tags: list[str]

    @classmethod
    def of(cls, tags: Sequence[str]) -> "TagsDocument":
        return cls(tags=list(tags))


class ReindexDocument(Document):
    """What will be indexed again."""

    transcripts: int = Field(description="How many. They are found as before until it is their turn.")


def _links(moment: Moment) -> dict[str, str]:
    links = {"transcript": f"/api/transcripts/{moment.transcript_id}"}
    if moment.media_id is not None:
        # A media fragment: players begin and stop there (https://www.w3.org/TR/media-frags/).
        span = f"{moment.start_seconds:.1f},{moment.end_seconds:.1f}"
        links["play"] = f"/api/media/{moment.media_id}/content#t={span}"
    return links
