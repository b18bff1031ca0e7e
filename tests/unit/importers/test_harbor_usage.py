"""Tokens and costs of Harbor's trials: of the harness, of trajectories, of sessions."""

from pathlib import Path
from typing import Any

import pytest
from tests.support import atif_documents as atif
from tests.support.copilot_sessions import SessionLog
from tests.support.harbor_imports import only
from tests.support.harbor_jobs import JobTree, context
from tests.support.translations import Translation


def buckets(found: Translation) -> tuple[int | None, ...]:
    usage = found.tally.usage
    return usage["input_tokens"], usage["cache_read_tokens"], usage["output_tokens"]


@pytest.mark.parametrize(
    ("used", "expected"),
    [
        (context(273023, 237856, 0), (35167, 237856, 0)),
        (context(None, None, None), (None, None, None)),
        (None, (None, None, None)),
        (context(10, None, 4), (10, None, 4)),
        (context(0, 0, 0), (0, 0, 0)),
        (context(10, 40, 4), (10, 40, 4)),
    ],
)
def test_cached_tokens_are_taken_out_of_the_input(
    tmp_path: Path, used: dict[str, Any] | None, expected: tuple[int | None, ...]
) -> None:
    tree = JobTree(tmp_path)
    tree.trial("a__1", rewards={"reward": 1.0}, used=used)
    assert buckets(only(tree)) == expected


def test_costs_are_integers_and_the_only_model_holds_them_all(tmp_path: Path) -> None:
    shares = {"sonnet-5": {"n_input_tokens": 100, "n_cache_tokens": 60, "n_output_tokens": 7}}
    used = context(
        100, 60, 7, cost_usd=0.0123, metadata={"copilot_aiu": 8.6683}, model_usage=shares
    )
    tree = JobTree(tmp_path)
    tree.trial("a__1", used=used)
    found = only(tree)
    assert found.tally.usage["nano_usd"] == 12_300_000
    assert found.tally.usage["nano_aiu"] == 8_668_300_000
    assert found.stop.models is not None
    (share,) = found.stop.models
    assert (share.model, share.usage) == ("sonnet-5", found.stop.usage)


def test_shares_of_several_models_are_kept(tmp_path: Path) -> None:
    shares = {
        "b": {"n_input_tokens": 100, "n_cache_tokens": 60, "n_output_tokens": 7, "cost_usd": 0.5},
        "a": {"n_input_tokens": 10, "n_cache_tokens": 0, "n_output_tokens": 1, "cost_usd": 0.25},
    }
    tree = JobTree(tmp_path)
    tree.trial("a__1", used=context(110, 60, 8, cost_usd=0.75, model_usage=shares))
    models = only(tree).stop.models or ()
    assert [(one.model, one.usage and one.usage.input_tokens) for one in models] == [
        ("a", 10),
        ("b", 40),
    ]


def test_a_trajectory_gives_the_steps_and_the_harness_the_totals(tmp_path: Path) -> None:
    tree = JobTree(tmp_path)
    folder = tree.trial("a__1", rewards={"reward": 1.0}, used=context(982, 0, 19))
    extra = {"reasoning_tokens": 4, "aiu": 0.5}
    document = atif.trajectory(
        atif.user(), atif.agent(882, 0, 9), final=atif.final(982, 0, 19, extra=extra)
    )
    atif.write(folder / "agent" / "trajectory.json", document)
    found = only(tree)
    assert buckets(found) == (982, 0, 19)
    assert found.tally.usage["reasoning_tokens"] == 4
    assert found.tally.usage["nano_aiu"] == 500_000_000
    assert (found.tally.steps, found.tally.turns) == (2, 1)
    assert found.start.task is not None
    assert found.start.task.prompt == "Do it."


def test_tokens_the_harness_lost_are_those_of_the_trajectory(tmp_path: Path) -> None:
    tree = JobTree(tmp_path)
    folder = tree.trial("a__1", used=context(None, None, None, cost_usd=0.5))
    document = atif.trajectory(atif.user(), atif.agent(10, 4, 2), final=atif.final(30, 4, 2))
    path = atif.write(folder / "agent" / "trajectory.json", document)
    found = only(tree)
    assert buckets(found) == (26, 4, 2)
    assert found.tally.usage["nano_usd"] == 500_000_000
    atif.write(path, atif.trajectory(atif.user(), atif.agent(10, 4, 2)))
    assert buckets(only(tree)) == (6, 4, 2)


def session(name: str = "s") -> SessionLog:
    log = SessionLog(name).start().record("user.message", {"content": "Do it."})
    return log.turn(0, tools=("a", "b")).turn(1)


