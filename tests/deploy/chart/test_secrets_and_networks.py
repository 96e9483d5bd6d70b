"""Where secrets come from in a cluster, and who may talk to whom."""

from pathlib import Path

import pytest
from tests.deploy.chart.helm import SETS, Resource, one, pod_specs, rendered, templated, variables

from surtitle.config import OutgoingSettings, Settings

SECRETS = "/etc/surtitle/secrets"
TOKEN = "surtitle_server__metrics_token"
VAULT_KEYS = ["surtitle_vault__role_id", "surtitle_vault__secret_id"]


def pod(values: str, kind: str, name: str) -> Resource:
    found: Resource = one(rendered(values), kind, name)["spec"]["template"]
    return found


def test_nothing_is_looked_for_where_nothing_is_mounted() -> None:
    spec = pod("vault-agent", "Deployment", "api-deployment")["spec"]
    assert "secrets" not in {volume["name"] for volume in spec["volumes"]}
    bare = rendered("vault", "--set-string", "secrets.existingSecret=")
    (container,) = one(bare, "Deployment", "scheduler")["spec"]["template"]["spec"]["containers"]
    assert "SURTITLE_SECRETS_DIR" not in variables(container)


@pytest.mark.parametrize("values", SETS)
def test_secrets_are_files_and_never_variables(values: str) -> None:
    for name, spec in pod_specs(rendered(values)).items():
        for each in [*spec["containers"], *spec.get("initContainers", [])]:
            assert "envFrom" not in each, name
            assert all(entry.keys() == {"name", "value"} for entry in each.get("env", [])), name


def test_no_pod_starts_without_the_keys_that_are_required() -> None:
    spec = pod("video-gen", "Deployment", "api-deployment")["spec"]
    (volume,) = (each["projected"] for each in spec["volumes"] if each["name"] == "secrets")
    whole, required = (source["secret"] for source in volume["sources"])
    assert (whole, volume["defaultMode"]) == ({"name": "surtitle-secrets"}, 0o440)
    assert [item["key"] for item in required["items"]] == [
        "surtitle_accounts__secret_key", "surtitle_database__password", "surtitle_storage__access_key",
        TOKEN,
    ]  # fmt: skip
    (container,) = spec["containers"]
    assert variables(container)["SURTITLE_SECRETS_DIR"] == SECRETS
    assert {"name": "secrets", "mountPath": SECRETS, "readOnly": True} in container["volumeMounts"]


def demanded(values: str, *words: str) -> list[str]:
    spec = one(rendered(values, *words), "Deployment", "scheduler")["spec"]["template"]["spec"]
    (volume,) = (each["projected"] for each in spec["volumes"] if each["name"] == "secrets")
    _whole, required = (source["secret"] for source in volume["sources"])
    return [item["key"] for item in required["items"]]


def test_the_keys_that_are_required_are_those_that_have_to_come_from_the_secret() -> None:
    assert demanded("smallest") == ["surtitle_accounts__secret_key", TOKEN]
    assert demanded("smallest", "--set", "metrics.enabled=false") == ["surtitle_accounts__secret_key"]
    assert demanded("vault") == VAULT_KEYS, "the rest may be in Vault"
    for_prometheus = demanded("vault", "--set", "metrics.serviceMonitor.enabled=true")
    assert for_prometheus == [*VAULT_KEYS, TOKEN], "which cannot ask Vault"
    no_settings_there = demanded("vault", "--set-string", "vault.kvPath=")
    assert no_settings_there == [*VAULT_KEYS, "surtitle_accounts__secret_key", TOKEN]
    by_token = demanded("vault", "--set", "secrets.required={surtitle_vault__token}")
    assert by_token == ["surtitle_vault__token"], "what somebody lists wins"


