"""What the search for cues looks up again and again, laid out by token position."""

from dataclasses import dataclass
from itertools import accumulate, pairwise

from surtitle.pipelines.subtitles.phrasing import break_cost, closes_sentence
from surtitle.pipelines.subtitles.profile import SubtitleProfile
from surtitle.pipelines.subtitles.tokens import Token


@dataclass(frozen=True, slots=True)
class TokenStream:
    """Tokens with figures for every boundary; boundary `i` lies before token `i`, the last after all.

    `earliest_ms[i]` is when a cue that begins with token `i` may come at the earliest, `latest_ms[i]`
    when one that ends before it must be gone. Both depend on the boundary alone, so that the search
    knows the time of a cue without knowing its neighbours.
    """

    profile: SubtitleProfile
    tokens: list[Token]
    break_costs: list[float]
    silence_ms: list[int]
    earliest_ms: list[int]
    latest_ms: list[int]
    must_break: list[bool]
    widths: list[int]
    sentences: list[int]
    pause_costs: list[float]

    def width(self, start: int, stop: int) -> int:
        """Width of the tokens `start` to `stop` (exclusive) on one line."""
        return self.widths[stop] - self.widths[start] - self.tokens[start].space_before

    def available_ms(self, start: int, stop: int) -> int:
        """How long a cue of these tokens can stand between its neighbours."""
        return self.latest_ms[stop] - self.earliest_ms[start]


# A pause shorter than this is breathing, no reason to part what belongs together.
_BREATH_MS = 400
# A second of silence inside a cue weighs as much as a poor break: text would stand long before its sound.
_PAUSE_COST_PER_SECOND = 7.0
# The first word of a sentence left behind on the line of the one before it, or the last carried over.
_STRANDED_WORD = 4.0


def stream_of(tokens: list[Token], profile: SubtitleProfile, media_end_ms: int) -> TokenStream:
    """The figures for `tokens`; no cue outlasts `media_end_ms` but for the words themselves."""
    silence_ms = _silences(tokens)
    earliest_ms = [
        token.start_ms - _lead_ms(silence, profile, first=position == 0)
        for position, (token, silence) in enumerate(zip(tokens, silence_ms, strict=True))
    ]
    last_ms = max([media_end_ms, *(token.end_ms for token in tokens[-1:])])
    sentence_ends = [False, *(closes_sentence(previous, token) for previous, token in pairwise(tokens))]
    return TokenStream(
        profile=profile,
        tokens=tokens,
        break_costs=_break_costs(tokens, sentence_ends),
        silence_ms=silence_ms,
        earliest_ms=earliest_ms,
        latest_ms=[0, *(earliest - profile.min_gap_ms for earliest in earliest_ms[1:]), last_ms],
        must_break=_forced_breaks(tokens, silence_ms, profile),
        widths=list(accumulate((token.width + token.space_before for token in tokens), initial=0)),
        sentences=list(accumulate(sentence_ends)),
        pause_costs=list(accumulate(_pause_cost(silence) for silence in silence_ms)),
    )


def _break_costs(tokens: list[Token], sentence_ends: list[bool]) -> list[float]:
    costs = [0.0] * (len(tokens) + 1)
    for position in range(1, len(tokens)):
        costs[position] = break_cost(tokens[position - 1], tokens[position])
        stranded = sentence_ends[position - 1] or any(sentence_ends[position + 1 : position + 2])
        if stranded and not sentence_ends[position]:
            costs[position] += _STRANDED_WORD
    return costs


def _silences(tokens: list[Token]) -> list[int]:
    """Silence before each token; before the first, since the start of the recording."""
    ends = [0, *(token.end_ms for token in tokens)]
    return [max(0, token.start_ms - end) for token, end in zip(tokens, ends, strict=False)]


def _lead_ms(silence_ms: int, profile: SubtitleProfile, *, first: bool) -> int:
    """The part of a silence that the cue after it may use; the cue before it lingers first."""
    kept_ms = 0 if first else profile.linger_ms + profile.min_gap_ms
    return max(0, min(profile.lead_in_ms, silence_ms - kept_ms))


def _forced_breaks(tokens: list[Token], silence_ms: list[int], profile: SubtitleProfile) -> list[bool]:
    inner = [
        token.opens_cue or token.speaker != previous.speaker or silence >= profile.hard_pause_ms
        for previous, token, silence in zip(tokens, tokens[1:], silence_ms[1:], strict=False)
    ]
    return [True, *inner, True]


def _pause_cost(silence_ms: int) -> float:
    return _PAUSE_COST_PER_SECOND * max(0, silence_ms - _BREATH_MS) / 1000
