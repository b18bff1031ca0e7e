"""compose.yaml, what it mounts and the image agree with each other and with the code's settings."""

import os
import re
import runpy
import shutil
import subprocess
import xml.etree.ElementTree as ET
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

import pytest
import yaml
from grafana.boards.source import PLUGIN, PLUGIN_VERSION

from benchwire.consumer.checks import nats_server
from benchwire.consumer.server_version import VERSION_MIN, written
from benchwire.consumer.settings import ConsumerSettings
from benchwire.consumer.streams import CONTROL_STREAM, DURABLE, EVENTS_STREAM
from benchwire.embedded.settings import EmbeddedSettings
from benchwire.producer.runner.control import CONTROL_PREFIX
from benchwire.schemas.subject import EVENTS_PREFIX

ROOT = Path(__file__).resolve().parents[2]
COMPOSE = (ROOT / "compose.yaml").read_text(encoding="utf-8")
SERVICES: dict[str, Any] = yaml.safe_load(COMPOSE)["services"]
DOCKERFILE = (ROOT / "Dockerfile").read_text(encoding="utf-8")
NATS_CONF = (ROOT / "deploy/nats/nats-server.conf").read_text(encoding="utf-8")
USERS = ET.parse(ROOT / "deploy/clickhouse/users.xml").getroot()  # noqa: S314 - our own file
DOCKER_COMPOSE = shutil.which("docker-compose")
NEW_ENV: dict[str, Any] = runpy.run_path(str(ROOT / "deploy/new_env.py"))


def settings_of(service: str) -> dict[str, str]:
    return {name: str(value) for name, value in SERVICES[service]["environment"].items()}


def image_version(service: str) -> tuple[int, ...]:
    tag = SERVICES[service]["image"].rpartition(":")[2]
    return tuple(int(part) for part in tag.partition("-")[0].split("."))


def test_every_image_is_pinned() -> None:
    for name, service in SERVICES.items():
        assert re.search(r":\d+\.\d+", service["image"]), name


def test_servers_are_as_new_as_the_code_needs() -> None:
    assert image_version("nats") >= nats_server.VERSION_MIN
    assert image_version("clickhouse") >= VERSION_MIN


def test_the_page_names_the_versions_that_are_needed() -> None:
    least = ".".join(map(str, nats_server.VERSION_MIN))
    needed = f"NATS {least} and ClickHouse {written(VERSION_MIN)} or newer"
    assert needed in (ROOT / "docs/deploy.md").read_text(encoding="utf-8")


def test_the_image_is_the_version_of_the_code() -> None:
    version = re.search(r'^version = "(.+)"', (ROOT / "pyproject.toml").read_text(), re.MULTILINE)
    assert version
    assert SERVICES["consumer"]["image"] == f"benchwire:{version[1]}"


def test_every_secret_comes_from_the_env_file() -> None:
    needed = set(re.findall(r"\$\{(\w+):\?", COMPOSE))
    assert needed == set(NEW_ENV["NAMES"])
    for service, described in SERVICES.items():
        for name, value in described.get("environment", {}).items():
            if "PASSWORD" in name:
                assert value.startswith("${"), (service, name)


def test_ports_are_published_on_loopback_unless_told_otherwise() -> None:
    for name, service in SERVICES.items():
        for port in service.get("ports", ()):
            address, outside, inside = re.fullmatch(r"(.+):(\d+):(\d+)", port).groups()  # type: ignore[union-attr]
            assert address == "${BENCHWIRE_BIND:-127.0.0.1}", name
            assert outside == inside, name


def test_the_consumer_is_told_only_what_it_knows() -> None:
    told = settings_of("consumer") | dict(re.findall(r"(BENCHWIRE_\w+)=(\S+)", DOCKERFILE))
    known = {f"BENCHWIRE_{name.upper()}" for name in ConsumerSettings.model_fields}
    assert set(told) <= known
    defaults = ConsumerSettings(nats_url="nats://x")
    grace = float(SERVICES["consumer"]["stop_grace_period"].removesuffix("s"))
    assert grace > defaults.drain_seconds


def test_the_consumer_finds_the_servers_by_name_port_and_user() -> None:
    told = settings_of("consumer")
    nats_url = urlsplit(re.sub(r"\$\{[^}]*\}", "x", told["BENCHWIRE_NATS_URL"]))
    assert (nats_url.hostname, nats_url.port) == ("nats", 4222)
    assert f"user: {nats_url.username}, password: $NATS_CONSUMER_PASSWORD" in NATS_CONF
    assert '0.0.0.0:4222"' in NATS_CONF
    store = urlsplit(re.sub(r"\$\{[^}]*\}", "x", told["BENCHWIRE_CLICKHOUSE_URL"]))
    made = settings_of("clickhouse")
    assert (store.hostname, store.port) == ("clickhouse", 8123)
    assert store.username == made["CLICKHOUSE_USER"]
    assert store.path == f"/{made['CLICKHOUSE_DB']}"


def test_health_is_asked_where_it_is_served() -> None:
    (port,) = re.findall(r"BENCHWIRE_HEALTH_PORT=(\d+)", DOCKERFILE)
    assert f"127.0.0.1:{port}/readyz" in DOCKERFILE
    assert f"EXPOSE {port}" in DOCKERFILE
    assert SERVICES["consumer"]["ports"] == [f"${{BENCHWIRE_BIND:-127.0.0.1}}:{port}:{port}"]
    (http,) = re.findall(r'^http: "(.+)"', NATS_CONF, re.MULTILINE)
    assert f"http://{http}/healthz" in SERVICES["nats"]["healthcheck"]["test"]


