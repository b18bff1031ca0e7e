"""`benchwire schema export`: from the installed package, to standard output or into files."""
# pyright: reportUnknownMemberType=false
# jsonschema's stubs leave a deprecated argument of its methods untyped.

import json
from pathlib import Path

from jsonschema import Draft202012Validator
from tests.support.command_line import benchwire

ROOT = Path(__file__).resolve().parents[2]


def test_one_document_validates_any_line(tmp_path: Path) -> None:
    schema = json.loads(benchwire(tmp_path, "schema", "export").stdout)
    line = json.loads((ROOT / "tests/golden/v1/step.json").read_bytes())
    assert Draft202012Validator(schema).is_valid(line)
    assert not Draft202012Validator(schema).is_valid({**line, "ts": "now"})


def test_files_are_written_and_nobody_elses_overwritten(tmp_path: Path) -> None:
    target = tmp_path / "deep" / "v1"
    benchwire(tmp_path, "schema", "export", str(target))
    committed = ROOT / "schemas" / "json" / "v1"
    assert {path.name: path.read_text() for path in target.iterdir()} == {
        path.name: path.read_text() for path in committed.iterdir()
    }
    (target / "step.json").write_text("mine")
    refused = benchwire(tmp_path, "schema", "export", str(target), "--type", "step", code=1)
    assert b"step.json exists and is something else" in refused.stderr
    assert (target / "step.json").read_text() == "mine"
    benchwire(tmp_path, "schema", "export", str(target), "--type", "step", "--force")
    assert (target / "step.json").read_text() == (committed / "step.json").read_text()


def test_an_unknown_type_is_wrong_usage_and_the_known_ones_are_named(tmp_path: Path) -> None:
    assert b"heartbeat" in benchwire(tmp_path, "schema", "export", "--type", "x", code=2).stderr
