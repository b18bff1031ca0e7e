"""Inspect logs in both formats, of all ages, whole and broken: which samples they hold."""

import importlib
import json
import zipfile
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from tests.support import inspect_logs as logs
from tests.support.inspect_logs import Truth, random_log
from tests.support.recordings import RECORDINGS
from tests.support.translations import Translation, read_to_end, translations

from benchwire.producer.importers.errors import ImportRefused
from benchwire.producer.importers.importer import Search, Translating
from benchwire.producer.importers.inspect import archive
from benchwire.producer.importers.kinds import KINDS, kind_named
from benchwire.producer.importers.labels import LabelOverrides
from benchwire.producer.importers.notices import Notices

ZSTANDARD = 93
REAL = RECORDINGS.parent / "inspect_ai"


def found_in(*paths: Path) -> tuple[list[Translation], Notices, list[str]]:
    """Translate what can be, and tell what cannot."""
    notices, refused = Notices(), list[str]()
    search = Search(notices=notices, refuse=lambda error: refused.append(str(error)))
    runs: list[Translation] = []
    for recording in kind_named("inspect").importer().find(paths, search):
        try:
            runs.append(read_to_end(recording, Notices()))
        except ImportRefused as error:
            refused.append(str(error))
    return runs, notices, refused


def cells(runs: list[Translation]) -> list[tuple[str, int | None]]:
    return sorted((run.run.labels.task_id, run.run.labels.trial_no or 0) for run in runs)


def check(runs: list[Translation], truths: dict[tuple[str, int], Truth]) -> None:
    assert len(runs) == len(truths)
    for run in runs:
        truth = truths[run.run.labels.task_id, run.run.labels.trial_no or 0]
        said, tally = run.stop, run.tally
        counted = [
            tally.turns,
            tally.tool_calls,
            tally.tool_failures or 0,
            tally.nonzero_exits or 0,
        ]
        expected = [truth.turns, truth.tool_calls, truth.tool_failures, truth.nonzero_exits]
        assert counted == expected
        assert sum(one.agent_id == "scorer" for one in run.steps) == truth.scorer_calls
        assert {name: tally.usage[name] or 0 for name in truth.buckets} == truth.buckets
        assert said.score == truth.score
        by_step: dict[str, int] = dict.fromkeys(truth.buckets, 0)
        for step in run.steps:
            for name in by_step:
                by_step[name] += getattr(step.usage, name, None) or 0
        assert by_step == truth.buckets


@pytest.mark.parametrize("seed", range(24))
def test_random_logs_of_both_formats_hold_what_they_were_made_of(tmp_path: Path, seed: int) -> None:
    document, truths = random_log(seed)
    compression = [zipfile.ZIP_STORED, zipfile.ZIP_DEFLATED, ZSTANDARD][seed % 3]
    plain = translations("inspect", logs.write_json(tmp_path / "log.json", document))
    packed = translations(
        "inspect", logs.write_eval(tmp_path / "log.eval", document, compression=compression)
    )
    for runs in (plain, packed):
        check(runs, truths)
        graded = [run.stop.score for run in runs if run.stop.score is not None]
        declared = document["results"]["scores"][0]["metrics"]["accuracy"]["value"]
        assert (sum(graded) / len(graded) if graded else 0.0) == pytest.approx(declared)


def test_the_same_bytes_give_the_same_events(tmp_path: Path) -> None:
    path = logs.write_eval(tmp_path / "log.eval", random_log(7)[0])
    first, second = translations("inspect", path), translations("inspect", path)
    assert [run.events for run in first] == [run.events for run in second]
    assert [run.run.run_id for run in first] == [run.run.run_id for run in second]


def test_binary_scores_give_the_declared_accuracy(tmp_path: Path) -> None:
    values = ["C", "I", "C", "C", "N"]
    samples = [
        logs.sample(index, scores={"match": {"value": value}}) for index, value in enumerate(values)
    ]
    document = logs.log(*samples, results=logs.results(("match", "accuracy", 0.6)))
    runs = translations("inspect", logs.write_json(tmp_path / "log.json", document))
    assert sum(run.stop.outcome == "resolved" for run in runs) / len(runs) == 0.6


