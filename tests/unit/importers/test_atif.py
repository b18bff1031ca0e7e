"""Trajectories in ATIF: what counts once, what counts not at all, and what breaks off."""

from collections import Counter
from pathlib import Path
from typing import Any

import pytest
from tests.support.atif_documents import agent, final, trajectory, user, write
from tests.support.translations import Translation, translations

from benchwire.producer.importers.errors import ImportRefused
from benchwire.producer.importers.kinds import kind_named


def imported(folder: Path, document: dict[str, Any]) -> Translation:
    (found,) = translations("atif", write(folder / "trajectory.json", document))
    return found


def buckets(found: Translation) -> tuple[int | None, ...]:
    usage = found.tally.usage
    return usage["input_tokens"], usage["cache_read_tokens"], usage["output_tokens"]


@pytest.mark.parametrize("version", ["1.0", "1.4", "1.5", "1.6", "1.7", "1.8"])
def test_steps_and_calls_of_every_version_are_counted(tmp_path: Path, version: str) -> None:
    steps = (user(), agent(120, 100, 9, calls=("ls", "cat")), agent(200, 150, 5, calls=("rm",)))
    found = imported(tmp_path, trajectory(*steps, version=version))
    assert not found.noticed
    assert (found.tally.steps, found.tally.turns, found.tally.tool_calls) == (3, 2, 3)
    assert buckets(found) == (70, 250, 14)
    assert [call.result for call in found.calls] == ["ls done", "cat done", "rm done"]
    assert [step.model for step in found.steps] == [None, "gpt-5.5", "gpt-5.5"]
    assert found.run.labels.policy_id == "terminus-2/gpt-5.5"


def test_declared_totals_count_where_steps_know_less(tmp_path: Path) -> None:
    """A model call that timed out has no step."""
    document = trajectory(user(), agent(882, 0, 9), final=final(982, 0, 19))
    assert buckets(imported(tmp_path, document)) == (982, 0, 19)


def test_a_total_without_tokens_leaves_them_to_the_steps(tmp_path: Path) -> None:
    document = trajectory(user(), agent(10, 4, 2), final={"total_cost_usd": 0.5})
    found = imported(tmp_path, document)
    assert buckets(found) == (6, 4, 2)
    assert found.tally.usage["nano_usd"] == 500_000_000


def test_absent_counts_stay_absent_and_zero_stays_zero(tmp_path: Path) -> None:
    unknown = imported(tmp_path / "a", trajectory(user(), agent(10, None, 0)))
    assert buckets(unknown) == (10, None, 0)
    nothing = imported(tmp_path / "b", trajectory(user(), agent(calls=("ls",))))
    assert buckets(nothing) == (None, None, None)
    assert [step.llm_calls for step in nothing.steps] == [None, None]


def test_copied_context_is_kept_but_counted_nowhere(tmp_path: Path) -> None:
    copied = agent(50, 0, 5, calls=("ls",), is_copied_context=True)
    document = trajectory(user(is_copied_context=True), copied, agent(7, 0, 1), version="1.5")
    found = imported(tmp_path, document)
    assert [step.is_copied_context for step in found.steps] == [True, True, None]
    assert (found.tally.steps, found.tally.tool_calls, found.tally.turns) == (1, 0, 1)
    assert buckets(found) == (7, 0, 1)


def test_continuations_declare_the_whole_run(tmp_path: Path) -> None:
    """The numbers of a real run: 2252, then 1300 in sub-agents and 4250 of its own: 7802."""
    reference = [{"session_id": "sub", "trajectory_path": "/logs/agent/trajectory.sub.json"}]
    asking = agent(2252, 0, 10)
    asking["observation"] = {"results": [{"content": "", "subagent_trajectory_ref": reference}]}
    root = trajectory(
        user(),
        asking,
        version="1.6",
        final=final(2252, 0, 10),
        continued_trajectory_ref="trajectory.cont-1.json",
    )
    copied = user(is_copied_context=True)
    goes_on = trajectory(copied, agent(4250, 0, 20), version="1.6", final=final(7802, 0, 35))
    sub = trajectory(user(), agent(1300, 0, 5), version="1.6", final=final(1300, 0, 5))
    write(tmp_path / "trajectory.cont-1.json", goes_on)
    write(tmp_path / "trajectory.sub.json", sub)
    found = imported(tmp_path, root)
    assert buckets(found) == (7802, 0, 35)
    assert sum(step.usage.input_tokens or 0 for step in found.steps if step.usage) == 7802
    assert found.tally.steps == 5
    by_agent = Counter(step.agent_id for step in found.agent_steps)
    assert by_agent == {None: 2, "sub": 1}
    step_ids = [event.step_id for event in found.events if event.event_type == "step"]
    assert len(set(step_ids)) == len(step_ids) == 6
    parents = {step.parent_step_id for step in found.steps if step.agent_id == "sub"}
    assert parents == {"step-2"}


