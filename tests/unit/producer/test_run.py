"""The run recorder: start, what happens, and every way a run can end."""

import asyncio
from pathlib import Path
from typing import Any

import pytest
from opentelemetry import trace
from opentelemetry.sdk.trace import TracerProvider
from tests.support.journals import journaled, offline_producer

from benchwire.producer import Producer, ProducerSettings, Run, RunStopped
from benchwire.schemas.errors import InvalidEvent
from benchwire.schemas.hashing import document_hash
from benchwire.schemas.step import Step
from benchwire.schemas.usage import Usage


@pytest.fixture
def producer(tmp_path: Path) -> Producer:
    return offline_producer(tmp_path)


def start(producer: Producer, **options: Any) -> Run:
    given: Any = {"experiment_id": "e", "policy_id": "p", "task_id": "t", **options}
    return producer.run(**given)


def kinds(data_dir: Path) -> list[str]:
    return [event["event_type"] for event in journaled(data_dir)]


def last(data_dir: Path, event_type: str) -> dict[str, Any]:
    found = [event for event in journaled(data_dir) if event["event_type"] == event_type]
    data: dict[str, Any] = found[-1]["data"]
    return data


def test_a_run_starts_and_stops_by_itself(tmp_path: Path, producer: Producer) -> None:
    with start(producer, trial_no=1, model="m") as run:
        run.step(kind="act", usage=Usage(input_tokens=3))
    assert kinds(tmp_path) == ["run_start", "step", "run_stop", "emitter_stop"]
    assert last(tmp_path, "run_start")["trial_no"] == 1
    stop = last(tmp_path, "run_stop")
    assert stop["status"] == "ok"
    assert stop["duration_ms"] >= 0
    assert stop["emitters"] == [
        {"emitter": "runner", "epoch": journaled(tmp_path)[0]["epoch"]},
    ]


def test_a_run_stopped_by_the_runner_is_not_stopped_again(
    tmp_path: Path, producer: Producer
) -> None:
    with start(producer) as run:
        run.stop(outcome="resolved", score=1.0, status="ok")
        with pytest.raises(RunStopped):
            run.stop()
    assert kinds(tmp_path).count("run_stop") == 1
    assert last(tmp_path, "run_stop")["score"] == 1.0


def test_an_exception_becomes_a_failure_and_a_harness_error_and_goes_on(
    tmp_path: Path, producer: Producer
) -> None:
    with pytest.raises(LookupError, match="the model is gone"), start(producer):
        raise LookupError("the model is gone")
    failure, stop = last(tmp_path, "failure"), last(tmp_path, "run_stop")
    assert failure["root"] == {
        "kind": "harness",
        "component": "runner",
        "error_type": "LookupError",
    }
    assert "test_run.py" in failure["traceback"]
    assert (stop["status"], stop["error"]) == ("harness_error", "the model is gone")
    assert stop["error_cause"] == "harness_failed"
    assert kinds(tmp_path)[-1] == "emitter_stop"


@pytest.mark.parametrize("error", [KeyboardInterrupt, SystemExit, asyncio.CancelledError])
def test_an_interrupt_is_a_cancelled_run(
    tmp_path: Path, producer: Producer, error: type[BaseException]
) -> None:
    with pytest.raises(error), start(producer):
        raise error
    assert last(tmp_path, "run_stop")["status"] == "cancelled"


def test_an_exception_after_the_stop_leaves_the_stop_alone(
    tmp_path: Path, producer: Producer
) -> None:
    def late() -> None:
        with start(producer) as run:
            run.stop(outcome="resolved")
            raise ValueError("late")

    with pytest.raises(ValueError, match="late"):
        late()
    assert kinds(tmp_path) == ["run_start", "run_stop", "failure", "emitter_stop"]


def test_an_invalid_event_ends_the_run_like_any_exception(
    tmp_path: Path, producer: Producer
) -> None:
    with pytest.raises(InvalidEvent), start(producer) as run:
        run.main.emit("step", {"kind": "nonsense"})
    assert last(tmp_path, "run_stop")["error_type"] == "InvalidEvent"


async def test_runs_work_in_asyncio_code(tmp_path: Path) -> None:
    async with (
        offline_producer(tmp_path) as producer,
        start(producer) as run,
        run.tool_call("sleep"),
    ):
        await asyncio.sleep(0)
    assert kinds(tmp_path) == ["run_start", "tool_call", "run_stop", "emitter_stop"]


