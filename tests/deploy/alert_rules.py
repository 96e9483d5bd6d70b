"""The alerts of deploy/prometheus/rules, as they stand in the files."""

from pathlib import Path
from typing import Any

import yaml
from tests.deploy.compose import ROOT

RULES = ROOT / "deploy" / "prometheus" / "rules"
RUNBOOKS = "https://surtitle.example.org/runbooks/"


def alerts_of(file: Path) -> list[dict[str, Any]]:
    groups = yaml.safe_load(file.read_text())["groups"]
    return [rule for group in groups for rule in group["rules"] if "alert" in rule]


RULE_OF = {rule["alert"]: rule for file in sorted(RULES.glob("*.yaml")) for rule in alerts_of(file)}
