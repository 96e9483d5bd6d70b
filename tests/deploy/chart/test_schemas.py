"""What the chart makes is what Kubernetes takes, and what people write is what the chart takes."""

import os
import subprocess
import sys
from pathlib import Path

import jsonschema  # type: ignore[import-untyped]
import pytest
import yaml
from tests.deploy.chart.crds import SPECS, schema_of
from tests.deploy.chart.helm import CHART, INSTALLED, SETS, VALUES, helm, rendered, templated

import surtitle

# The oldest that Chart.yaml allows, and the newest whose schemas there are.
OLDEST, NEWEST = "1.29", "1.37"


@pytest.mark.parametrize("values", SETS)
def test_helm_has_nothing_against_it(values: str) -> None:
    done = helm("lint", "--strict", "--quiet", CHART, "-f", VALUES / f"{values}.yaml")
    assert done.returncode == 0, done.stdout + done.stderr


@pytest.mark.parametrize(("version", "sets"), [(OLDEST, SETS), (NEWEST, ["everything"])])
def test_kubernetes_takes_all_of_it_strictly(tmp_path: Path, version: str, sets: list[str]) -> None:
    file = tmp_path / "all.yaml"
    known = [
        resource
        for values in sets
        for resource in rendered(values)
        if (resource["apiVersion"], resource["kind"]) not in SPECS
    ]
    file.write_text(yaml.safe_dump_all(known))
    done = subprocess.run(
        [sys.executable, "-m", "kubernetes_validate", "--strict", "-k", version, file],
        env={**os.environ, "PYTHONPATH": str(INSTALLED)}, capture_output=True, text=True, check=False,
    )  # fmt: skip
    complaints = [line for line in done.stdout.splitlines() if not line.startswith("INFO")]
    assert (done.returncode, complaints) == (0, []), done.stderr
    assert done.stdout.count("passed") == len(known)


def test_what_others_define_is_what_they_take() -> None:
    seen = set()
    for resource in rendered("everything"):
        kind = resource["apiVersion"], resource["kind"]
        if kind in SPECS:
            jsonschema.validate(resource, schema_of(*kind))
            seen.add(kind)
    assert seen == set(SPECS)


@pytest.mark.parametrize(
    ("wrong", "told"),
    [
        ("apii.replicas=3", "'apii' not allowed"),
        ("api.replica=3", "'replica' not allowed"),
        ("worker.gpu.image.digest=latest", "/worker/gpu/image/digest"),
        ("database.url=postgresql://me:secret@db/surtitle", "/database/url"),
        ("database.url=sqlite:///here", "/database/url"),
        ("settings.SURTITLE_MAIL__PASSWORD=secret", "/settings/SURTITLE_MAIL__PASSWORD"),
        ("settings.SURTITLE_HUB__URL=redis://me:secret@redis", "/settings/SURTITLE_HUB__URL"),
        ("settings.surtitle_log__level=debug", "surtitle_log__level"),
        ("keda.source=api", "'source' not allowed"),
        ("api.dataSizeLimit=20GB", "/api/dataSizeLimit"),
    ],
)
def test_a_value_that_cannot_be_meant_is_refused_by_its_name(wrong: str, told: str) -> None:
    done = templated("smallest", "--set-string", wrong)
    assert done.returncode != 0
    assert told in done.stderr
    assert "secret@" not in done.stderr


@pytest.mark.parametrize("missing", ["database.url", "storage.url", "secrets.existingSecret"])
def test_what_is_needed_is_asked_for(missing: str) -> None:
    done = templated("smallest", "--set-string", f"{missing}=")
    assert done.returncode != 0
    assert missing in done.stderr


def test_every_object_of_the_schema_refuses_what_it_does_not_know() -> None:
    schema = yaml.safe_load((CHART / "values.schema.json").read_text())
    named = [(place, each) for place, each in objects(schema) if "properties" in each]
    assert len(named) > 30
    assert [place for place, each in named if each.get("additionalProperties", True)] == []


def objects(schema: object, place: str = "") -> list[tuple[str, dict[str, object]]]:
    if isinstance(schema, list):
        return [each for number, item in enumerate(schema) for each in objects(item, f"{place}/{number}")]
    if not isinstance(schema, dict):
        return []
    inner = [each for name, item in schema.items() for each in objects(item, f"{place}/{name}")]
    return [*inner, *([(place, schema)] if schema.get("type") == "object" else [])]


def test_the_chart_has_the_version_of_the_program() -> None:
    chart = yaml.safe_load((CHART / "Chart.yaml").read_text())
    assert chart["version"] == chart["appVersion"] == surtitle.__version__
