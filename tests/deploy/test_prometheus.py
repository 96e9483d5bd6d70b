"""What Prometheus is told to watch, judged by its own tool, and what Grafana is told to read."""

import shutil
import subprocess
from pathlib import Path
from typing import Any

import yaml
from tests.deploy.compose import ROOT, configured

PLACE = ROOT / "deploy" / "prometheus"
GRAFANA = ROOT / "deploy" / "grafana" / "provisioning"


def settings() -> dict[str, Any]:
    read: dict[str, Any] = yaml.safe_load((PLACE / "prometheus.yaml").read_text())
    return read


def test_prometheus_can_read_its_configuration(tmp_path: Path) -> None:
    shutil.copytree(PLACE, tmp_path, dirs_exist_ok=True)
    done = subprocess.run(
        ["promtool", "check", "config", "--syntax-only", "prometheus.yaml"],
        cwd=tmp_path, capture_output=True, text=True, check=False,
    )  # fmt: skip
    assert done.returncode == 0, done.stdout + done.stderr


def test_alerts_tell_servers_from_workers_by_jobs_that_there_are() -> None:
    jobs = {job["job_name"]: job for job in settings()["scrape_configs"]}
    assert {"surtitle", "workers", "alertmanager", "traefik", "store"} <= jobs.keys()
    for name in ("surtitle", "workers"):
        assert jobs[name]["authorization"] == {"credentials_file": "/run/secrets/metrics_token"}


def test_every_worker_of_compose_is_found_at_the_port_where_it_tells() -> None:
    (found,) = next(job for job in settings()["scrape_configs"] if job["job_name"] == "workers")[
        "dns_sd_configs"
    ]
    services = configured(profiles=("gpu",))["services"]
    workers = [name for name, service in services.items() if service.get("command") == ["worker"]]
    assert len(workers) == 3
    for name in workers:
        assert found["names"][0] in services[name]["networks"]["outside"]["aliases"]
        assert services[name]["environment"]["SURTITLE_METRICS__WORKER_PORT"] == str(found["port"])
        assert services[name]["environment"]["SURTITLE_METRICS__WORKER_HOST"] == "0.0.0.0"


def test_links_to_runbooks_lead_into_grafana_unless_somebody_says_otherwise() -> None:
    assert settings()["global"]["external_labels"] == {"runbooks": "${RUNBOOKS_URL}"}
    given = configured({"GRAFANA_PORT": "3001"})["services"]["prometheus"]["environment"]
    assert given["RUNBOOKS_URL"] == "http://localhost:3001/d/runbook-"
    assert (ROOT / "deploy" / "grafana" / "dashboards" / "runbooks" / "worker-failure.json").exists()


def test_dashboards_find_the_servers_that_they_ask() -> None:
    files = (GRAFANA / "datasources").glob("*.yaml")
    known = {source["uid"] for file in files for source in yaml.safe_load(file.read_text())["datasources"]}
    assert known == {"prometheus", "loki"}
