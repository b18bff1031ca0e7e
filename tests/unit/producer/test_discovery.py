import json
import os
import subprocess
import sys
from pathlib import Path

import pytest

from benchwire.producer.discovery import nats_urls, without_password


def register(data_dir: Path, **fields: object) -> None:
    (data_dir / "daemon.json").write_text(json.dumps(fields), encoding="utf-8")


def test_an_address_that_was_told_wins(tmp_path: Path) -> None:
    register(tmp_path, pid=os.getpid(), nats_url="nats://daemon:1")
    assert nats_urls("nats://a:1, nats://b:2", tmp_path) == ["nats://a:1", "nats://b:2"]


def test_the_living_daemon_of_the_data_directory_is_found(tmp_path: Path) -> None:
    register(tmp_path, pid=os.getpid(), nats_url="nats://daemon:1")
    assert nats_urls(None, tmp_path) == ["nats://daemon:1"]


def test_a_dead_daemons_registration_is_not_used(tmp_path: Path) -> None:
    dead = subprocess.Popen([sys.executable, "-c", ""])
    dead.wait()
    register(tmp_path, pid=dead.pid, nats_url="nats://daemon:1")
    assert nats_urls(None, tmp_path) == []


@pytest.mark.parametrize("text", ["", "[]", "{}", "nonsense", '{"pid":"x"}', '{"pid":1}'])
def test_a_broken_registration_is_not_used(tmp_path: Path, text: str) -> None:
    (tmp_path / "daemon.json").write_text(text, encoding="utf-8")
    assert nats_urls(None, tmp_path) == []


def test_logged_addresses_carry_no_password() -> None:
    assert without_password("nats://me:canary@host:4222") == "nats://host:4222"
    assert without_password("nats://canary@host") == "nats://host"
    assert "canary" not in without_password("nats://[canary@")