def test_a_directory_counts_a_run_once_however_many_files_it_has(tmp_path: Path) -> None:
    write(tmp_path / "trajectory.cont-1.json", trajectory(agent(2, 0, 1)))
    root = trajectory(user(), agent(1, 0, 1), continued_trajectory_ref="trajectory.cont-1.json")
    write(tmp_path / "trajectory.json", root)
    (found,) = translations("atif", tmp_path)
    assert buckets(found) == (3, 0, 2)


@pytest.mark.parametrize("session_id", ["unknown", "copilot-cli", None])
def test_agents_without_a_session_id_keep_their_runs_apart(
    tmp_path: Path, session_id: str | None
) -> None:
    """Several agents of Harbor write one word for every session."""
    grown = trajectory(user(), agent(1, 0, 1), agent(2, 0, 1), session_id=session_id)
    for place in ("a__1", "a__2"):
        write(tmp_path / place / "agent" / "trajectory.json", grown)
    other = trajectory(user("Do that."), session_id=session_id)
    write(tmp_path / "again" / "a__1" / "agent" / "trajectory.json", other)
    ids = [one.run.source.source_id for one in translations("atif", tmp_path)]
    assert len(set(ids)) == 3
    begun = {**grown, "steps": grown["steps"][:2]}
    write(tmp_path / "a__1" / "agent" / "trajectory.json", begun)
    assert [one.run.source.source_id for one in translations("atif", tmp_path)] == ids


def test_an_identity_has_no_lone_surrogates(tmp_path: Path) -> None:
    document = trajectory(user(), agent(1, 0, 1), session_id="s\ud800")
    document["agent"] = {"name": "a\ud800", "version": "1\ud800", "extra": {"k\ud800": "\ud800"}}
    write(tmp_path / "trajectory.json", document)
    (found,) = translations("atif", tmp_path)
    assert found.run.source.source_id.startswith("s\ufffd/")


def test_embedded_subagents_are_steps_of_their_own(tmp_path: Path) -> None:
    asking = agent(10, 0, 1, calls=("delegate",))
    reference = {"trajectory_id": "t-sub"}
    asking["observation"]["results"][0]["subagent_trajectory_ref"] = [reference]
    sub = trajectory(user(), agent(5, 0, 2, calls=("ls",)), trajectory_id="t-sub")
    nested = trajectory(agent(1, 0, 1), trajectory_id="t-deep")
    sub["subagent_trajectories"] = [nested]
    document = trajectory(user(), asking, subagent_trajectories=[sub], final=final(16, 0, 4))
    found = imported(tmp_path, document)
    assert buckets(found) == (16, 0, 4)
    assert [step.agent_id for step in found.agent_steps] == [None, "t-sub", "t-deep"]
    assert [call.agent_id for call in found.calls] == [None, "t-sub"]
    assert found.agent_steps[1].parent_step_id == "step-2"


def test_subagents_of_one_session_keep_their_steps_apart(tmp_path: Path) -> None:
    """A session id may be that of the whole run."""
    dispatching = agent(1, 0, 1, calls=("ls", "cat"))
    for number, result in enumerate(dispatching["observation"]["results"]):
        reference = {"session_id": "s-1", "trajectory_path": f"sub-{number}.json"}
        result["subagent_trajectory_ref"] = [reference]
        write(tmp_path / f"sub-{number}.json", trajectory(user(), agent(2, 0, 1), version="1.6"))
    found = imported(tmp_path, trajectory(user(), dispatching, version="1.6"))
    step_ids = [event.step_id for event in found.events if event.event_type == "step"]
    assert len(set(step_ids)) == len(step_ids) == 6
    assert [step.agent_id for step in found.steps][2:] == ["s-1", "s-1", "s-1-2", "s-1-2"]


def test_a_continuation_that_leads_back_ends(tmp_path: Path) -> None:
    document = trajectory(user(), continued_trajectory_ref="trajectory.json")
    assert imported(tmp_path, document).noticed == {"missing_trajectory": 1}


