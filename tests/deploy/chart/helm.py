"""The chart as helm fills it in: `make .helm/.installed` brings the program."""

import subprocess
from functools import cache
from pathlib import Path
from typing import Any

import yaml
from tests.deploy.compose import ROOT

CHART = ROOT / "deploy" / "helm" / "surtitle"
VALUES = Path(__file__).parent / "values"
INSTALLED = ROOT / ".helm"
SETS = sorted(file.stem for file in VALUES.glob("*.yaml"))

Resource = dict[str, Any]


def helm(*words: str | Path) -> subprocess.CompletedProcess[str]:
    program = INSTALLED / "helm"
    assert program.is_file(), "helm is missing: run `make .helm/.installed`"
    return subprocess.run([program, *words], capture_output=True, text=True, check=False)


def templated(values: str, *words: str) -> subprocess.CompletedProcess[str]:
    return helm("template", "cinema", CHART, "--namespace", "media", "-f", VALUES / f"{values}.yaml", *words)


@cache
def rendered(values: str, *words: str) -> list[Resource]:
    """Every resource, hooks as well. Treat them as read-only: they are shared."""
    done = templated(values, *words)
    assert done.returncode == 0, done.stderr
    return [resource for resource in yaml.safe_load_all(done.stdout) if resource]


def one(resources: list[Resource], kind: str, name: str) -> Resource:
    found = [each for each in resources if (each["kind"], each["metadata"]["name"]) == (kind, name)]
    assert len(found) == 1, f"{len(found)} of {kind} {name}"
    return found[0]


def pod_specs(resources: list[Resource]) -> dict[str, Resource]:
    """By the names of what makes the pods."""
    found = {}
    for each in resources:
        spec = each.get("spec", {})
        template = spec.get("jobTemplate", {}).get("spec", spec).get("template")
        if template is not None:
            found[each["metadata"]["name"]] = template["spec"]
    return found


def variables(container: Resource) -> dict[str, str]:
    named = {entry["name"]: entry["value"] for entry in container["env"]}
    assert len(named) == len(container["env"]), "a variable is there twice"
    return named
