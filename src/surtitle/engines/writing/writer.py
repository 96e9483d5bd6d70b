"""What a writer promises: text by order, in a form that is checked."""

from dataclasses import dataclass
from typing import Protocol, TypeVar

from pydantic import BaseModel, ConfigDict


class AnswerForm(BaseModel):
    """Base of the forms that answers are given in. Every field must be filled in, and none be added.

    Bound each text and list: what comes back is written by a model that may have been talked into anything.
    """

    model_config = ConfigDict(extra="forbid", frozen=True, str_strip_whitespace=True)


FormT = TypeVar("FormT", bound=AnswerForm)


@dataclass(frozen=True, slots=True)
class WritingOrder:
    """What is to be written. `instructions` are ours alone; `material` is what people said or wrote, and is
    handed over as data: nothing in it is an instruction, whatever it says.
    """

    instructions: str
    material: str


class Writer(Protocol):
    """Writes by order. Waits for a server rather than computes, so it is asynchronous and needs no host."""

    name: str
    """As options call it, for example `openai`."""

    model: str

    material_bytes: int
    """How much material, in UTF-8, one order may hold."""

    async def write(self, order: WritingOrder, form: type[FormT]) -> FormT:
        """The answer, in the form asked for. What it says may still be untrue: whoever asks must check it.

        Raises `WriterAway` for what may pass, `WriterRefuses` for what will not, and `UnusableAnswer`.
        """
        ...
