"""Every command in the documentation is typed here, or its page says why no test does.

A command that is not run has a comment above its block, `<!-- not run by a test: why -->`. Answers that a
page shows are compared by their keys; their shortened ids (`019a…`) stand for the real ones from there on.
"""

import os
import re
import sys
from pathlib import Path

import pytest
from tests.documentation.blocks import blocks, pages
from tests.documentation.files import Files
from tests.documentation.prepared import PREPARED, Ground
from tests.documentation.running import Shell
from tests.server import Server

from surtitle.config import Settings

PAGES = [page for page in pages() if any(block.is_shell for block in blocks(page))]
RUN = [page for page in PAGES if any(block.is_shell and block.why_not is None for block in blocks(page))]


@pytest.mark.timeout(900)  # each of its commands has a limit of its own
@pytest.mark.models
@pytest.mark.parametrize("page", RUN)
def test_the_commands_of_a_page_work(
    page: str, personal_server: Server, people_server: Server, documented_files: Files, tmp_path: Path
) -> None:
    ground = Ground(personal_server, people_server, documented_files)
    if page in PREPARED:
        PREPARED[page](ground)
    run = [block for block in blocks(page) if block.is_shell and block.why_not is None]
    documented_files.laid_into(tmp_path, "\n".join(block.text for block in run))
    shell = Shell(tmp_path, _environment(personal_server) | ground.variables, ground.placeholders)
    for number, block in enumerate(run):
        shell.placeholders["localhost:8000"] = f"localhost:{ground.server(number).port}"
        for command in block.commands():
            shell.run(command, place=f"{page}:{command.line}")


@pytest.mark.parametrize("page", pages())
def test_a_block_says_what_it_is_written_in(page: str) -> None:
    bare = [block.place for block in blocks(page) if not block.language]
    assert not bare, f"say `sh`, `console`, `text`, … behind the fence: {', '.join(bare)}"


@pytest.mark.parametrize("page", PAGES)
def test_variables_that_a_page_sets_are_settings(page: str) -> None:
    text = "\n".join(block.text for block in blocks(page))
    named = set(re.findall(r"\bSURTITLE_[A-Z0-9_]+(?==)", text))
    unknown = {name for name in named if not _is_setting(name)}
    assert not unknown


def _is_setting(name: str) -> bool:
    if name.startswith(("SURTITLE_TEST_", "SURTITLE_PEERS")):
        return True
    group: object = Settings
    for part in name.removeprefix("SURTITLE_").lower().split("__"):
        fields = getattr(group, "model_fields", {})
        # `SURTITLE_X_FILE` sets `SURTITLE_X`.
        field = fields.get(part) or fields.get(part.removesuffix("_file"))
        if field is None:
            return False
        group = field.annotation
    return True


def _environment(server: Server) -> dict[str, str]:
    own = {name: value for name, value in os.environ.items() if not name.startswith("SURTITLE_")}
    programs = Path(sys.executable).parent
    return own | {
        "PATH": f"{programs}:{own['PATH']}",
        "SURTITLE_DATA_DIR": str(server.data_dir),
        "SURTITLE_MODELS__DIRECTORY": str(Settings().models_directory),
        "SURTITLE_ENGINES__TRANSCRIBER": "dummy",
    }