@pytest.mark.parametrize("values", SETS)
def test_workers_that_tell_figures_have_the_token_without_which_they_do_not_start(values: str) -> None:
    for name, template in templates(rendered(values)).items():
        if "SURTITLE_METRICS__WORKER_HOST" not in variables(template["spec"]["containers"][0]):
            continue
        annotations = template["metadata"].get("annotations", {})
        by_agent = f"vault.hashicorp.com/agent-inject-secret-{TOKEN}" in annotations
        volumes = {volume["name"]: volume for volume in template["spec"]["volumes"]}
        mounted = "secrets" in volumes and TOKEN in str(volumes["secrets"]["projected"]["sources"])
        in_vault = "SURTITLE_VAULT__KV_PATH" in variables(template["spec"]["containers"][0])
        assert by_agent or mounted or in_vault, name


def templates(resources: list[Resource]) -> dict[str, Resource]:
    return {
        each["metadata"]["name"]: each["spec"]["template"]
        for each in resources
        if each["kind"] == "Deployment" and not each["metadata"]["name"].endswith("redis")
    }


@pytest.mark.parametrize(
    "words",
    [
        ("vault-agent", "--set-json", "vault.agent.secrets=[]"),
        ("smallest", "--set", "redis.enabled=false", "--set-string", "secrets.existingSecret="),
    ],
)
def test_figures_for_which_no_token_can_be_there_are_refused(words: tuple[str, ...]) -> None:
    done = templated(*words)
    assert done.returncode != 0
    assert TOKEN in done.stderr
    assert templated(*words, "--set", "metrics.enabled=false").returncode == 0


