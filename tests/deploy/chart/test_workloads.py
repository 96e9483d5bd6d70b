"""What the chart promises of its processes."""

import json
from pathlib import Path
from typing import Any

import pytest
import yaml
from tests.deploy.chart.helm import CHART, SETS, Resource, one, pod_specs, rendered, templated, variables
from tests.deploy.compose import ROOT
from tests.deploy.test_runbooks import refused

from surtitle.cli.app import COMMANDS
from surtitle.config import Settings

OF_REDIS = "redis"


def container(resources: list[Resource], kind: str, name: str) -> Resource:
    found: Resource = one(resources, kind, name)["spec"]["template"]["spec"]["containers"][0]
    return found


@pytest.mark.parametrize("values", SETS)
def test_no_container_may_do_more_than_it_needs(values: str) -> None:
    for name, pod in pod_specs(rendered(values)).items():
        assert pod["securityContext"]["runAsNonRoot"] is True, name
        assert pod["securityContext"]["seccompProfile"] == {"type": "RuntimeDefault"}, name
        assert pod["automountServiceAccountToken"] == (values == "vault-agent"), name
        assert pod["enableServiceLinks"] is False, name
        for each in [*pod["containers"], *pod.get("initContainers", [])]:
            assert each["securityContext"] == {
                "allowPrivilegeEscalation": False,
                "readOnlyRootFilesystem": True,
                "capabilities": {"drop": ["ALL"]},
            }, name
            assert "memory" in each["resources"]["limits"], name
            assert {"cpu", "memory"} <= each["resources"]["requests"].keys(), name


@pytest.mark.parametrize("values", SETS)
def test_what_stays_has_all_three_probes(values: str) -> None:
    for each in rendered(values):
        if each["kind"] == "Deployment":
            probed = each["spec"]["template"]["spec"]["containers"][0]
            assert {"startupProbe", "livenessProbe", "readinessProbe"} <= probed.keys(), each["metadata"]