def test_files_outside_the_directory_are_never_read(tmp_path: Path) -> None:
    write(tmp_path / "secret.json", trajectory(agent(9, 0, 9)))
    document = trajectory(user(), continued_trajectory_ref="../secret.json")
    found = imported(tmp_path / "inside", document)
    assert found.noticed == {"missing_trajectory": 1}
    assert found.tally.steps == 1


def test_a_dispatch_without_a_model_is_no_turn(tmp_path: Path) -> None:
    found = imported(tmp_path, trajectory(user(), agent(calls=("ls",), llm_call_count=0)))
    assert (found.tally.turns, found.tally.tool_calls) == (0, 1)
    assert (found.agent_steps[0].llm_calls, found.agent_steps[0].model) == (0, None)


@pytest.mark.parametrize(("code", "nonzero"), [(0, False), (2, True), (-9, True)])
def test_one_producers_exit_codes_are_understood(
    tmp_path: Path,
    code: int,
    nonzero: bool,  # noqa: FBT001
) -> None:
    step = agent(calls=("ls",))
    step["observation"] = {"results": [{"content": f"exit_code={code}\n--- stdout ---\n"}]}
    (call,) = imported(tmp_path, trajectory(user(), step)).calls
    assert (call.exit_code, call.nonzero_exit, call.failed) == (code, nonzero, None)


def test_a_result_without_a_name_belongs_to_no_one_of_several_calls(tmp_path: Path) -> None:
    step = agent(calls=("a", "b"))
    step["observation"] = {"results": [{"content": "both"}]}
    found = imported(tmp_path, trajectory(user(), step))
    assert [call.result for call in found.calls] == [None, None]
    assert found.agent_steps[0].observation == {"content": "both"}


def test_messages_of_parts_are_texts(tmp_path: Path) -> None:
    image = {"type": "image", "source": {"media_type": "image/png", "path": "a.png"}}
    parts = [{"type": "text", "text": "Look:"}, image]
    found = imported(tmp_path, trajectory(user() | {"message": parts}, version="1.6"))
    assert found.steps[0].content == "Look:\n[image a.png]"


def test_what_the_copilot_agent_adds_is_taken_up(tmp_path: Path) -> None:
    otel = {"llm_call_count": 2, "cache_creation_input_tokens": 30, "aiu": 0.25, "token_limit": 9}
    step = agent(100, 60, 5)
    step["metrics"]["extra"] = {"copilot_otel": otel}
    extra = {"aiu": 0.25, "reasoning_tokens": 3, "peak_context_tokens": 77}
    found = imported(tmp_path, trajectory(user(), step, final=final(100, 60, 5, extra=extra)))
    usage = found.agent_steps[0].usage
    assert usage is not None
    assert (usage.input_tokens, usage.cache_write_tokens, usage.nano_aiu) == (10, 30, 250_000_000)
    assert found.agent_steps[0].llm_calls == 2
    assert found.tally.usage["nano_aiu"] == 250_000_000
    assert found.tally.usage["reasoning_tokens"] == 3
    assert found.stop.context is not None
    assert found.stop.context.peak_context_tokens == 77


def test_times_without_a_zone_are_not_taken_for_utc(tmp_path: Path) -> None:
    document = trajectory(user(), agent())
    document["steps"][1]["timestamp"] = "2026-01-29T00:02:02"
    found = imported(tmp_path, document)
    assert {event.ts for event in found.events} == {"2026-01-29T05:02:01.000000Z"}


def test_a_document_that_breaks_off_keeps_its_steps_and_says_so(tmp_path: Path) -> None:
    path = write(tmp_path / "trajectory.json", trajectory(user(), agent(5, 0, 1), agent(6, 0, 1)))
    text = path.read_text()
    path.write_text(text[: text.rindex('"agent"')])
    (found,) = translations("atif", path)
    assert found.noticed == {"broken_trajectory": 1}
    assert buckets(found) == (5, 0, 1)


@pytest.mark.parametrize("text", ["", "[]", "{}", '{"schema_version": "ATIF-v1.7"}', "nonsense"])
def test_what_has_no_steps_is_refused(tmp_path: Path, text: str) -> None:
    path = tmp_path / "trajectory.json"
    path.write_text(text)
    with pytest.raises(ImportRefused, match="no ATIF trajectory"):
        translations("atif", path)


def test_only_documents_that_say_so_are_claimed(tmp_path: Path) -> None:
    claims = kind_named("atif").importer().claims
    assert claims(write(tmp_path / "a.json", trajectory(user())))
    assert not claims(write(tmp_path / "b.json", {"schema_version": "1"}))
    assert not claims(tmp_path)