def test_files_lie_as_a_cluster_lays_them_and_are_found(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    written = tmp_path / "..2026_11_22_10_00_00.1"
    written.mkdir()
    (written / "surtitle_mail__password").write_text("from the cluster")
    (tmp_path / "..data").symlink_to(written.name)
    (tmp_path / "surtitle_mail__password").symlink_to(Path("..data") / "surtitle_mail__password")
    monkeypatch.setenv("SURTITLE_SECRETS_DIR", str(tmp_path))
    settings = Settings(_env_file=None)
    assert settings.mail.password is not None
    assert settings.mail.password.get_secret_value() == "from the cluster"


def test_vaults_agent_writes_the_files_where_they_are_read() -> None:
    template = pod("vault-agent", "Deployment", "api-deployment")
    annotations = template["metadata"]["annotations"]
    assert annotations["vault.hashicorp.com/agent-inject"] == "true"
    assert annotations["vault.hashicorp.com/agent-inject-secret-surtitle_hub__url"] == "secret/data/surtitle"
    written = annotations["vault.hashicorp.com/agent-inject-template-surtitle_accounts__secret_key"]
    assert written.strip() == (
        '{{- with secret "secret/data/surtitle" -}}{{ .Data.data.accounts__secret_key }}{{- end -}}'
    )
    assert variables(template["spec"]["containers"][0])["SURTITLE_SECRETS_DIR"] == "/vault/secrets"
    assert template["spec"]["automountServiceAccountToken"] is True
    migrating = pod("vault-agent", "Job", "migrations")
    once = "vault.hashicorp.com/agent-pre-populate-only"
    assert (migrating["metadata"]["annotations"][once], once in annotations) == ("true", False)
    assert migrating["spec"]["serviceAccountName"] == "surtitle-vault"


@pytest.mark.parametrize("values", [values for values in SETS if values != "vault"])
def test_every_pod_is_behind_a_policy_for_both_directions(values: str) -> None:
    policies = [each["spec"] for each in rendered(values) if each["kind"] == "NetworkPolicy"]
    for each in rendered(values):
        spec = each.get("spec", {})
        template = spec.get("jobTemplate", {}).get("spec", spec).get("template")
        if template is None:
            continue
        labels = template["metadata"]["labels"]
        types = {kind for policy in policies if selects(policy, labels) for kind in policy["policyTypes"]}
        assert types == {"Ingress", "Egress"}, each["metadata"]["name"]


def selects(policy: Resource, labels: dict[str, str]) -> bool:
    selector = policy["podSelector"]
    if any(labels.get(key) != value for key, value in selector["matchLabels"].items()):
        return False
    return all(
        (labels[term["key"]] in term["values"]) == (term["operator"] == "In")
        for term in selector.get("matchExpressions", [])
    )


def test_redis_answers_this_installation_and_asks_nobody() -> None:
    policy = one(rendered("everything"), "NetworkPolicy", "test-redis")["spec"]
    assert "egress" not in policy
    (rule,) = policy["ingress"]
    (peer,) = rule["from"]
    assert peer["podSelector"]["matchLabels"]["app.kubernetes.io/instance"] == "cinema"


def test_only_those_who_are_named_reach_the_api_and_the_database() -> None:
    api = one(rendered("everything"), "NetworkPolicy", "test-api")["spec"]
    names = [
        peer["namespaceSelector"]["matchLabels"]["kubernetes.io/metadata.name"]
        for rule in api["ingress"]
        for peer in rule["from"]
    ]
    assert names == ["ingress-nginx", "monitoring"]
    egress = one(rendered("everything"), "NetworkPolicy", "test-surtitle")["spec"]["egress"]
    to_database = [rule for rule in egress if {"port": 6432, "protocol": "TCP"} in rule["ports"]]
    assert to_database[0]["to"] == [{"ipBlock": {"cidr": "10.1.0.0/16"}}]


def test_webhooks_and_fetches_may_go_where_they_are_documented_to() -> None:
    egress = one(rendered("smallest"), "NetworkPolicy", "surtitle")["spec"]["egress"]
    anywhere = {port["port"] for rule in egress if "to" not in rule for port in rule["ports"]}
    assert anywhere >= set(OutgoingSettings().ports)


def redis_rules(*words: str) -> list[Resource]:
    egress = one(rendered("vault-agent", *words), "NetworkPolicy", "surtitle")["spec"]["egress"]
    return [rule for rule in egress if {"port": 6379, "protocol": "TCP"} in rule["ports"]]


def test_a_redis_of_ones_own_can_be_reached() -> None:
    assert redis_rules() == [{"ports": [{"port": 6379, "protocol": "TCP"}]}]
    there = '[{"ipBlock": {"cidr": "10.2.0.0/16"}}]'
    (rule,) = redis_rules(
        "--set-json", f"networkPolicy.redis.to={there}", "--set-json", "networkPolicy.redis.ports=[6379,6380]"
    )
    assert rule["ports"] == [{"port": port, "protocol": "TCP"} for port in (6379, 6380)]
    assert rule["to"] == [{"ipBlock": {"cidr": "10.2.0.0/16"}}]
    (ours,) = redis_rules("--set", "redis.enabled=true,secrets.existingSecret=surtitle-secrets")
    assert "podSelector" in ours["to"][0], "where the chart's own is there, no other"


def test_a_budget_lets_one_go_at_a_time_and_finds_its_pods() -> None:
    for each in rendered("everything"):
        if each["kind"] == "PodDisruptionBudget":
            deployment = one(rendered("everything"), "Deployment", each["metadata"]["name"])
            assert each["spec"]["maxUnavailable"] == 1
            assert each["spec"]["selector"] == deployment["spec"]["selector"]


def test_workers_follow_the_queue_where_keda_is() -> None:
    scaled = one(rendered("everything"), "ScaledObject", "test-worker-cpu")["spec"]
    query = scaled["triggers"][0]["metadata"]["query"]
    assert 'surtitle_queue_jobs{queue=~"cpu|urgent",namespace="media",state="queued"})' in query
    assert query.endswith(" / 4")
    assert 'state="running"})) / 2' in query, "what runs keeps its worker"
    deployment = one(rendered("everything"), "Deployment", "test-worker-cpu")
    assert "replicas" not in deployment["spec"]