@pytest.mark.parametrize(
    ("declared", "metric", "reducer", "is_told"),
    [(0.625, "accuracy", None, False), (0.5, "accuracy", None, True), (0.5, "mean", "mean", True),
     (0.5, "mean", "max", False), (0.5, "stderr", None, False)],
)  # fmt: skip
def test_a_declared_mean_that_differs_is_a_warning(
    tmp_path: Path, declared: float, metric: str, reducer: str | None, *, is_told: bool
) -> None:
    """The mean is over samples of the mean over epochs; what was not scored does not count."""
    values = {(1, 1): "C", (1, 2): "P", (2, 1): 0.5, (2, 2): float("nan"), (3, 1): None}
    samples = [logs.sample(*cell, scores={"a": {"value": value}}) for cell, value in values.items()]
    said = logs.results(("a", metric, declared))
    said["scores"][0]["reducer"] = reducer
    path = logs.write_json(tmp_path / "log.json", logs.log(*samples, results=said))
    counts = {code for run in translations("inspect", path) for code in run.noticed}
    assert counts == ({f"declared_{metric}_differs"} if is_told else set())


@pytest.mark.parametrize("sample_id", [7, "a/b c", "ü/../x", "..", "x_epoch_1", "c:\\d"])
def test_ids_are_kept_verbatim(tmp_path: Path, sample_id: int | str) -> None:
    document = logs.log(logs.sample(sample_id, 2))
    for path in (
        logs.write_json(tmp_path / "log.json", document),
        logs.write_eval(tmp_path / "log.eval", document),
    ):
        (run,) = translations("inspect", path)
        assert (run.run.labels.task_id, run.run.labels.trial_no) == (str(sample_id), 2)


def test_a_cancelled_log_holds_finished_samples_only(tmp_path: Path) -> None:
    spec = {"dataset": {"samples": 100, "sample_ids": [1, 2, 3, 4]}, "config": {"epochs": 2}}
    document = logs.log(logs.sample(1), logs.sample(1, 2), status="cancelled", spec=spec)
    runs, notices, refused = found_in(logs.write_json(tmp_path / "log.json", document))
    assert (len(runs), refused) == (2, [])
    (notice,) = notices.kept
    assert notice.code == "samples_missing"
    assert "6 of 8 samples are missing (status cancelled)" in notice.text


@pytest.mark.parametrize(
    ("limit", "n_missing"), [(None, 9), (3, 2), (50, 9), ([2, 5], 2), ([8, 30], 1), (1, 0)]
)
def test_what_was_planned_is_within_the_limit(tmp_path: Path, limit: Any, n_missing: int) -> None:
    spec = {"dataset": {"samples": 10}, "config": {"limit": limit}}
    path = logs.write_json(tmp_path / "log.json", logs.log(logs.sample(), spec=spec))
    text = "".join(notice.text for notice in found_in(path)[1].kept)
    assert text.startswith(f"{n_missing} of") if n_missing else not text


@pytest.mark.parametrize("write", [logs.write_json, logs.write_eval])
def test_a_log_without_samples_is_refused_with_its_error(tmp_path: Path, write: Any) -> None:
    document = logs.log(status="error", error={"message": "no such model"}, results=None)
    path = write(tmp_path / ("log.json" if write is logs.write_json else "log.eval"), document)
    runs, _, (reason,) = found_in(path)
    assert not runs
    assert "a log without samples" in reason
    assert "status error: no such model" in reason


def test_a_header_alone_is_a_log_without_samples(tmp_path: Path) -> None:
    document = logs.log(logs.sample())
    del document["samples"]
    document["samples"] = None
    assert (
        "without samples of 1" in found_in(logs.write_json(tmp_path / "log.json", document))[2][0]
    )


def test_a_log_without_results_has_runs(tmp_path: Path) -> None:
    (run,) = translations(
        "inspect", logs.write_json(tmp_path / "log.json", logs.log(logs.sample()))
    )
    assert run.stop.outcome == "resolved"


def test_a_crashed_log_has_only_its_journal(tmp_path: Path) -> None:
    """No header, no summaries: the start tells what was run, each sample what became of it."""
    document, truths = random_log(3)

    def lost(name: str) -> bool:
        return name in ("header.json", "summaries.json")

    path = logs.write_eval(tmp_path / "log.eval", document, without=lost)
    check(translations("inspect", path), truths)


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


def test_members_of_several_zstandard_frames_are_read_whole(tmp_path: Path) -> None:
    document, truths = random_log(5)
    check(translations("inspect", logs.write_frames(tmp_path / "log.eval", document, 300)), truths)


