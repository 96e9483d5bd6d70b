"""The pages that alerts lead to: nobody looks for a command at night that does not exist."""

import re
import shlex
from pathlib import Path

import pytest
from tests.deploy.alert_rules import RULE_OF
from tests.deploy.compose import ROOT
from typer.core import TyperGroup

from surtitle.cli.app import COMMANDS, loaded
from surtitle.ids import new_id

FOLDER = ROOT / "docs" / "operate" / "runbooks"
PAGES = sorted(FOLDER.glob("*.md"))
RUNBOOKS = [page for page in PAGES if page.stem != "README"]
PLACEHOLDERS = {"ID": str(new_id()), "EMAIL": "ana@example.org", "FILE": "a-file"}


def typed(text: str) -> set[str]:
    """Every command of ours in a text, in blocks and in sentences."""
    blocks = re.findall(r"^ *```\w*\n(.*?)^ *```", text, re.MULTILINE | re.DOTALL)
    inline = re.findall(r"`(surtitle [^`]+)`", text)
    lines = [line.strip() for block in blocks for line in block.splitlines()]
    return {line for line in (*lines, *inline) if line.startswith("surtitle ")}


def refused(line: str) -> str | None:
    """What our program says of a command before it does anything; nothing where it understands it."""
    words = [PLACEHOLDERS.get(word, word) for word in shlex.split(line, comments=True)[1:]]
    if words[0] not in COMMANDS:
        return f"there is no command {words[0]}"
    command, words = loaded(words[0]), words[1:]
    while isinstance(command, TyperGroup) and words and not words[0].startswith("-"):
        known = command.commands.get(words[0])
        if known is None:
            # A group that does something by itself takes words too.
            return None if command.invoke_without_command and command.params else f"no command {words[0]}"
        command, words = known, words[1:]
    options = {
        option for parameter in command.params for option in (*parameter.opts, *parameter.secondary_opts)
    }
    unknown = [word for word in words if word.startswith("--") and word.partition("=")[0] not in options]
    if unknown:
        return f"no option {unknown[0]}"
    wanted = [one for one in command.params if one.required and one.param_type_name == "argument"]
    return f"{wanted[-1].name} is missing" if len(words) < len(wanted) else None


TYPED = sorted(
    {line for page in PAGES for line in typed(page.read_text())}
    | {line for rule in RULE_OF.values() for line in typed(rule["annotations"]["action"])}
)


def test_commands_are_found_in_the_pages() -> None:
    assert len(TYPED) > 20
    assert refused("surtitle jobs lst") is not None
    assert refused("surtitle jobs list --stat failed") is not None
    assert refused("surtitle jobs retry") is not None


@pytest.mark.parametrize("line", TYPED)
def test_every_command_of_a_runbook_exists(line: str) -> None:
    assert refused(line.replace("{{ $labels.queue }}", "gpu")) is None


@pytest.mark.parametrize("page", RUNBOOKS, ids=lambda page: page.stem)
def test_a_runbook_has_symptom_look_and_act(page: Path) -> None:
    headings = re.findall(r"^## (.*)$", page.read_text(), re.MULTILINE)
    assert headings == ["Symptom", "Look", "Act"]


def sections(page: Path) -> dict[str, str]:
    """What the French page says, by the names of the English pages that it translates."""
    told = re.split(r"^## .*$", page.read_text(), flags=re.MULTILINE)
    return {
        found[1]: text
        for text in told
        if (found := re.search(r"En anglais :\s\[[\w-]+\]\(\.\./operate/runbooks/([\w-]+)\.md\)", text))
    }


def test_those_that_the_french_had_are_in_french_with_the_same_commands() -> None:
    in_french = sections(ROOT / "docs" / "fr" / "incidents.md")
    assert in_french.keys() >= {
        "api-errors", "queue-backlog", "worker-failure", "storage-full", "no-worker-for-queue", "mails-stuck",
        "webhook-failures", "backup-missing", "certificate-expiring",
    }  # fmt: skip
    for name, text in in_french.items():
        assert re.findall(r"^\*\*(\w+)\.\*\*", text, re.MULTILINE) == ["Symptôme", "Regarder", "Agir"], name
        english = (FOLDER / f"{name}.md").read_text()
        assert bare(text) == bare(english), name
        assert re.findall(r"SURTITLE_\w+", text) == re.findall(r"SURTITLE_\w+", english), name


def bare(text: str) -> set[str]:
    """The commands without what is said of them."""
    return {shlex.join(shlex.split(line, comments=True)) for line in typed(text)}


def test_every_runbook_is_that_of_an_alert() -> None:
    led_to = {rule["annotations"]["runbook_url"].rpartition("}}")[2] for rule in RULE_OF.values()}
    assert {page.stem for page in RUNBOOKS} == led_to


@pytest.mark.parametrize("page", PAGES, ids=lambda page: page.stem)
def test_every_setting_that_a_runbook_names_exists(page: Path) -> None:
    known = (ROOT / "docs" / "operate" / "settings.md").read_text()
    named = set(re.findall(r"SURTITLE_\w+", page.read_text()))
    assert [name for name in named if f"`{name}`" not in known] == []
