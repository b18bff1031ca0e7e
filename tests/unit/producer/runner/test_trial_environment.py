"""Which values of a trial's environment are secret, and what its programs are told."""

from pathlib import Path

import pytest
from tests.support.journals import identity
from tests.support.trials import planned_trial

from benchwire.producer.runner.environment import agent_env, secrets_of, trial_env

COMMAND = {"command": "true"}


@pytest.fixture(autouse=True)
def bare_environment(monkeypatch: pytest.MonkeyPatch) -> None:
    for name in ("PATH", "MY_TOKEN", "SECRET_BACKEND", "KEY_FILE", "BENCHWIRE_NATS_URL"):
        monkeypatch.delenv(name, raising=False)


def test_what_is_inherited_under_a_secret_name_is_secret(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("MY_TOKEN", "tok-123456")
    monkeypatch.setenv("SECRET_BACKEND", "kubernetes")
    monkeypatch.setenv("KEY_FILE", "/etc/keys/one")
    found = secrets_of(planned_trial(tmp_path, variant=COMMAND))
    assert "tok-123456" in found
    assert not found & {"kubernetes", "/etc/keys/one"}


def test_what_the_variant_and_the_repository_say_is_secret(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("ELSEWHERE", "from elsewhere")
    variant = {**COMMAND, "env": {"API_KEY": "word", "PLAIN": "plain", "TAKEN": "${ELSEWHERE}"}}
    task = {"repo": "https://me:repo-password@host/x.git"}
    found = secrets_of(planned_trial(tmp_path, variant=variant, task=task))
    assert {"word", "from elsewhere", "repo-password"} <= found
    assert "plain" not in found


def test_programs_are_told_the_trial_and_not_the_runners_settings(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("BENCHWIRE_NATS_URL", "nats://user:pw@host")
    monkeypatch.setenv("KEPT", "yes")
    variant = {**COMMAND, "model": "m", "env": {"MINE": "1", "BENCHWIRE_SEED": "7"}}
    trial = planned_trial(tmp_path, variant=variant)
    common = trial_env(trial, identity(), 2, Path("/w"))
    assert (common["KEPT"], common["BENCHWIRE_ATTEMPT"]) == ("yes", "2")
    assert common["BENCHWIRE_WORKSPACE"] == common["PWD"] == "/w"
    assert not {"BENCHWIRE_NATS_URL", "MINE", "BENCHWIRE_MODEL"} & common.keys()
    agent = agent_env(common, trial)
    assert (agent["MINE"], agent["BENCHWIRE_MODEL"], agent["BENCHWIRE_SEED"]) == ("1", "m", "7")
