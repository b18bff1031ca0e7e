"""Which runs the samples of Inspect logs are: listed, replaced, retried, labelled."""

import json
from pathlib import Path

import pytest
from tests.support import inspect_logs as logs
from tests.support.inspect_imports import cells
from tests.support.translations import translations

from benchwire.producer.importers.labels import LabelOverrides


@pytest.mark.parametrize("journal_only", [False, True], ids=["summaries", "journal"])
def test_samples_that_are_only_listed_are_runs_without_steps(
    tmp_path: Path, *, journal_only: bool
) -> None:
    used = {logs.MODEL: logs.usage(30, 3, read=4)}
    samples = [
        logs.sample("a", model_usage=used, total_time=2.5, events=[logs.model(logs.usage(30, 3))]),
        logs.sample("b", model_usage=used, scores={}, error={"message": "OSError('x')"}),
        logs.sample("c", limit={"type": "token"}, error_retries=[{"message": "E()"}]),
    ]
    gone = {"samples/a_epoch_1.json", "samples/b_epoch_1.json", "samples/c_epoch_1.json"}
    if journal_only:
        gone |= {"header.json", "summaries.json"}
    path = logs.write_eval(tmp_path / "log.eval", logs.log(*samples), without=gone.__contains__)
    a, b, c = translations("inspect", path)
    assert (a.stop.outcome, a.tally.steps, a.tally.usage["cache_read_tokens"]) == (
        "resolved",
        None,
        4,
    )
    assert a.stop.duration_ms == 2_500
    assert (b.stop.status, b.stop.error_type, b.stop.outcome) == (
        "harness_error",
        "OSError",
        "ungraded",
    )
    assert (c.stop.early_stop_reason, c.run.labels.attempt) == ("token limit", 2)


def test_a_sample_replaces_what_its_summary_told(tmp_path: Path) -> None:
    document = logs.log(logs.sample("a", uuid="u1", events=[logs.model()]))
    listed = logs.write_eval(
        tmp_path / "listed.eval", document, without=lambda name: name.startswith("samples/")
    )
    whole = logs.write_eval(tmp_path / "whole.eval", document)
    (early,), (late,) = translations("inspect", listed), translations("inspect", whole)
    assert early.run.source.source_id == late.run.source.source_id == "u1"
    assert (early.run.source.n_records or 0) < (late.run.source.n_records or 0)


def test_a_log_that_grew_replaces_nothing_of_what_was_finished(tmp_path: Path) -> None:
    first, second = logs.sample(1, uuid="u1"), logs.sample(2, uuid="u2")
    started = logs.log(first, status="started", spec={"dataset": {"samples": 2}})
    done = logs.log(first, second, results=logs.results(("match", "accuracy", 1.0)))
    path = tmp_path / "log.eval"
    (early,) = translations("inspect", logs.write_eval(path, started))
    late = translations("inspect", logs.write_eval(path, done))
    assert [run.run.source.source_id for run in late] == ["u1", "u2"]
    assert early.run.run_id == late[0].run.run_id


def test_a_sample_scored_again_replaces_the_earlier_one(tmp_path: Path) -> None:
    once = logs.sample(1, uuid="u1", events=[logs.scored("I")], scores={"match": {"value": "I"}})
    again = logs.sample(1, uuid="u1", events=[logs.scored("I"), logs.scored("C")])
    (early,) = translations("inspect", logs.write_json(tmp_path / "a.json", logs.log(once)))
    (late,) = translations("inspect", logs.write_json(tmp_path / "b.json", logs.log(again)))
    assert early.run.source.source_id == late.run.source.source_id
    assert (early.run.source.n_records or 0) < (late.run.source.n_records or 0)


def test_a_sample_declared_invalid_later_replaces_the_earlier_one(tmp_path: Path) -> None:
    said = {"timestamp": logs.at(90), "author": "bob"}
    document = logs.log(logs.sample(1, uuid="u1"))
    (early,) = translations("inspect", logs.write_json(tmp_path / "a.json", document))
    document = logs.log(logs.sample(1, uuid="u1", invalidation=said))
    (late,) = translations("inspect", logs.write_json(tmp_path / "b.json", document))
    assert (early.run.source.n_records or 0) < (late.run.source.n_records or 0)


