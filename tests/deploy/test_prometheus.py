"""What Prometheus is told to watch, judged by its own tool, and the dashboard that shows it."""

import json
import re
import shutil
import subprocess
from pathlib import Path

import pytest
import yaml
from tests.deploy.compose import ROOT

from surtitle.observability.metrics import Metrics

PLACE = ROOT / "deploy" / "prometheus"
DASHBOARD = ROOT / "deploy" / "grafana" / "dashboards" / "surtitle.json"


def promtool(*words: str) -> None:
    if shutil.which("promtool") is None:
        pytest.skip("promtool is not on this machine (Debian: prometheus)")
    done = subprocess.run(["promtool", *words], cwd=PLACE, capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stdout + done.stderr


def test_prometheus_can_read_its_configuration() -> None:
    promtool("check", "config", "--syntax-only", "prometheus.yaml")


def test_alerts_come_when_they_should_and_not_before() -> None:
    promtool("test", "rules", "rules.test.yaml")


def test_every_alert_says_what_to_do() -> None:
    groups = yaml.safe_load((PLACE / "rules" / "surtitle.yaml").read_text())["groups"]
    for rule in (rule for group in groups for rule in group["rules"]):
        assert rule["annotations"].keys() == {"summary", "action"}, rule["alert"]
        assert rule["labels"]["severity"] in {"warning", "critical"}, rule["alert"]


def queries() -> list[str]:
    panels = json.loads(DASHBOARD.read_text())["panels"]
    return [target["expr"] for panel in panels for target in panel["targets"]]


def test_the_dashboards_queries_can_be_read(tmp_path: Path) -> None:
    rules = [{"record": f"panel:{number}", "expr": query} for number, query in enumerate(queries())]
    (tmp_path / "dashboard.yaml").write_text(yaml.safe_dump({"groups": [{"name": "panels", "rules": rules}]}))
    promtool("check", "rules", str(tmp_path / "dashboard.yaml"))


def test_alerts_and_dashboard_ask_for_figures_that_there_are() -> None:
    kept = {family.name: family.type for family in Metrics().registry.collect()}
    named = {
        name + suffix
        for name, kind in kept.items()
        for suffix in {"counter": ["_total"], "histogram": ["_bucket", "_sum", "_count"]}.get(kind, [""])
    }
    asked = set(
        re.findall(r"surtitle_\w+", " ".join([*queries(), (PLACE / "rules" / "surtitle.yaml").read_text()]))
    )
    assert len(asked) > 8
    assert asked <= named