def test_services_start_when_what_they_need_is_healthy() -> None:
    needs = {name: service.get("depends_on", {}) for name, service in SERVICES.items()}
    assert set(needs["consumer"]) == {"nats", "clickhouse"}
    assert set(needs["grafana"]) == {"clickhouse", "consumer"}
    for name, needed in needs.items():
        for other, how in needed.items():
            assert how == {"condition": "service_healthy"}, (name, other)
            assert "healthcheck" in SERVICES[other] or "build" in SERVICES[other]


def test_what_is_mounted_exists() -> None:
    for name, service in SERVICES.items():
        for mount in service.get("volumes", ()):
            source = mount.split(":")[0]
            if source.startswith("./") and source != "./spans":
                assert (ROOT / source).exists(), (name, source)


def test_nats_is_configured_as_the_embedded_one() -> None:
    assert f"max_payload: {EmbeddedSettings().nats_payload_bytes_max}\n" in NATS_CONF
    assert f"max_file_store: {EmbeddedSettings().nats_store_bytes_max}\n" in NATS_CONF
    assert "sync_interval: always" in NATS_CONF


def test_rights_name_our_subjects_streams_and_durable() -> None:
    info = f"$JS.API.STREAM.INFO.{EVENTS_STREAM}"
    for needed in (f"{EVENTS_PREFIX}.>", f"{CONTROL_PREFIX}.>", info):
        assert f'"{needed}"' in NATS_CONF
    assert f"CONSUMER.INFO.{EVENTS_STREAM}.{DURABLE}" in NATS_CONF
    assert f"DIRECT.GET.{CONTROL_STREAM}." in NATS_CONF


def test_grafana_reads_as_the_reader() -> None:
    (source,) = yaml.safe_load(
        (ROOT / "grafana/provisioning/datasources/benchwire.yaml").read_text(encoding="utf-8")
    )["datasources"]
    (reader,) = USERS.findall("users/*")
    assert source["jsonData"]["username"] == reader.tag
    assert source["jsonData"]["defaultDatabase"] == settings_of("clickhouse")["CLICKHOUSE_DB"]
    used = set(re.findall(r"\$\{(\w+)\}", str(source)))
    assert used <= set(settings_of("grafana"))
    (password,) = reader.findall("password")
    assert password.get("from_env") in settings_of("clickhouse")
    grant = reader.findtext("grants/query")
    assert grant == f"GRANT SELECT ON {settings_of('clickhouse')['CLICKHOUSE_DB']}.*"
    assert USERS.findtext(f"profiles/{reader.findtext('profile')}/readonly") == "2"
    assert USERS.find(f"quotas/{reader.findtext('quota')}/interval") is not None


def test_the_plugin_is_pinned_to_a_version_that_reads_our_queries() -> None:
    plugin, _, version = settings_of("grafana")["GF_PLUGINS_PREINSTALL_SYNC"].partition("@")
    assert plugin == PLUGIN
    assert re.fullmatch(r"\d+\.\d+\.\d+", version)
    pinned, least = (tuple(map(int, each.split("."))) for each in (version, PLUGIN_VERSION))
    assert pinned[0] == least[0]
    assert pinned >= least
    for page in ("deploy", "dashboards"):
        assert f"{PLUGIN} {version}" in (ROOT / f"docs/{page}.md").read_text(encoding="utf-8"), page


def test_grafana_finds_the_dashboards_where_they_are_mounted() -> None:
    (provider,) = yaml.safe_load(
        (ROOT / "grafana/provisioning/dashboards/benchwire.yaml").read_text(encoding="utf-8")
    )["providers"]
    mounted = dict(mount.split(":")[:2] for mount in SERVICES["grafana"]["volumes"])
    assert mounted["./grafana/dashboards"] == provider["options"]["path"]
    assert mounted["./grafana/provisioning"] == "/etc/grafana/provisioning"


def test_grafana_knows_what_alert_rules_ask_its_environment() -> None:
    rules = (ROOT / "grafana/provisioning/alerting/benchwire.yaml").read_text(encoding="utf-8")
    used = set(re.findall(r"\$(\w+)", rules))
    assert used
    assert used <= set(settings_of("grafana"))


@pytest.mark.skipif(DOCKER_COMPOSE is None, reason="docker-compose is not installed")
def test_docker_compose_accepts_it(tmp_path: Path) -> None:
    environment = tmp_path / "env"
    lines = [f"{name}={NEW_ENV['new_password']()}" for name in NEW_ENV["NAMES"]]
    environment.write_text("\n".join(lines), encoding="utf-8")
    words = ["--env-file", str(environment), "--file", str(ROOT / "compose.yaml")]
    for profile in ([], ["--profile", "otel"]):
        done = subprocess.run(
            [str(DOCKER_COMPOSE), *words, *profile, "config", "--quiet"],
            capture_output=True,
            check=False,
            timeout=60,
            env={"PATH": os.environ["PATH"], "HOME": str(tmp_path)},
        )
        assert done.returncode == 0, done.stderr.decode()