def test_a_retried_log_is_read_before_the_one_it_retries(tmp_path: Path) -> None:
    kept = logs.sample(1, uuid="u1")
    failed = logs.sample(2, uuid="u2", scores={}, error={"message": "OSError()"})
    first = logs.log(kept, failed, spec={"eval_id": "e1", "run_id": "r1", "created": logs.at(0)})
    retry = logs.log(
        kept,
        logs.sample(2, uuid="u3"),
        spec={"eval_id": "e2", "run_id": "r2", "created": logs.at(99)},
    )
    logs.write_json(tmp_path / "1.json", first)
    logs.write_json(tmp_path / "2.json", retry)
    runs = translations("inspect", tmp_path)
    told = [(run.run.labels.job_id, run.run.source.source_id) for run in runs]
    assert told == [("r2", "u1"), ("r2", "u3"), ("r1", "u1"), ("r1", "u2")]
    assert runs[0].run.source.content_sha256 == runs[2].run.source.content_sha256
    assert runs[0].run.run_id == runs[2].run.run_id


def test_without_a_uuid_evaluation_sample_and_epoch_are_the_identity(tmp_path: Path) -> None:
    spec = {"eval_id": None, "task_id": "t9"}
    document = logs.log(logs.sample("a", 2), spec=spec)
    (run,) = translations("inspect", logs.write_json(tmp_path / "log.json", document))
    assert run.run.source.source_id == f"run-1/t9/{logs.at(0)}/a/2"


def test_an_identity_has_no_lone_surrogates(tmp_path: Path) -> None:
    path = tmp_path / "log.json"
    path.write_text(json.dumps(logs.log(logs.sample("a\ud800", 1))), encoding="utf-8")
    (run,) = translations("inspect", path)
    assert run.run.source.source_id.endswith("/a\ufffd/1")


def test_labels_name_what_was_asked_for(tmp_path: Path) -> None:
    spec = {
        "solver": "react",
        "solver_args_passed": {"attempts": 3},
        "task_args": {"level": 1, "shots": 0},
        "task_args_passed": {"level": 1},
        "model_generate_config": {"reasoning_effort": "high", "max_connections": 9, "seed": 11},
    }
    document = logs.log(
        logs.sample(), spec=spec, plan={"config": {"temperature": 0.5}, "steps": []}
    )
    (run,) = translations("inspect", logs.write_json(tmp_path / "log.json", document))
    labels = run.run.labels
    assert (
        labels.policy_id == f"{logs.MODEL}[attempts=3,level=1,reasoning_effort=high,solver=react]"
    )
    assert (labels.experiment_id, labels.job_id, run.run.seed) == ("popularity", "run-1", 11)
    settings = (run.start.config or {})["generate_config"]
    assert settings == {"reasoning_effort": "high", "temperature": 0.5}
    assert run.start.agent is not None
    assert (run.start.agent.name, run.start.agent.version) == ("react", "0.3.200")


def test_names_that_tools_draw_at_every_launch_are_no_configuration(tmp_path: Path) -> None:
    hashes = set[str | None]()
    for number in (1, 2):
        params = {"tools": [{"name": "browser", "params": {"instance": f"random-{number}"}}]}
        plan = {"steps": [{"solver": "use_tools", "params": params}]}
        path = logs.write_json(tmp_path / f"{number}.json", logs.log(logs.sample(), plan=plan))
        (run,) = translations("inspect", path)
        assert (run.start.config or {})["solvers"][0]["params"] == {
            "tools": [{"name": "browser", "params": {}}]
        }
        hashes.add(run.run.cfg_hash)
    assert len(hashes) == 1


def test_logs_that_share_all_labels_go_on_counting(tmp_path: Path) -> None:
    for number in (1, 2):
        spec = {"eval_id": f"e{number}", "task_id": f"t{number}", "config": {"epochs": 2}}
        logs.write_json(
            tmp_path / f"{number}.json", logs.log(logs.sample(1), logs.sample(1, 2), spec=spec)
        )
    assert cells(translations("inspect", tmp_path)) == [("1", 1), ("1", 2), ("1", 3), ("1", 4)]


def test_copies_of_an_evaluation_are_no_trials_of_their_own(tmp_path: Path) -> None:
    document = logs.log(logs.sample(1), logs.sample(1, 2), spec={"config": {"epochs": 2}})
    logs.write_json(tmp_path / "log.json", document)
    logs.write_eval(tmp_path / "log.eval", document)
    runs = translations("inspect", tmp_path)
    assert cells(runs) == [("1", 1), ("1", 1), ("1", 2), ("1", 2)]
    assert len({run.run.source.source_id for run in runs}) == 2


def test_logs_brought_together_by_the_caller_go_on_counting(tmp_path: Path) -> None:
    for number in (1, 2):
        spec = {"eval_id": f"e{number}", "task_id": f"t{number}", "run_id": f"r{number}"}
        logs.write_json(tmp_path / f"{number}.json", logs.log(logs.sample(1), spec=spec))
    assert cells(translations("inspect", tmp_path)) == [("1", 1), ("1", 1)]
    together = translations("inspect", tmp_path, overrides=LabelOverrides(job_id="all"))
    assert cells(together) == [("1", 1), ("1", 2)]
