"""What a Smith event says has its place among our fields."""

import json
import random
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from tests.support.smith import EVENT_TYPES, Smith, as_f64, to_value
from tests.support.smith_round_trip import assert_survives, translated

from benchwire.schemas.free_form import is_object
from benchwire.schemas.hashing import document_hash
from benchwire.schemas.smith import Place, place_of

RUN_ID = "6f0b8b2e-5f0a-4d0e-9d2b-4c7d8f3a1e60"


def data_of(event: dict[str, Any], place: Place | None = None) -> dict[str, Any]:
    data: dict[str, Any] = json.loads(translated(event, place).line)["data"]
    return data


def test_a_step_has_the_fields_of_ours() -> None:
    content = {
        "step_type": "Plan",
        "content": "héllo",
        "tokens_in": 100,
        "tokens_out": 50,
        "wall_time_ms": 500,
        "planned_step": True,
        "context_kb": 4,
    }
    event = Smith(1).event("Step", content, seed=2**64 - 1, ts="2026-03-01T10:00:00.123456789Z")
    one = translated(event)
    wire = json.loads(one.line)
    assert (wire["ts"], wire["seed"]) == ("2026-03-01T10:00:00.123456Z", 2**64 - 1)
    assert (wire["run_id"], wire["step_id"]) == (event["run_id"], event["step_id"])
    assert (wire["emitter"], wire["epoch"], wire["cfg_hash"]) == ("smith", 0, None)
    assert 0 <= wire["seq"] < 2**63
    extra = wire["data"].pop("extra")
    assert wire["data"] == {
        "kind": "plan",
        "usage": {"input_tokens": 100, "output_tokens": 50},
        "duration_ms": 500.0,
        "context_kb": 4.0,
        "content": "héllo",
        "content_bytes": 6,
        "planned": True,
    }
    kept = {"cfg_hash": event["cfg_hash"], "env_hash": event["env_hash"], "ts": event["ts"]}
    assert extra == {"smith": {"event": kept}}


@pytest.mark.parametrize(
    ("exit_kind", "fields"),
    [
        ("Ok", ("ok", False, None)),
        ("Timeout", ("timeout", True, None)),
        ("Oom", ("oom", True, None)),
        ({"Flake": "f"}, ("flake", True, "f")),
        ({"Deterministic": ""}, ("deterministic", True, None)),
        ({"UserError": "u"}, ("user_error", True, "u")),
        ({"SystemError": "s"}, ("system_error", True, "s")),
        ("Cancelled", (None, None, None)),
    ],
)
def test_an_exit_kind_says_whether_a_call_failed(exit_kind: Any, fields: Any) -> None:
    content = {**Smith(1).toolcall(), "exit_kind": exit_kind, "retries": 2}
    data = data_of(Smith(1).event("ToolCall", content))
    assert (data.get("exit_kind"), data.get("failed"), data.get("exit_detail")) == fields
    assert (data["retries"], data["latency_ms"]) == (2, float(content["latency_ms"]))


@pytest.mark.parametrize(
    ("success", "outcome"), [(True, "resolved"), (False, "unresolved"), (None, "ungraded")]
)
def test_success_is_the_outcome_of_a_run(*, success: bool | None, outcome: str) -> None:
    content = {**Smith(1).runstop(), "success": success, "total_tokens": 500, "wall_time_ms": 9}
    data = data_of(Smith(1).event("RunStop", content))
    assert (data["status"], data["outcome"], data["total_tokens"]) == ("ok", outcome, 500)
    assert (data["tests"]["passed"], data["duration_ms"]) == (10, 9.0)


def test_a_run_starts_with_typed_settings_and_both_documents() -> None:
    content: dict[str, Any] = {
        **Smith(1).runstart(),
        "temperature": as_f64(0.7),
        "pruning_threshold": as_f64(0.8),
        "execution_timeout": {"secs": 600, "nanos": 500_000_000},
        "docker_image": "smith:latest",
    }
    content["sandbox_limits"]["cpu_cores"] = 2.0
    one = assert_survives(Smith(1).event("RunStart", content, run_id=RUN_ID), Place(trial_no=3))
    wire = json.loads(one.line)
    data = wire["data"]
    config = data["run_config"]
    assert (config["temperature"], config["execution_timeout_seconds"]) == (0.7, 600.5)
    assert data["config"]["temperature"] == 0.7
    assert set(data["environment"]) == {"docker_image", "tools_commit", "sandbox_limits"}
    assert wire["cfg_hash"] == document_hash(data["config"])
    assert wire["env_hash"] == document_hash(data["environment"])
    assert data["source"] == {"system": "smith", "source_id": RUN_ID}
    assert (data["trial_no"], data["agent"]["name"]) == (3, "smith")