def test_a_missing_decompressor_is_named(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    path = logs.write_eval(tmp_path / "log.eval", logs.log(logs.sample()), compression=ZSTANDARD)

    def missing(name: str) -> Any:
        raise ImportError(name)

    monkeypatch.setattr(importlib, "import_module", missing)
    (refusal,) = _refused(path)
    assert "needs Python 3.14 or backports.zstd" in str(refusal)
    assert refusal.hint is not None
    assert "pip install backports.zstd" in refusal.hint


def _refused(path: Path) -> list[ImportRefused]:
    from benchwire.producer.importers.inspect.recording import InspectImporter  # noqa: PLC0415

    refused = list[ImportRefused]()
    assert not list(InspectImporter().find([path], Search(refuse=refused.append)))
    return refused


@pytest.mark.parametrize("compression", [zipfile.ZIP_DEFLATED, ZSTANDARD])
def test_a_damaged_member_refuses_its_sample_and_no_other(tmp_path: Path, compression: int) -> None:
    document = logs.log(*(logs.sample(index, target="t" * 500) for index in range(3)))
    path = logs.write_eval(tmp_path / "log.eval", document, compression=compression)
    info = archive.members(path)["samples/1_epoch_1.json"].info
    raw = bytearray(path.read_bytes())
    middle = info.header_offset + 30 + len(info.filename) + info.compress_size // 2
    raw[middle : middle + 4] = b"\xff\x00\xff\x00"
    path.write_bytes(raw)
    runs, _, refused = found_in(path)
    assert cells(runs) == [("0", 1), ("2", 1)]
    assert len(refused) == 1
    assert "samples/1_epoch_1.json" in refused[0]


def test_broken_summaries_cost_only_what_is_not_elsewhere(tmp_path: Path) -> None:
    document = logs.log(logs.sample(1), logs.sample(2))
    path = logs.write_eval(
        tmp_path / "log.eval", document, without=lambda name: name == "summaries.json"
    )
    with zipfile.ZipFile(path, "a") as packed:
        packed.writestr("summaries.json", '[{"id": 1, "epoch"')
    runs, _, (reason,) = found_in(path)
    assert cells(runs) == [("1", 1), ("2", 1)]
    assert "summaries.json: broken JSON" in reason


def test_a_log_written_anew_between_two_passes_is_refused(tmp_path: Path) -> None:
    path = logs.write_json(tmp_path / "log.json", logs.log(logs.sample(events=[logs.model()])))
    (recording,) = kind_named("inspect").importer().find([path], Search(refuse=lambda _e: None))
    run = recording.translate(Translating(notices=Notices()))
    path.write_text("{" + " " * path.stat().st_size)
    with pytest.raises(ImportRefused, match="broken JSON"):
        list(run.events)


def _cuts(raw: bytes, n: int) -> Iterator[bytes]:
    for index in range(n):
        yield raw[: len(raw) * index // n]


def test_logs_cut_anywhere_are_refused_after_their_whole_samples(tmp_path: Path) -> None:
    document, _ = random_log(11)
    plain = logs.write_json(tmp_path / "whole.json", document).read_bytes()
    packed = logs.write_eval(tmp_path / "whole.eval", document).read_bytes()
    before = 0
    for cut in _cuts(plain, 24):
        (tmp_path / "cut.json").write_bytes(cut)
        runs, _, refused = found_in(tmp_path / "cut.json")
        assert refused
        assert len(runs) >= before
        before = len(runs)
    assert before
    for cut in _cuts(packed, 16):
        (tmp_path / "cut.eval").write_bytes(cut)
        assert found_in(tmp_path / "cut.eval")[2]


@pytest.mark.parametrize(
    "text",
    [b"", b"{", b"[]", b"null", b'{"version": 2}', b"PK\x03\x04garbage", b"\xff\xfe\x00",
     b'{"version": 2, "status": "success", "eval": 5}',
     b'{"eval": {"task": 1}, "samples": [1, "x", null, {}, {"id": 1}, {"id": [], "epoch": "x"}]}',
     b'{"eval": {"task": {}}, "samples": {"a": 1}}'],
)  # fmt: skip
def test_garbage_is_refused_and_nothing_worse(tmp_path: Path, text: bytes) -> None:
    for name in ("garbage.json", "garbage.eval"):
        (tmp_path / name).write_bytes(text)
        runs, _, refused = found_in(tmp_path / name)
        assert not runs
        assert refused


def test_members_of_odd_types_lose_themselves_only(tmp_path: Path) -> None:
    odd: list[Any] = [None, 5, "x", [], {}, [1], {"a": [2]}, True, 1e300, -1]
    names = ("input", "messages", "output", "scores", "events", "model_usage", "error", "limit",
             "error_retries", "attachments", "events_data", "uuid", "total_time", "started_at",
             "transcript", "score", "invalidation")  # fmt: skip
    samples = [
        logs.sample(f"{name}-{index}", **{name: value})
        for name in names
        for index, value in enumerate(odd)
    ]
    document = logs.log(*samples, results={"scores": [7, {}]}, plan=[], stats=3)
    runs, _, refused = found_in(logs.write_json(tmp_path / "log.json", document))
    assert (len(runs), refused) == (len(samples), [])


def test_events_of_odd_types_lose_themselves_only(tmp_path: Path) -> None:
    odd: list[Any] = [None, 5, "x", [], {}, [1], {"a": [2]}, True, 1e300, -1]
    events: list[Any] = [*odd]
    for whole in (
        logs.model(logs.usage(1, 1), calls=["x"]),
        logs.tool("x", error="timeout"),
        logs.scored(1),
    ):
        events += [{**whole, name: value} for name in whole if name != "event" for value in odd]
    path = logs.write_json(tmp_path / "log.json", logs.log(logs.sample(events=events)))
    runs, _, refused = found_in(path)
    assert (len(runs), refused) == (1, [])


def test_a_log_is_recognised_beside_other_files(tmp_path: Path) -> None:
    document = logs.log(logs.sample())
    ours = [
        logs.write_json(tmp_path / "a.json", document),
        logs.write_eval(tmp_path / "b.eval", document),
        logs.write_json(tmp_path / "c.json", {**document, "version": 1}),
    ]
    others: dict[str, Any] = {
        "eval-set.json": {"eval_set_id": "x", "tasks": []},
        "d.json": {"version": 2, "status": "done", "eval": {}},
        "e.json": {"schema_version": "ATIF-v1.6", "version": 2, "status": "success"},
        "f.jsonl": document,
        "g.eval": {},
    }
    for name, other in others.items():
        (tmp_path / name).write_text(json.dumps(other))
    claimed = {
        kind.name: sorted(one.name for one in tmp_path.iterdir() if kind.importer().claims(one))
        for kind in KINDS
    }
    assert claimed["inspect"] == [path.name for path in ours]
    taken = {name for kind, names in claimed.items() if kind != "inspect" for name in names}
    assert not taken & set(claimed["inspect"])


def test_a_sample_is_read_in_pieces(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """No piece of a sample or a log that is held at once is longer than a record may be."""
    from benchwire.producer.importers import json_members  # noqa: PLC0415

    monkeypatch.setattr(json_members, "RECORD_BYTES_MAX", 4_000)
    monkeypatch.setattr(json_members, "_CHUNK_BYTES", 1_000)
    events = [logs.model(logs.usage(1, 1), text="t" * 500) for _ in range(100)]
    texts = {str(index): "a" * 1_000 for index in range(50)}
    document = logs.log(*(logs.sample(n, events=events, attachments=texts) for n in range(3)))
    for path in (
        logs.write_json(tmp_path / "log.json", document),
        logs.write_eval(tmp_path / "log.eval", document),
    ):
        runs = translations("inspect", path)
        assert [run.tally.turns for run in runs] == [100, 100, 100]


@pytest.mark.skipif(not REAL.is_dir(), reason="the recordings are not here")
def test_real_logs_hold_what_their_own_results_declare() -> None:
    runs, _, refused = found_in(REAL)
    assert not refused
    by_job: dict[str, list[Translation]] = {}
    for run in runs:
        by_job.setdefault(run.run.labels.job_id, []).append(run)
    told = {
        job: (len(some), sum(run.stop.outcome == "resolved" for run in some), sum(
            run.tally.usage["input_tokens"] or 0 for run in some))
        for job, some in by_job.items()
    }  # fmt: skip
    # Of the older log there is a copy in each format: two sources of one identity.
    assert told == {"7KyCuAQSqp76qKQZEKmG6M": (3, 2, 192), "BpiPFmbVcMCRUAXv8ovCTx": (2, 0, 132)}


def test_progress_counts_what_both_passes_read(tmp_path: Path) -> None:
    path = logs.write_json(tmp_path / "log.json", random_log(2)[0])
    for recording in kind_named("inspect").importer().find([path], Search(refuse=lambda _e: None)):
        read: list[int] = []
        run = recording.translate(Translating(notices=Notices(), on_bytes=read.append))
        assert list(run.events)
        assert sum(read) == recording.work_bytes