def test_every_kind_of_event_has_a_method(tmp_path: Path, producer: Producer) -> None:
    with start(producer) as run:
        run.emit(Step(kind="plan"), step_id="s")
        run.context_decision(kind="pruning", kept=False)
        run.failure(root={"kind": "tool", "tool_name": "bash"})
        run.verdict(grader="tests", outcome="resolved")
        run.optimizer_update(reasoning="because")
        run.heartbeat(phase="verify")
    assert kinds(tmp_path) == [
        "run_start",
        "step",
        "context_decision",
        "failure",
        "verdict",
        "optimizer_update",
        "heartbeat",
        "run_stop",
        "emitter_stop",
    ]
    assert last(tmp_path, "heartbeat") == {"phase": "verify", "events_emitted": 6}


def test_parts_of_a_run_have_emitters_of_their_own(tmp_path: Path, producer: Producer) -> None:
    with start(producer) as run:
        agent = run.emitter("agent")
        assert run.emitter("agent") is agent
        agent.emit("step", {"kind": "act"})
        run.emitter("silent")
    stop = last(tmp_path, "run_stop")
    assert [each["emitter"] for each in stop["emitters"]] == ["runner", "agent"]
    assert kinds(tmp_path).count("emitter_stop") == 2


def test_documents_are_redacted_before_they_are_hashed(tmp_path: Path, producer: Producer) -> None:
    config = {"model": "m", "headers": {"Authorization": "Bearer canary-0123456789"}}
    with start(producer, config=config, environment={"PATH": "/bin"}) as run:
        assert run.identity.env_hash == document_hash({"PATH": "/bin"})
    first = journaled(tmp_path)[0]
    assert "canary" not in str(first)
    assert first["cfg_hash"] == document_hash(first["data"]["config"])
    assert first["cfg_hash"] != document_hash(config)


def test_what_is_unknown_is_absent(tmp_path: Path, producer: Producer) -> None:
    with start(producer):
        pass
    first = journaled(tmp_path)[0]
    assert first["cfg_hash"] is first["env_hash"] is first["seed"] is None
    assert set(first["data"]) == {"host", "benchwire_version"}


def test_a_document_that_is_not_json_is_refused(producer: Producer) -> None:
    with pytest.raises(InvalidEvent, match="config"):
        start(producer, config={"temperature": float("nan")})


def test_an_exception_of_its_own_never_hides_the_programs(
    tmp_path: Path, producer: Producer
) -> None:
    class Unprintable(Exception):  # noqa: N818 - it is what it is called
        def __str__(self) -> str:
            return "lone surrogate \ud800"

    with pytest.raises(Unprintable), start(producer):
        raise Unprintable
    assert last(tmp_path, "run_stop")["status"] == "harness_error"


def test_a_run_inside_a_span_carries_its_trace(tmp_path: Path, producer: Producer) -> None:
    tracer = TracerProvider().get_tracer("test")
    with tracer.start_as_current_span("trial") as span, start(producer):
        context = span.get_span_context()
    first = journaled(tmp_path)[0]
    assert first["trace_id"] == trace.format_trace_id(context.trace_id)
    assert first["span_id"] == trace.format_span_id(context.span_id)


def test_runs_of_one_producer_belong_to_one_job(tmp_path: Path) -> None:
    first, second = (offline_producer(tmp_path / str(n)) for n in range(2))
    assert start(first).identity.job_id == start(first).identity.job_id == first.job_id
    assert first.job_id.startswith("job-2")
    assert first.job_id != second.job_id
    assert start(first, job_id="mine").identity.job_id == "mine"
    told = offline_producer(tmp_path, job_id="told")
    assert start(told).identity.job_id == "told"


def test_a_silent_run_beats(tmp_path: Path) -> None:
    settings = ProducerSettings(data_dir=tmp_path, heartbeat_seconds=0)
    producer = offline_producer(tmp_path, settings=settings)
    with start(producer) as run:
        run.beat(100.0, silence_seconds=30)
        run.beat(129.0, silence_seconds=30)
        assert "heartbeat" not in kinds(tmp_path)
        run.phase = "setup"
        run.beat(131.0, silence_seconds=30)
        assert last(tmp_path, "heartbeat") == {"phase": "setup", "events_emitted": 1}
        run.beat(140.0, silence_seconds=30)
        assert kinds(tmp_path).count("heartbeat") == 1
        run.step(kind="act")
        run.beat(150.0, silence_seconds=30)
        run.beat(175.0, silence_seconds=30)
        assert kinds(tmp_path).count("heartbeat") == 1
    run.beat(10_000.0, silence_seconds=30)
    run.beat(20_000.0, silence_seconds=30)
    assert kinds(tmp_path)[-1] == "emitter_stop"
