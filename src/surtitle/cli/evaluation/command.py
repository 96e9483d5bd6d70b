"""`surtitle evaluate`: error rates of a result against what is known to be right."""

import json
import sys
from dataclasses import asdict
from pathlib import Path
from typing import Annotated

import typer

from surtitle.cli.evaluation.rates import TurnRates, WordRates, turn_rates, word_rates
from surtitle.cli.evaluation.reading import read_together
from surtitle.cli.evaluation.told import Told
from surtitle.errors import Invalid


def evaluate(
    result: Annotated[
        list[Path],
        typer.Argument(help="What was made: result.json, diarization.json, rttm, stm, SegLST json or txt."),
    ],
    reference: Annotated[
        list[Path],
        typer.Option(
            "--reference", "-r", help="What is right: rttm, stm, SegLST json or txt. May be repeated."
        ),
    ],
    as_json: Annotated[bool, typer.Option("--json", help="As JSON, for programs.")] = False,
) -> None:
    """Compare a result with a reference: DER, JER, WER and cpWER."""
    turns, words = _compared(read_together(reference), read_together(result))
    if as_json:
        told = {"turns": asdict(turns) if turns else None, "words": asdict(words) if words else None}
        sys.stdout.write(json.dumps(told, indent=2) + "\n")
        return
    if turns:
        _show_turns(turns)
    if words:
        _show_words(words)


def _compared(right: Told, made: Told) -> tuple[TurnRates | None, WordRates | None]:
    """Turns with turns and words with words. A result in which there are none, although files of its kind
    tell them, has missed them all.
    """
    if not right.speaking and not right.words:
        raise Invalid("The reference holds nothing to compare with: nobody speaks in it.", field="reference")
    turns = words = None
    if right.speaking and made.speaking is not None:
        turns = turn_rates(right.speaking, made.speaking)
    if right.words and made.words is not None:
        words = word_rates(right.words, made.words)
    if turns is None and words is None:
        raise Invalid(
            "The two have nothing in common to compare: one has words only, the other turns only.",
            field="reference",
        )
    return turns, words


def _show_turns(rates: TurnRates) -> None:
    _show("DER", rates.der)
    _show("  missed", rates.missed)
    _show("  false alarm", rates.false_alarm)
    _show("  wrong speaker", rates.confused)
    _show("DER, collar 0.25 s, no overlap", rates.der_collar)
    _show("JER", rates.jer)
    typer.echo(f"{'speakers':<32}{rates.speakers_found:>8} of {rates.speakers}")


def _show_words(rates: WordRates) -> None:
    _show("WER", rates.wer)
    if rates.cpwer is not None:
        _show("cpWER", rates.cpwer)
    typer.echo(f"{'words':<32}{rates.words:>8}")


def _show(name: str, rate: float) -> None:
    typer.echo(f"{name:<32}{rate:>8.2%}")
