"""What the run of a trace is called, and the texts it keeps."""

import json
from pathlib import Path
from typing import Any

import pytest
from tests.support import otel_traces as made
from tests.support.otel_imports import imported, langfuse
from tests.support.otel_traces import TraceMaker, usage

from benchwire.producer.importers.labels import LabelOverrides


def test_labels_are_what_the_program_gave(tmp_path: Path) -> None:
    given = {
        "benchwire.experiment_id": "exp",
        "benchwire.job_id": "nightly",
        "benchwire.policy_id": "arm-a",
        "benchwire.task_id": "task-1",
        "benchwire.trial_no": "3",
        "benchwire.outcome": "resolved",
        "benchwire.score": 0.75,
    }
    for number, maker in enumerate((TraceMaker(1, given), TraceMaker(2))):
        root = maker.agent()
        if number:
            root.attributes.update(given)
        maker.chat(root)
        found = imported(tmp_path / f"{number}", maker)
        labels = found.run.labels
        assert (labels.experiment_id, labels.job_id, labels.policy_id) == (
            "exp",
            "nightly",
            "arm-a",
        )
        assert (labels.task_id, labels.trial_no) == ("task-1", 3)
        assert (found.stop.outcome, found.stop.score) == ("resolved", 0.75)


def test_a_copilot_file_alone_has_the_labels_of_its_runner(tmp_path: Path) -> None:
    said = {"experiment": "exp", "variant": "arm", "task": "t", "trial": 2, "agent": "copilot-cli"}
    maker = TraceMaker(1, {f"copilot.{name}": value for name, value in said.items()})
    agent = maker.span(None, {"gen_ai.operation.name": "invoke_agent"}, name="invoke_agent")
    maker.chat(agent, gen_ai__conversation__id="s-1")
    found = imported(tmp_path, maker)
    labels = found.run.labels
    assert (labels.experiment_id, labels.policy_id, labels.task_id) == ("exp", "arm", "t")
    assert (labels.trial_no, found.start.session_id) == (2, "s-1")
    assert found.start.agent is not None
    assert found.start.agent.name == "copilot-cli"


def test_without_labels_service_agent_model_and_trace_are_the_names(tmp_path: Path) -> None:
    maker = TraceMaker(7)
    maker.chat(maker.agent())
    labels = imported(tmp_path, maker).run.labels
    assert (labels.experiment_id, labels.policy_id) == ("shop", "main/m-1")
    assert (labels.task_id, labels.trial_no) == (maker.trace_id, None)
    asked = imported(tmp_path, maker, LabelOverrides(experiment_id="mine", trial_no=4)).run.labels
    assert (asked.experiment_id, asked.trial_no) == ("mine", 4)


def test_an_unnamed_service_gives_its_runs_no_name(tmp_path: Path) -> None:
    maker = TraceMaker(1, {"service.name": "unknown_service:node"})
    maker.chat()
    labels = imported(tmp_path, maker).run.labels
    assert (labels.experiment_id, labels.policy_id) == ("otel-traces", "m-1")


def test_the_outcome_is_ungraded_unless_the_program_says_it(tmp_path: Path) -> None:
    maker = TraceMaker()
    maker.chat()
    scores = [{"name": "hallucination", "value": 1, "dataType": "NUMERIC"}]
    found = langfuse(tmp_path, made.langfuse(maker.spans, scores=scores, sessionId="conversation"))
    assert (found.stop.outcome, found.stop.score) == ("ungraded", None)
    assert found.start.session_id == "conversation"


def test_latency_of_langfuse_is_no_duration_whatever_its_unit(tmp_path: Path) -> None:
    maker = TraceMaker()
    maker.chat(None)
    maker.tool(None)
    for latency in (0.01, 10):
        each = [made.observation(span, latency=latency) for span in maker.spans]
        found = langfuse(tmp_path, made.langfuse(maker.spans, each))
        assert (found.steps[0].duration_ms, found.calls[0].latency_ms) == (10.0, 10.0)


def test_a_trace_of_langfuse_may_be_the_document_itself(tmp_path: Path) -> None:
    maker = TraceMaker()
    maker.chat(None, **usage(5, 1))
    document = {
        "id": maker.trace_id,
        "timestamp": made.iso(made.START_NS),
        "sessionId": "s",
        "observations": [made.observation(span) for span in maker.spans],
    }
    found = langfuse(tmp_path, document)
    assert (found.tally.usage["input_tokens"], found.start.session_id) == (5, "s")


@pytest.mark.parametrize(
    ("attributes", "prompt", "answer"),
    [
        (
            {
                "gen_ai.prompt.0.role": "system",
                "gen_ai.prompt.0.content": "Be kind.",
                "gen_ai.prompt.1.role": "user",
                "gen_ai.prompt.1.content": "Hi?",
                "gen_ai.completion.0.content": "Hello.",
            },
            "Hi?",
            "Hello.",
        ),
        (
            {
                "llm.input_messages.0.message.role": "user",
                "llm.input_messages.0.message.contents.0.message_content.text": "Hi?",
                "llm.output_messages.0.message.content": "Hello.",
            },
            "Hi?",
            "Hello.",
        ),
        (
            {
                "ai.prompt.messages": json.dumps(
                    [{"role": "user", "content": [{"type": "text", "text": "Hi?"}]}]
                ),
                "ai.response.text": "Hello.",
            },
            "Hi?",
            "Hello.",
        ),
        (
            {
                "gen_ai.input.messages": json.dumps(
                    [{"role": "user", "parts": [{"type": "text", "content": "Hi?"}]}]
                ),
                "gen_ai.output.messages": json.dumps(
                    [{"role": "assistant", "parts": [{"type": "text", "content": "Hello."}]}]
                ),
            },
            "Hi?",
            "Hello.",
        ),
        ({"input.value": "Hi?", "output.value": "Hello."}, "Hi?", "Hello."),
        ({}, None, None),
    ],
)
def test_prompts_and_answers_are_found_in_every_spelling(
    tmp_path: Path, attributes: dict[str, Any], prompt: str | None, answer: str | None
) -> None:
    maker = TraceMaker()
    maker.chat().attributes.update(attributes)
    found = imported(tmp_path, maker)
    assert found.start.task is not None
    assert (found.start.task.prompt, found.steps[0].content) == (prompt, answer)


def test_opaque_reasoning_is_not_kept(tmp_path: Path) -> None:
    content = [
        {"type": "thinking", "thinking": "Let me see.", "signature": "c2VjcmV0"},
        {"type": "redacted_thinking", "data": "c2VjcmV0"},
        {
            "type": "Microsoft.Extensions.AI.TextReasoningContent",
            "content": {"protectedData": "c2VjcmV0"},
        },
        {"type": "text", "text": "Done."},
    ]
    maker = TraceMaker()
    maker.chat(gen_ai__output__messages=json.dumps([{"role": "assistant", "content": content}]))
    maker.spans[0].attributes["gen_ai.response.id"] = "x" * 400
    found = imported(tmp_path, maker)
    (step,) = found.steps
    assert (step.content, step.reasoning, step.response_id) == ("Done.", "Let me see.", None)
    assert all("c2VjcmV0" not in str(event.payload) for event in found.events)
