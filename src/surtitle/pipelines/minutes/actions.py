"""Who is to do what, and when: promised, or asked for and agreed to."""

import re
from collections.abc import Sequence
from dataclasses import dataclass, field

from surtitle.domain.minutes import ActionItem
from surtitle.pipelines.minutes.decisions import is_agreed
from surtitle.pipelines.minutes.readings import Reading, sentence_case

_BACK = 4
_REPLIES = 3
_SAYS_WHAT_KEYS = 1
_JOINED_CHARACTERS = 220
_VOCATIVE_FIRST = re.compile(r"^(?:[^\W\d_]+ )?(?P<name>[^\W\d_]\w+),\s")
_VOCATIVE_LAST = re.compile(r",\s+(?P<name>[^\W\d_]\w+)\s*[.?!]$")
_LABEL = re.compile(r"^speaker_\d+$")
_NO_NAME_ENDINGS = ("ly", "ment", "mente")


@dataclass
class _Task:
    what: Reading
    rests_on: list[Reading]
    who: str | None
    when: str | None
    also: list[Reading] = field(default_factory=list)
    """Promises that the same speaker added in the same breath."""

    def is_repeated_by(self, promise: Reading) -> bool:
        """Whether `promise`, which does not say what, is about this: "you'll have it on Monday"."""
        near = promise.index - self.rests_on[-1].index <= _BACK + 1
        return near and promise.speaker is not None and promise.speaker == self.rests_on[-1].speaker


class ActionFinder:
    """Looks through all readings of a meeting, each used for one task at most."""

    def __init__(self, readings: Sequence[Reading]) -> None:
        self._readings = readings
        self._tasks: list[_Task] = []
        self._used: set[int] = set()
        self._small = {word for one in readings for word in one.sentence.text.split() if word[:1].islower()}

    def found(self) -> tuple[ActionItem, ...]:
        for reading in self._readings:
            if reading.index not in self._used:
                self._look_at(reading)
        return tuple(_item(task) for task in self._tasks)

    def _look_at(self, reading: Reading) -> None:
        if _requests(reading):
            self._asked(reading)
        elif _promises(reading):
            self._promised(reading)
        elif not reading.is_question and (assigned := reading.wording.assigns.search(reading.plain)):
            self._assigned(reading, assigned.groupdict().get("who"))

    def _asked(self, request: Reading) -> None:
        """A request counts when it is granted, or when it is an order to somebody by name."""
        called = self._vocative(request)
        reply = self._granted(request)
        if reply is not None and (called is not None or reply.speaker or not request.is_question):
            who = _first(_known(reply.speaker), called, reply.speaker)
            self._keep(_Task(request, [request, reply], who, _when(reply) or _when(request)))
        elif called is not None and not request.is_question and not self._refused(request):
            self._keep(_Task(request, [request], called, _when(request)))

    def _promised(self, promise: Reading) -> None:
        last = self._tasks[-1] if self._tasks else None
        if last is not None and self._goes_on(last, promise):
            last.also.append(promise)
            last.rests_on.append(promise)
            last.when = last.when or _when(promise)
            last.who = last.who or promise.speaker
            self._used.add(promise.index)
            return
        what = promise
        if _is_bare(promise):
            if last is not None and last.is_repeated_by(promise):
                last.rests_on.append(promise)
                last.when = _when(promise) or last.when
                return
            what = self._meant(promise) or promise
        if what is promise and len(promise.keys) < _SAYS_WHAT_KEYS:
            return
        rests_on = [promise] if what is promise else [what, promise]
        self._keep(_Task(what, rests_on, promise.speaker, _when(promise) or _when(what)))

    def _assigned(self, reading: Reading, who: str | None) -> None:
        """What nobody in particular has to do counts only when it is meant: with a date, or agreed to."""
        if who is not None and not self._is_name(who.split()[0]):
            return
        when = _when(reading)
        if len(reading.keys) < _SAYS_WHAT_KEYS or reading.wording.defers.search(reading.plain):
            return
        if who or when or is_agreed(self._readings, reading, _REPLIES):
            self._keep(_Task(reading, [reading], who, when))

    def _keep(self, task: _Task) -> None:
        self._tasks.append(task)
        self._used.update(one.index for one in task.rests_on)

    def _goes_on(self, task: _Task, promise: Reading) -> bool:
        same_breath = promise.index - task.rests_on[-1].index == 1
        length = len(_deed(task.what)) + sum(len(_deed(one)) for one in task.also) + len(_deed(promise))
        if not same_breath or promise.speaker != task.rests_on[-1].speaker or length > _JOINED_CHARACTERS:
            return False
        # Without speakers only what adds to a thing, rather than begins another, is surely the same one's.
        return promise.speaker is not None

    def _granted(self, request: Reading) -> Reading | None:
        """The reply that agrees, or, when more is said after it, the promise that follows it."""
        replies = self._replies(request)
        for reply in replies:
            if reply.wording.refuses.match(reply.spoken):
                return None
            if _promises(reply):
                return reply
            if reply.wording.agrees.match(reply.spoken) and not reply.is_question:
                return next(
                    (one for one in replies if one.index == reply.index + 1 and _promises(one)), reply
                )
        return None

    def _refused(self, request: Reading) -> bool:
        return any(reply.wording.refuses.match(reply.spoken) for reply in self._replies(request)[:1])

    def _replies(self, request: Reading) -> list[Reading]:
        after = self._readings[request.index + 1 : request.index + 1 + _REPLIES]
        return [one for one in after if one.speaker is None or one.speaker != request.speaker]

    def _meant(self, promise: Reading) -> Reading | None:
        """What "I'll do that" is about: a request or a question that came before."""
        before = self._readings[max(0, promise.index - _BACK) : promise.index][::-1]
        others = [one for one in before if one.speaker is None or one.speaker != promise.speaker]
        asking = (one for one in others if _asks_for_something(one) and one.keys)
        return next(asking, None)

    def _vocative(self, reading: Reading) -> str | None:
        """The person whom the sentence calls by name."""
        for text in (reading.spoken, reading.plain):
            for pattern in (_VOCATIVE_FIRST, _VOCATIVE_LAST):
                if (called := pattern.search(text)) and self._is_name(called["name"]):
                    return called["name"]
        return None

    def _is_name(self, word: str) -> bool:
        small = word.lower()
        wordings = {id(one.wording): one.wording for one in self._readings[:1]}.values()
        known_word = any(small in wording.said | wording.names_none for wording in wordings)
        return (
            word[:1].isupper() and not known_word and small not in self._small
            and not small.endswith(_NO_NAME_ENDINGS)
        )  # fmt: skip


