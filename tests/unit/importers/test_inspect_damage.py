"""Inspect logs that are broken somewhere: what that costs, and what it does not."""

import importlib
import zipfile
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from tests.support import inspect_logs as logs
from tests.support.inspect_imports import ZSTANDARD, cells, check, found_in
from tests.support.inspect_logs import random_log
from tests.support.translations import translations

from benchwire.producer.importers.errors import ImportRefused
from benchwire.producer.importers.importer import Search, Translating
from benchwire.producer.importers.inspect import archive
from benchwire.producer.importers.kinds import kind_named
from benchwire.producer.importers.notices import Notices


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