def test_a_copilot_session_is_the_primary_source(tmp_path: Path) -> None:
    tree = JobTree(tmp_path, agent="copilot-cli")
    used = context(999, 9, 9, metadata={"copilot_aiu": 9.9})
    folder = tree.trial("a__1", rewards={"reward": 1.0}, used=used)
    atif.write(folder / "agent" / "trajectory.json", atif.trajectory(*[atif.agent(1, 1, 1)] * 9))
    log = session().shutdown(plain=10, read=20, write=3, output=4, nano_aiu=7_000_000_000)
    log.chat_span(0, {"gen_ai.usage.input_tokens": 33})
    log.write(folder / "agent" / "copilot-session" / "s")
    spans = folder / "agent" / "copilot-session" / "s" / "copilot-otel.jsonl"
    spans.rename(folder / "agent" / "copilot-otel.jsonl")
    found = only(tree)
    assert found.tally.usage == {
        "input_tokens": 10,
        "cache_read_tokens": 20,
        "cache_write_tokens": 3,
        "output_tokens": 4,
        "reasoning_tokens": None,
        "nano_aiu": 7_000_000_000,
        "nano_usd": None,
    }
    assert (found.tally.turns, found.tally.tool_calls) == (2, 2)
    assert found.agent_steps[0].llm_calls == 1
    stop = found.stop
    assert (stop.status, stop.outcome, stop.lines_added) == ("ok", "resolved", 3)
    assert found.start.session_id == "s"
    assert found.start.agent is not None
    assert found.start.agent.version == "2.1.19"


def test_dollars_only_the_harness_knows_are_added_to_a_session(tmp_path: Path) -> None:
    tree = JobTree(tmp_path, agent="copilot-cli")
    folder = tree.trial("a__1", used=context(999, 9, 9, cost_usd=0.25))
    log = session().shutdown(plain=10, output=4, nano_aiu=7_000_000_000)
    log.write(folder / "agent" / "copilot-session" / "s")
    found = only(tree)
    assert buckets(found) == (10, 0, 4)
    assert (found.tally.usage["nano_aiu"], found.tally.usage["nano_usd"]) == (
        7_000_000_000,
        250_000_000,
    )
    assert found.stop.models is not None
    (share,) = found.stop.models
    assert share.usage == found.stop.usage


def test_several_sessions_are_one_run(tmp_path: Path) -> None:
    tree = JobTree(tmp_path)
    folder = tree.trial("a__1", rewards={"reward": 1.0})
    for name in ("one", "two"):
        log = session(name).shutdown(plain=10, output=4, nano_aiu=1_000_000_000)
        log.write(folder / "agent" / "copilot-session" / name)
    found = only(tree)
    assert buckets(found) == (20, 0, 8)
    assert found.tally.usage["nano_aiu"] == 2_000_000_000
    assert [step.turn for step in found.agent_steps] == [0, 1, 2, 3]
    assert found.tally.turns == 4
    step_ids = [event.step_id for event in found.events if event.event_type == "step"]
    assert len(set(step_ids)) == len(step_ids)
    assert found.stop.models is not None
    (share,) = found.stop.models
    assert (share.requests, share.usage and share.usage.output_tokens) == (2, 8)
    assert (found.stop.requests, found.stop.lines_added, found.stop.messages) == (2, 6, 4)


def test_copies_of_a_session_count_once(tmp_path: Path) -> None:
    tree = JobTree(tmp_path)
    folder = tree.trial("a__1", rewards={"reward": 1.0})
    session("one").write(folder / "agent" / "copilot-session" / "backup" / "one")
    log = session("one").shutdown(plain=10, output=4, nano_aiu=1_000_000_000)
    log.write(folder / "agent" / "copilot-session" / "one")
    found = only(tree)
    assert (buckets(found), found.tally.turns) == ((10, 0, 4), 2)
    assert found.noticed == {"same_session_again": 1}


def test_a_session_that_was_cut_short_leaves_totals_to_the_harness(tmp_path: Path) -> None:
    tree = JobTree(tmp_path)
    folder = tree.trial("a__1", error="AgentTimeoutError", used=context(50, 40, 30))
    session().write(folder / "agent" / "copilot-session" / "s")
    found = only(tree)
    assert buckets(found) == (10, 40, 30)
    assert found.stop.status == "timed_out"


def test_a_file_that_is_no_session_leaves_the_trajectory_to_count(tmp_path: Path) -> None:
    tree = JobTree(tmp_path)
    folder = tree.trial("a__1")
    foreign = folder / "agent" / "copilot-session" / "x" / "events.jsonl"
    atif.write(foreign, {"hello": 1})
    document = atif.trajectory(atif.user(), atif.agent(3, 1, 1))
    atif.write(folder / "agent" / "trajectory.json", document)
    found = only(tree)
    assert found.noticed == {"not_a_session": 1}
    assert buckets(found) == (2, 1, 1)


def test_nan_and_huge_rollouts_do_no_harm(tmp_path: Path) -> None:
    tree = JobTree(tmp_path)
    folder = tree.trial("a__1", rewards={"reward": 1.0}, used=context(5, 1, 1))
    path = folder / "result.json"
    text = path.read_text().replace('"cost_usd": null', '"cost_usd": NaN')
    path.write_text(text.replace('"rollout_details": null', '"rollout_details": [[1, 2]]'))
    assert buckets(only(tree)) == (4, 1, 1)