def test_both_ways_of_writing_a_float_give_one_configuration() -> None:
    short = Smith(1).any("RunStart")
    one, other = translated(short), translated(to_value(short))
    assert one.cfg_hash == other.cfg_hash
    assert one.seq == other.seq


@settings(max_examples=40)
@given(seed=st.integers(0, 2**32), name=st.sampled_from(EVENT_TYPES))
def test_an_event_has_one_line_however_its_keys_are_ordered(seed: int, name: str) -> None:
    event = Smith(seed).any(name)
    event["z"] = {"b": 1, "a": {"d": 1, "c": 2}}
    assert translated(event).line == translated(_shuffled(event, random.Random(seed))).line


def _shuffled(value: Any, rng: random.Random) -> Any:
    if is_object(value):
        keys = rng.sample(sorted(value), len(value))
        return {key: _shuffled(value[key], rng) for key in keys}
    return value


@pytest.mark.parametrize(
    ("member", "is_same"),
    [
        ("task_id", True),
        ("policy_id", True),
        ("cfg_hash", True),
        ("seed", True),
        ("data", True),
        ("run_id", False),
        ("step_id", False),
        ("ts", False),
        ("event_type", False),
    ],
)
def test_what_makes_two_messages_the_same_event(member: str, *, is_same: bool) -> None:
    event = {**Smith(1).any("Step", policy_id="p", task_id="t", seed=1), "data": None}
    other = {**Smith(2).any("Step", policy_id="q", task_id="u", seed=2), "data": {"note": 1}}
    changed = {**event, member: other[member]}
    assert changed[member] != event[member]
    assert (translated(changed).seq == translated(event).seq) is is_same


def test_instants_are_the_same_however_they_are_written() -> None:
    event = Smith(1).any("Step")
    spellings = (
        "2026-03-01T10:00:00Z",
        "2026-03-01T10:00:00.000+00:00",
        "2026-03-01T12:00:00+02:00",
    )
    assert len({translated({**event, "ts": ts}).seq for ts in spellings}) == 1
    assert (
        translated({**event, "ts": "2026-03-01T10:00:00.000000001Z"}).seq
        != translated({**event, "ts": spellings[0]}).seq
    )


def test_labels_that_are_no_identifiers_of_ours_come_back() -> None:
    for policy_id in ("", "x" * 300, "a\nb", "é" * 200):
        one = assert_survives({**Smith(1).any("Step"), "policy_id": policy_id})
        assert 1 <= len(one.policy_id.encode()) <= 256
    assert translated({**Smith(1).any("Step"), "policy_id": ""}).policy_id == "unnamed"


def test_wanted_labels_stand_and_smiths_come_back() -> None:
    place = Place(experiment_id="e", job_id="j", policy_id="mine", task_id="mine too")
    one = assert_survives(Smith(1).any("Step"), place)
    wire = json.loads(one.line)
    assert [wire[name] for name in ("experiment_id", "job_id", "policy_id", "task_id")] == [
        "e",
        "j",
        "mine",
        "mine too",
    ]


def test_secrets_are_taken_out_of_texts() -> None:
    content = {**Smith(1).step(), "content": "key sk-ant-api03-" + "a1B2" * 20}
    line = translated(Smith(1).event("Step", content)).line
    assert b"a1B2a1B2" not in line
    assert b"[REDACTED]" in line or b"redacted" in line.lower()


def test_long_texts_are_kept_up_to_a_megabyte_and_then_cut() -> None:
    step = Smith(1).step()
    assert_survives(Smith(1).event("Step", {**step, "content": "x" * 900_000}))
    event = Smith(1).event("Step", {**step, "content": "x" * 3_000_000, "tokens_in": 9})
    one = translated(event)
    data = json.loads(one.line)["data"]
    assert len(one.line) < 1_048_576
    assert (data["content_bytes"], data["usage"]["input_tokens"]) == (3_000_000, 9)


@pytest.mark.parametrize(
    ("subject", "place"),
    [
        ("bench.smith", ("smith", "smith")),
        ("bench.smith.exp", ("exp", "smith")),
        ("bench.smith.swe=20bench.job=2E1", ("swe bench", "job.1")),
        ("bench.smith.exp.job.and.more", ("exp", "job")),
        ("bench.smith.=FF", ("smith", "smith")),
    ],
)
def test_the_subject_names_experiment_and_job(subject: str, place: tuple[str, str]) -> None:
    found = place_of(subject)
    assert (found.experiment_id, found.job_id) == place