@pytest.mark.parametrize("values", SETS)
def test_what_is_started_is_there_and_understands_its_variables(
    values: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    for name in ("role_id", "secret_id"):
        (tmp_path / f"surtitle_vault__{name}").write_text("given")
    known = {"HOME", "WHISPER_LANGUAGE", *setting_names(Settings, "SURTITLE_")}
    for name, pod in pod_specs(rendered(values)).items():
        if name.endswith(OF_REDIS):
            continue
        for each in [*pod["containers"], *pod.get("initContainers", [])]:
            assert each["args"][0] in COMMANDS, name
            told = variables(each)
            assert told.keys() <= known, name
            with monkeypatch.context() as patched:
                for variable, value in told.items():
                    patched.setenv(variable, value)
                patched.setenv("SURTITLE_SECRETS_DIR", str(tmp_path))
                # There is no Vault here to be asked for settings.
                patched.delenv("SURTITLE_VAULT__KV_PATH", raising=False)
                assert Settings(_env_file=None).server.auth == "required"


def setting_names(model: type[Any], prefix: str) -> set[str]:
    names = set()
    for name, field in model.model_fields.items():
        inner = field.annotation
        if hasattr(inner, "model_fields"):
            names |= setting_names(inner, f"{prefix}{name.upper()}__")
        else:
            names.add(f"{prefix}{name.upper()}")
    return names


def test_the_video_generators_people_find_what_they_had() -> None:
    resources = rendered("video-gen")
    assert {each["metadata"]["namespace"] for each in resources} == {"video-gen"}
    api = one(resources, "Deployment", "api-deployment")
    assert api["spec"]["strategy"]["rollingUpdate"] == {"maxUnavailable": 0, "maxSurge": 1}
    scaling = one(resources, "HorizontalPodAutoscaler", "api-deployment")["spec"]
    targets = {each["resource"]["name"]: each["resource"]["target"] for each in scaling["metrics"]}
    assert scaling["minReplicas"] == 3
    percent = {name: target["averageUtilization"] for name, target in targets.items()}
    assert percent == {"cpu": 30, "memory": 50}
    gpu = container(resources, "Deployment", "worker-gpu")
    assert gpu["resources"]["limits"]["nvidia.com/gpu"] == 1
    assert gpu["image"] == "registry.example.org/surtitle-gpu:0.1.0"
    assert variables(gpu)["SURTITLE_ENGINES__DEVICE"] == "cuda"
    assert variables(gpu)["SURTITLE_JOBS__LISTENING_QUEUE"] == "gpu"
    kpis = one(resources, "CronJob", "spark-kpi-cronjob")["spec"]["jobTemplate"]["spec"]["template"]["spec"]
    assert kpis["containers"][0]["args"] == ["kpis", "compute"]
    one(resources, "Deployment", "redis")


def test_without_autoscaling_there_are_three_of_the_api() -> None:
    api = one(rendered("smallest", "--set", "api.autoscaling.enabled=false"), "Deployment", "api-deployment")
    assert api["spec"]["replicas"] == 3
    scaled = one(rendered("smallest"), "Deployment", "api-deployment")
    assert "replicas" not in scaled["spec"], "an upgrade would undo what the autoscaler did"


def test_gpus_are_used_where_somebody_says_so() -> None:
    names = {each["metadata"]["name"] for each in rendered("smallest")}
    assert "worker-gpu" not in names
    assert (
        variables(container(rendered("smallest"), "Deployment", "worker-cpu"))["SURTITLE_JOBS__WORKER_QUEUES"]
        == '["cpu"]'
    )


def test_schedules_are_left_to_the_scheduler() -> None:
    resources = rendered("smallest")
    for name in ("api-deployment", "worker-cpu", "scheduler"):
        assert variables(container(resources, "Deployment", name))["SURTITLE_JOBS__SCHEDULES"] == "scheduler"
    assert container(resources, "Deployment", "scheduler")["args"] == ["scheduler"]


def test_a_worker_has_longer_to_stop_than_its_job_to_go_on() -> None:
    worker = one(rendered("smallest"), "Deployment", "worker-cpu")["spec"]["template"]["spec"]
    told = variables(worker["containers"][0])
    assert worker["terminationGracePeriodSeconds"] > float(told["SURTITLE_JOBS__GRACE_SECONDS"]) + 5
    probe = worker["containers"][0]["livenessProbe"]["exec"]["command"]
    assert probe == ["surtitle", "worker", "health", "--live"]


def test_tables_are_migrated_before_anything_is_exchanged() -> None:
    job = one(rendered("smallest"), "Job", "migrations")
    pod = job["spec"]["template"]["spec"]
    assert pod["containers"][0]["args"] == ["db", "upgrade"]
    account = one(rendered("smallest"), "ServiceAccount", pod["serviceAccountName"])
    annotations = account["metadata"]["annotations"]
    assert annotations["helm.sh/hook"] == "pre-install,pre-upgrade"
    assert int(annotations["helm.sh/hook-weight"]) < int(
        job["metadata"]["annotations"]["helm.sh/hook-weight"]
    )


def test_a_backup_is_restored_by_a_job_of_its_own() -> None:
    words = ("--set", "restore.enabled=true,restore.name=latest,backup.enabled=false")
    job = one(rendered("everything", *words), "Job", "test-restore")
    pod = job["spec"]["template"]["spec"]
    (restoring,) = pod["containers"]
    assert restoring["args"] == ["backup", "restore", "latest", "--replace"]
    assert refused(" ".join(["surtitle", *restoring["args"]])) is None
    assert variables(restoring)["SURTITLE_BACKUP__STORE_URL"] == "s3://backups"
    assert "/etc/surtitle/secrets" in {mount["mountPath"] for mount in restoring["volumeMounts"]}
    assert "restore" not in {each["metadata"]["name"] for each in rendered("smallest")}


def test_the_scheduler_reaches_the_backups_to_which_it_carries_the_lists_of_erasures() -> None:
    scheduler = container(rendered("everything"), "Deployment", "test-scheduler")
    assert variables(scheduler)["SURTITLE_BACKUP__STORE_URL"] == "s3://backups"
    assert variables(scheduler)["SURTITLE_BACKUP__DAILY"] == "false", "the CronJob makes them"
    assert variables(scheduler)["SURTITLE_SECRETS_DIR"] in {
        mount["mountPath"] for mount in scheduler["volumeMounts"]
    }


def test_no_upgrade_restores_beside_pods_that_run() -> None:
    done = templated("everything", "--set", "restore.enabled=true", "--is-upgrade")
    assert done.returncode != 0
    assert "--show-only templates/restore.yaml" in done.stderr


def test_values_become_the_settings_that_they_are() -> None:
    api = variables(container(rendered("everything"), "Deployment", "test-api-deployment"))
    assert api["SURTITLE_LIMITS__UPLOAD_BYTES"] == "8589934592"
    assert json.loads(api["SURTITLE_SERVER__CORS_ORIGINS"]) == ["https://app.example.org"]
    assert api["SURTITLE_DATABASE__CONNECTIONS"] == "20"
    cpu = container(rendered("everything"), "Deployment", "test-worker-cpu")
    assert cpu["image"].startswith("surtitle@sha256:")
    worker = variables(cpu)
    assert worker["SURTITLE_DATABASE__CONNECTIONS"] == "4"
    assert json.loads(worker["SURTITLE_JOBS__WORKER_QUEUES"]) == ["cpu", "urgent"]


def test_alerts_and_dashboards_are_those_of_the_repository() -> None:
    resources = rendered("everything")
    groups = [each["spec"] for each in resources if each["kind"] == "PrometheusRule"]
    files = (ROOT / "deploy" / "prometheus" / "rules").glob("*.yaml")
    assert sorted(groups, key=str) == sorted((yaml.safe_load(file.read_text()) for file in files), key=str)
    boards = {
        name: json.loads(text)
        for each in resources
        if each["kind"] == "ConfigMap"
        for name, text in each["data"].items()
    }
    found = (ROOT / "deploy" / "grafana" / "dashboards").rglob("*.json")
    assert boards == {file.name: json.loads(file.read_text()) for file in found}


def test_the_chart_that_is_packed_holds_them_too() -> None:
    assert (CHART / "rules").resolve() == ROOT / "deploy" / "prometheus" / "rules"
    assert (CHART / "dashboards").resolve() == ROOT / "deploy" / "grafana" / "dashboards"


def test_whatever_tells_figures_is_scraped_at_its_port_and_let_through() -> None:
    resources = rendered("everything")
    monitor = one(resources, "PodMonitor", "test-workers")["spec"]
    policy = one(resources, "NetworkPolicy", "test-worker-metrics")["spec"]
    (scraped,), (let_in,) = (
        [term["values"] for term in selector["matchExpressions"]]
        for selector in (monitor["selector"], policy["podSelector"])
    )
    told = {
        each["metadata"]["labels"]["app.kubernetes.io/component"]
        for each in resources
        if each["kind"] == "Deployment"
        for container in each["spec"]["template"]["spec"]["containers"]
        if {"name": "metrics", "containerPort": 9101} in container.get("ports", [])
        and variables(container)["SURTITLE_METRICS__WORKER_PORT"] == "9101"
    }
    assert told == set(scraped) == set(let_in) == {"worker-cpu", "worker-gpu", "scheduler"}
