"""What the compose file promises, read from what docker-compose makes of it."""

import json
import re
import shutil
from pathlib import Path
from typing import Any

import pytest
from tests.deploy.compose import ROOT, configured

from surtitle.config import Settings

ONCE = {"setup", "models", "bucket"}
EVERY = ("gpu", "alerts", "logs")
IMAGES = {
    "SURTITLE_IMAGE": "api",
    "SURTITLE_GPU_IMAGE": "worker-gpu",
    "POSTGRES_IMAGE": "db",
    "REDIS_IMAGE": "redis",
    "S3_IMAGE": "s3",
    "TRAEFIK_IMAGE": "traefik",
    "PROMETHEUS_IMAGE": "prometheus",
    "ALERTMANAGER_IMAGE": "alertmanager",
    "ALLOY_IMAGE": "alloy",
    "LOKI_IMAGE": "loki",
    "GRAFANA_IMAGE": "grafana",
}


@pytest.fixture(scope="module")
def services() -> dict[str, Any]:
    return dict(configured(profiles=EVERY)["services"])


def test_the_file_at_the_root_is_that_of_the_deployment() -> None:
    there = configured(place=ROOT / "deploy" / "compose")
    assert configured()["services"] == there["services"]
    assert {"api", "worker", "redis", "db", "vocalyx-transcribe-01"} <= set(there["services"])
    assert not {"worker-gpu", "alertmanager", "alloy", "loki"} & set(there["services"]), (
        "only where their profiles are asked for"
    )
    assert there["services"]["vocalyx-transcribe-01"]["scale"] == 0


def test_no_container_runs_as_root_writes_beside_its_volumes_or_takes_all_memory(
    services: dict[str, Any],
) -> None:
    for name, service in services.items():
        assert service["read_only"], name
        assert service["cap_drop"] == ["ALL"], name
        assert service["security_opt"] == ["no-new-privileges:true"], name
        assert int(service["deploy"]["resources"]["limits"]["memory"]) > 0, name
        assert not service.get("privileged"), name
        assert not any("docker.sock" in volume["source"] for volume in service["volumes"]), name
        assert name == "setup" or (name in ONCE or "healthcheck" in service), name
        user = service["user"].partition(":")[0]
        assert (user in {"root", "0"}) is (name in {"setup", "alloy"}), name
    setup = services["setup"]
    assert setup["network_mode"] == "none", "whoever is root reaches nobody"
    assert set(setup["cap_add"]) == {"CHOWN", "DAC_OVERRIDE", "FOWNER"}


def test_no_secret_has_a_default_and_each_service_sees_its_own_alone(services: dict[str, Any]) -> None:
    for name, service in services.items():
        given = {key: value for key, value in (service.get("environment") or {}).items() if value}
        for key, value in given.items():
            secret = re.search(r"PASSWORD|SECRET|TOKEN|_KEY", key)
            assert secret is None or str(value).startswith("/run/secrets/"), f"{name}: {key}"
            assert not re.search(r"://[^/@]*:[^/@]*@", str(value)), f"{name}: {key}"
        mounted = {
            volume["source"].rpartition("/secrets/")[2]
            for volume in service["volumes"]
            if "/secrets" in volume["source"] and name != "setup"
        }
        assert len(mounted) <= 1, name
        assert mounted <= {"surtitle" if service["image"].startswith("surtitle:") else name}, name


def test_the_servers_have_no_port_outside_and_the_store_no_way_out(services: dict[str, Any]) -> None:
    networks = configured()["networks"]
    for name in ("db", "redis", "s3", "api", "worker"):
        assert "ports" not in services[name], name
    for name in ("db", "redis", "s3"):
        assert all(networks[network].get("internal") for network in services[name]["networks"]), name


def test_ports_are_those_that_people_know_and_only_the_proxy_is_open_to_others(
    services: dict[str, Any],
) -> None:
    ports = [port for service in services.values() for port in service.get("ports", ())]
    everywhere = {int(port["published"]) for port in ports if "host_ip" not in port}
    here = {int(port["published"]) for port in ports if port.get("host_ip") == "127.0.0.1"}
    assert everywhere == {80, 443}
    assert here == {8000, 8080, 5555, 9090, 9093, 3000}


def test_every_image_and_every_limit_is_a_setting() -> None:
    named = configured({name: f"mirror/{name.lower()}:1" for name in IMAGES}, profiles=EVERY)["services"]
    assert {name: named[service]["image"] for name, service in IMAGES.items()} == {
        name: f"mirror/{name.lower()}:1" for name in IMAGES
    }
    assert {service["image"] for service in named.values()} == {f"mirror/{name.lower()}:1" for name in IMAGES}
    limited = configured({"WORKER_MEMORY": "12g", "BASE_IMAGE": "debian:13"})["services"]
    assert int(limited["worker"]["deploy"]["resources"]["limits"]["memory"]) == 12 * 1024**3
    assert limited["api"]["build"]["args"]["BASE_IMAGE"] == "debian:13"


