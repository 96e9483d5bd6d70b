"""Alerts come when they should and not before, say what to do, and lead to a page that exists."""

import re
import subprocess
from pathlib import Path
from typing import Any

import pytest
import yaml
from tests.deploy.alert_cases import CASES, SILENCES, Case, Silence
from tests.deploy.alert_rules import RULE_OF, RULES, RUNBOOKS, alerts_of
from tests.deploy.compose import ROOT

EVERY: list[Case | Silence] = [*CASES, *SILENCES]
AREAS = {"api", "workers", "storage", "delivery", "servers", "jobs", "certificates", "cost"}


def asked(case: Case | Silence) -> dict[str, Any]:
    """A test in the form that promtool reads."""
    series = [{"series": name, "values": values} for name, values in case.series.items()]
    if isinstance(case, Silence):
        checks: list[dict[str, Any]] = [{"eval_time": case.at, "alertname": case.alert, "exp_alerts": []}]
    else:
        checks = [
            {"eval_time": case.quiet_at, "alertname": case.alert, "exp_alerts": []},
            {"eval_time": case.fires_at, "alertname": case.alert, "exp_alerts": [told(case)]},
        ]
    name = case.why if isinstance(case, Silence) else case.summary
    return {
        "name": f"{case.alert}: {name}",
        "interval": "1m",
        "input_series": series,
        "external_labels": {"runbooks": RUNBOOKS},
        "alert_rule_test": checks,
    }


def told(case: Case) -> dict[str, Any]:
    rule = RULE_OF[case.alert]
    action = rule["annotations"]["action"]
    for label, value in case.labels.items():
        action = action.replace(f"{{{{ $labels.{label} }}}}", value)
    page = rule["annotations"]["runbook_url"].rpartition("}}")[2]
    annotations = {"summary": case.summary, "action": action, "runbook_url": RUNBOOKS + page}
    return {"exp_labels": {**rule["labels"], **case.labels}, "exp_annotations": annotations}


@pytest.mark.parametrize("rules", sorted(RULES.glob("*.yaml")), ids=lambda file: file.stem)
def test_alerts_come_when_they_should_and_not_before(rules: Path, tmp_path: Path) -> None:
    file = tmp_path / "rules.test.yaml"
    own = {rule["alert"] for rule in alerts_of(rules)}
    tests = [asked(case) for case in EVERY if case.alert in own]
    written = {"rule_files": [str(rules)], "evaluation_interval": "1m", "tests": tests}
    file.write_text(yaml.safe_dump(written))
    done = subprocess.run(
        ["promtool", "test", "rules", str(file)], capture_output=True, text=True, check=False
    )
    assert done.returncode == 0, done.stdout + done.stderr


def test_every_alert_has_such_a_case() -> None:
    assert {case.alert for case in CASES} == set(RULE_OF)


def test_the_rules_can_be_read() -> None:
    files = [str(file) for file in sorted(RULES.glob("*.yaml"))]
    done = subprocess.run(["promtool", "check", "rules", *files], capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stdout + done.stderr


@pytest.mark.parametrize("alert", RULE_OF)
def test_an_alert_says_what_to_do_and_leads_to_its_runbook(alert: str) -> None:
    rule = RULE_OF[alert]
    assert rule["annotations"].keys() == {"summary", "action", "runbook_url"}
    assert rule["labels"].keys() == {"severity", "area"}
    assert rule["labels"]["severity"] in {"warning", "critical"}
    assert rule["labels"]["area"] in AREAS
    found = re.fullmatch(r"\{\{ \$externalLabels\.runbooks \}\}([a-z-]+)", rule["annotations"]["runbook_url"])
    assert found is not None
    page = ROOT / "docs" / "operate" / "runbooks" / f"{found[1]}.md"
    assert alert in page.read_text(), f"{page.name} names the alerts that lead to it"
