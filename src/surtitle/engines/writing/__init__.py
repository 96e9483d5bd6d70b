"""Texts written by a language model, for minutes and answers."""

from surtitle.engines.writing.choice import EXTRACT, Writers
from surtitle.engines.writing.errors import UnusableAnswer, WriterAway, WriterRefuses
from surtitle.engines.writing.writer import AnswerForm, Writer, WritingOrder

__all__ = [
    "EXTRACT",
    "AnswerForm",
    "UnusableAnswer",
    "Writer",
    "WriterAway",
    "WriterRefuses",
    "Writers",
    "WritingOrder",
]