def test_nothing_phones_home(services: dict[str, Any]) -> None:
    assert "-master.telemetry=false" in services["s3"]["command"]
    assert {"--global.checknewversion=false", "--global.sendanonymoususage=false"} <= set(
        services["traefik"]["command"]
    )
    told = services["grafana"]["environment"]
    silenced = {
        key for key, value in told.items() if key.startswith(("GF_ANALYTICS", "GF_NEWS")) and value == "false"
    }
    assert len(silenced) == 4


def test_settings_of_ones_own_reach_the_services_but_not_the_ones_that_hold_them_together() -> None:
    own = configured(
        {"DOMAIN": "surtitle.example.org", "SURTITLE_DATABASE_URL": "postgresql://db.example.org/x"}
    )
    given = own["services"]["api"]["environment"]
    assert given["SURTITLE_SERVER__PUBLIC_URL"] == "https://surtitle.example.org"
    assert given["SURTITLE_DATABASE_URL"] == "postgresql://db.example.org/x"
    assert given["SURTITLE_SERVER__AUTH"] == "required"
    assert given["SURTITLE_DATA_DIR"] == "/data"


@pytest.mark.parametrize("endpoint", [None, "", "https://s3.example.org"])
def test_what_a_store_of_ones_own_is_told_as_is_understood(
    endpoint: str | None, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    own = {} if endpoint is None else {"SURTITLE_STORAGE__ENDPOINT": endpoint}
    given = configured(own)["services"]["api"]["environment"]
    for name, value in given.items():
        monkeypatch.setenv(name, value)
    monkeypatch.setenv("SURTITLE_SECRETS_DIR", str(tmp_path))
    settings = Settings(_env_file=None)
    assert settings.server.auth == "required"
    assert settings.storage.endpoint == ("http://s3:8333" if endpoint is None else endpoint or None)


EARLIER = {
    "POSTGRES_PASSWORD": "of-vocalyx",
    "REDIS_URL": "redis://:of-the-generator@cache:6379/0",
    "GRABADORA_REDIS_URL": "redis://:of-grabadora@cache:6379/0",
    "GRABADORA_S3_ACCESS_KEY": "of-grabadora",
    "GRABADORA_S3_SECRET_KEY": "of-grabadora",
    "STORAGE_PROTOCOL": "file",
}


def test_an_earlier_systems_servers_do_not_take_the_place_of_what_was_drawn(tmp_path: Path) -> None:
    shutil.copytree(ROOT / "deploy", tmp_path / "deploy", ignore=shutil.ignore_patterns("secrets"))
    shutil.copy(ROOT / "docker-compose.yml", tmp_path)
    earlier = {**EARLIER, "WHISPER_LANGUAGE": "fr"}
    (tmp_path / ".env").write_text("".join(f"{name}={value}\n" for name, value in earlier.items()))
    services = configured(EARLIER, place=tmp_path)["services"]
    for name in ("api", "worker", "vocalyx-transcribe-01", "bucket"):
        given = services[name]["environment"]
        assert {given[variable] for variable in EARLIER} == {""}, name
        assert given["WHISPER_LANGUAGE"] == "fr", "what is no server's is heeded"
    # Whoever may inspect containers reads their variables.
    assert "of-vocalyx" not in json.dumps(services["setup"])


def test_weights_of_ones_own_are_found_where_they_are_put() -> None:
    for own, source in (
        ({}, ROOT / "deploy" / "compose" / "models"),
        ({"MODELS_FOLDER": "/srv/w"}, "/srv/w"),
    ):
        services = configured(own, profiles=("gpu",))["services"]
        for name in ("api", "worker", "vocalyx-transcribe-01", "worker-gpu", "models"):
            [mounted] = [one for one in services[name]["volumes"] if one["target"] == "/models"]
            assert (mounted["source"], mounted["read_only"]) == (str(source), True), name
            assert services[name]["environment"]["SURTITLE_MODELS__FOLDER"] == "/models", name
    # Not every engine makes the folder that it is to mount.
    assert (ROOT / "deploy" / "compose" / "models").is_dir()


def test_pages_are_shown_at_the_public_address() -> None:
    own = {"DOMAIN": "surtitle.example.org"}
    assert (
        configured(own)["services"]["traefik"]["environment"]["PUBLIC_URL"] == "https://surtitle.example.org"
    )
    own |= {"SURTITLE_SERVER__PUBLIC_URL": "https://surtitle.example.org:8443"}
    assert configured(own)["services"]["traefik"]["environment"]["PUBLIC_URL"].endswith(":8443")


def test_lets_encrypt_is_asked_only_where_that_is_set() -> None:
    assert configured()["services"]["traefik"]["environment"]["CERTIFICATES"] == "own"
    set_so = {"CERTIFICATES": "letsencrypt", "LETSENCRYPT_EMAIL": "ops@example.org"}
    traefik = configured(set_so)["services"]["traefik"]
    assert traefik["environment"]["CERTIFICATES"] == "letsencrypt"
    assert "--certificatesresolvers.letsencrypt.acme.email=ops@example.org" in traefik["command"]