def is_action(reading: Reading) -> bool:
    """Whether the sentence promises or asks for something to be done."""
    return _promises(reading) or _requests(reading)


def _promises(reading: Reading) -> bool:
    wording = reading.wording
    return bool(
        not reading.is_question
        and wording.promises.search(reading.plain or reading.spoken)
        and not wording.no_promise.search(reading.plain)
    )


def _requests(reading: Reading) -> bool:
    return bool(reading.wording.requests.search(reading.plain))


def _asks_for_something(reading: Reading) -> bool:
    return reading.is_question or _requests(reading) or bool(reading.wording.assigns.search(reading.plain))


def _is_bare(promise: Reading) -> bool:
    """Whether it promises without saying what."""
    left = promise.wording.bare.sub("", promise.wording.deadline.sub("", promise.plain))
    words = [word for word in left.split() if any(letter.isalpha() for letter in word)]
    return len(words) <= 1 or not promise.keys


def _when(reading: Reading) -> str | None:
    """The longest time that is named, the first of several."""
    found = [match.group().strip() for match in reading.wording.deadline.finditer(reading.plain)]
    return max(found, key=len) if found else None


def _deed(reading: Reading) -> str:
    """The sentence without "I will" and the like at its beginning."""
    text = reading.plain
    called = _VOCATIVE_FIRST.match(text)
    if called and reading.wording.lead.match(text[called.end() :]):
        text = text[called.end() :]
    led = reading.wording.lead.match(text.lstrip("¿ "))
    if led:
        text = text.lstrip("¿ ")[led.end() :].lstrip(" ,")
        text = text.rstrip("? ") + "." if text.endswith("?") else text
    return sentence_case(text)


def _item(task: _Task) -> ActionItem:
    what = "; ".join([_deed(task.what).rstrip(" .?"), *(_small(_deed(one)).rstrip(".") for one in task.also)])
    ending = "" if what.endswith(("?", "!", "…")) else "."
    moments = tuple(one.sentence.moment for one in task.rests_on)
    return ActionItem(what + ending, moments, task.who, task.when)


def _small(text: str) -> str:
    return text[:1].lower() + text[1:] if not text.startswith("I ") and not text.startswith("I'") else text


def _known(speaker: str | None) -> str | None:
    """A speaker's name, where it is more than a label."""
    return speaker if speaker is not None and not _LABEL.match(speaker) else None


def _first(*names: str | None) -> str | None:
    return next((name for name in names if name), None)
