"""Seeded additions to the payloads of histories: files touched, calls named, settings suggested."""

import random
from typing import Any

JsonMap = dict[str, Any]
PATHS = ("src/a.py", "src/a.py", "src/b.py", "ü b.txt", "tests/test_a.py")
SETTINGS: tuple[JsonMap, ...] = (
    {"max_iterations": 40, "temperature": 0.2},
    {"max_iterations": 40, "temperature": 1.0, "docker_image": "ghcr.io/x/y:1"},
    {
        "max_iterations": 60,
        "available_tools": ["bash", "mcp/edit"],
        "retry_policy": {"backoff_ms": 1.5, "exponential_backoff": True},
        "sandbox_limits": {"memory_mb": 512, "network_enabled": False},
    },
)
SUGGESTED_DOCUMENTS: tuple[JsonMap, ...] = (
    {"agent": {"max turns": 40, "tools": ["read", "edit"]}, "retries": 1},
    {"agent": {"max turns": 60}},
    {"retries": 1, "python": "3.11.9"},
    {"retries": 2},
    {},
)


def of_call(rng: random.Random, number: int) -> JsonMap:
    """Which call it is, and what it read and changed."""
    data: JsonMap = {}
    if rng.random() < 0.6:
        data["tool_call_id"] = f"call-{number}"
    read, modified = (rng.choice((None, [], rng.choices(PATHS, k=2))) for _ in range(2))
    touched = {"files_read": read, "files_modified": modified}
    if any(files is not None for files in touched.values()):
        data["evidence"] = {name: files for name, files in touched.items() if files is not None}
    return data


def of_step(rng: random.Random) -> JsonMap:
    """What a step acted on and changed, and the error it ran into."""
    data: JsonMap = {}
    if rng.random() < 0.3:
        data |= {"action_type": "write_file", "action_path": rng.choice(PATHS)}
    if rng.random() < 0.2:
        diff: JsonMap = {"path": rng.choice(PATHS)}
        if rng.random() < 0.7:
            diff["chars_changed"] = rng.randrange(500)
        data["file_diff"] = diff
    if rng.random() < 0.3:
        data["error"] = rng.choice(("no such file", "ü\n"))
    return data


def of_failure(rng: random.Random, number: int) -> JsonMap:
    """Which call failed, of which sub-agent."""
    data: JsonMap = {}
    if rng.random() < 0.4:
        data["tool_call_id"] = f"call-{rng.randrange(number + 2)}"
    if rng.random() < 0.2:
        data["agent_id"] = "sub"
    return data


def of_stop(rng: random.Random) -> JsonMap:
    """Which files the run left changed."""
    return {"files_modified_names": rng.sample(PATHS, k=2)} if rng.random() < 0.3 else {}


def of_start(rng: random.Random) -> JsonMap:
    """The tunable settings the run had."""
    return {"run_config": rng.choice(SETTINGS)} if rng.random() < 0.4 else {}


def optimizer_update(rng: random.Random) -> JsonMap:
    """One suggestion: a document, typed settings, both or neither."""
    data: JsonMap = {
        "suggested_document": rng.choice((None, *SUGGESTED_DOCUMENTS)),
        "suggested_config": rng.choice((None, *SETTINGS)),
        "suggested_policy_id": rng.choice((None, None, "pruned", "nobody runs it")),
        "optimizer": rng.choice((None, "bandit 1", "bandit 2")),
        "confidence": rng.choice((None, rng.random(), 3.5)),
        "expected_improvement": rng.choice((None, rng.random() - 0.4)),
        "exploration_vs_exploitation": rng.choice((None, 0.25)),
        "reasoning": rng.choice((None, "fewer retries, ü")),
    }
    return {name: value for name, value in data.items() if value is not None}
