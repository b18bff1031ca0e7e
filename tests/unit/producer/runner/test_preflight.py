"""Which agents must be on the machine before a job begins."""

from typing import Any

import pytest
from tests.support.experiments import document, planned

from benchwire.producer.runner.preflight import ProgramMissing, check_programs


def check(*variants: dict[str, Any]) -> None:
    check_programs(planned(document(variants=[{"name": "a", **one} for one in variants])))


@pytest.mark.parametrize(
    "variant",
    [
        {"command": ["sh", "-c", "true"]},
        {"command": ["/bin/sh"]},
        {"command": "no-such-agent --whatever the shell makes of it"},
        {"command": ["./made-by-setup"]},
        {"command": ["no-such-agent"], "env": {"PATH": "/elsewhere"}},
        {"adapter": "scripted"},
        {"adapter": "copilot", "command": "/bin/sh"},
    ],
)
def test_what_is_there_or_cannot_be_known_may_start(variant: dict[str, Any]) -> None:
    check(variant)


@pytest.mark.parametrize(
    ("variant", "program"),
    [
        ({"command": ["no-such-agent"]}, "no-such-agent"),
        ({"command": ["/no/such/agent"]}, "/no/such/agent"),
        ({"adapter": "copilot", "command": "no-such-copilot"}, "no-such-copilot"),
    ],
)
def test_what_is_missing_is_named_with_its_policy(variant: dict[str, Any], program: str) -> None:
    with pytest.raises(ProgramMissing, match=f"policy a: {program}"):
        check(variant)


def test_copilot_without_a_command_is_looked_for(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("PATH", "/nowhere")
    with pytest.raises(ProgramMissing, match="policy a: copilot; policy a-2: no-such"):
        check({"adapter": "copilot"}, {"command": ["no-such"]})
