"""How Copilot CLI is called: what its command line and environment say."""

import sys
from pathlib import Path
from typing import Any

import pytest
from tests.support.trials import FAKE_COPILOT, planned_trial

from benchwire.producer.runner.adapters.copilot import agent_version
from benchwire.producer.runner.adapters.copilot_command import (
    Invocation,
    copilot_command,
    copilot_env,
    session_state_dir,
)
from benchwire.producer.runner.plan import PlannedTrial

PROVIDER = {"base_url": "http://h/v1", "api_key": "${KEY}", "max_prompt_tokens": 1000}


def planned(tmp_path: Path, **variant: Any) -> PlannedTrial:
    return planned_trial(tmp_path, variant={"adapter": "copilot", **variant})


def command(tmp_path: Path, **variant: Any) -> list[str]:
    call = Invocation(
        planned=planned(tmp_path, **variant),
        executable=["copilot"],
        session_id="ID",
        workspace=Path("/w"),
        private=Path("/p"),
    )
    return copilot_command(call)


def env(tmp_path: Path, base: dict[str, str], **variant: Any) -> dict[str, str]:
    trial = planned(tmp_path, **variant)
    return copilot_env(base, trial, session_id="ID", otel=Path("/p/otel"))


def test_the_plainest_call(tmp_path: Path) -> None:
    assert command(tmp_path) == [
        *("copilot", "-p", "Fix it.", "--session-id", "ID", "--log-dir", "/p/copilot-logs"),
        *("-C", "/w", "--share", "/p/session.md", "--allow-all-tools"),
    ]


def test_every_setting_of_a_variant_is_an_option(tmp_path: Path) -> None:
    words = command(
        tmp_path,
        model="m",
        reasoning_effort="high",
        agent="a",
        mode="plan",
        allow_tools=["t1", "t2"],
        deny_tools=["shell(rm)"],
        allow_all_tools=False,
        provider=PROVIDER,
        env={"MY_TOKEN": "x", "OTHER": "y"},
        extra_args=["--no-color"],
    )
    assert words[words.index("--share") + 2 :] == [
        *("--model", "m", "--effort", "high", "--agent", "a", "--mode", "plan"),
        *("--allow-tool", "t1", "--allow-tool", "t2", "--deny-tool", "shell(rm)"),
        "--secret-env-vars=COPILOT_PROVIDER_API_KEY,COPILOT_PROVIDER_BEARER_TOKEN,MY_TOKEN",
        "--no-color",
    ]


def test_the_provider_is_told_by_variables(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("KEY", "the key")
    found = env(tmp_path, {}, provider=PROVIDER)
    assert {name: value for name, value in found.items() if "PROVIDER" in name} == {
        "COPILOT_PROVIDER_BASE_URL": "http://h/v1",
        "COPILOT_PROVIDER_TYPE": "openai",
        "COPILOT_PROVIDER_API_KEY": "the key",
        "COPILOT_PROVIDER_MAX_PROMPT_TOKENS": "1000",
    }


def test_model_calls_go_to_a_file_unless_they_go_elsewhere(tmp_path: Path) -> None:
    variable = "COPILOT_OTEL_FILE_EXPORTER_PATH"
    assert env(tmp_path, {})[variable] == "/p/otel"
    assert env(tmp_path, {variable: "/mine"})[variable] == "/mine"
    assert variable not in env(tmp_path, {"OTEL_EXPORTER_OTLP_ENDPOINT": "http://h"})


def test_resource_attributes_name_the_trial_beside_the_users_own(tmp_path: Path) -> None:
    said = env(tmp_path, {"OTEL_RESOURCE_ATTRIBUTES": "team=a, copilot.trial=9"})
    assert said["OTEL_RESOURCE_ATTRIBUTES"] == (
        "team=a,copilot.trial=9,copilot.session_id=ID,copilot.experiment=tried,"
        "copilot.variant=v,copilot.task=t"
    )


def test_sessions_lie_where_copilot_keeps_them() -> None:
    assert session_state_dir({"COPILOT_HOME": "/c", "HOME": "/h"}) == Path("/c/session-state")
    assert session_state_dir({"HOME": "/h"}) == Path("/h/.copilot/session-state")


def test_the_version_is_what_copilot_says_and_unknown_where_it_says_nothing() -> None:
    assert agent_version((sys.executable, str(FAKE_COPILOT))) == "1.0.65"
    assert agent_version(("no-such-copilot",)) is None
    assert agent_version(("sh", "-c", "exit 0")) is None
