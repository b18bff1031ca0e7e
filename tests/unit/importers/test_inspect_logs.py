"""Inspect logs in both formats and of all ages: which samples they hold."""

import json
import zipfile
from pathlib import Path
from typing import Any

import pytest
from tests.support import inspect_logs as logs
from tests.support.inspect_imports import ZSTANDARD, check, found_in
from tests.support.inspect_logs import random_log
from tests.support.recordings import RECORDINGS
from tests.support.translations import Translation, translations

from benchwire.producer.importers.importer import Search, Translating
from benchwire.producer.importers.kinds import KINDS, kind_named
from benchwire.producer.importers.notices import Notices

REAL = RECORDINGS.parent / "inspect_ai"


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
