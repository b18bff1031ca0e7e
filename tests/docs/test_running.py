"""docs/running.md: its tables are those of the models, its examples are valid experiments."""

import re
from pathlib import Path

import pytest
from tests.support.field_tables import DOCUMENT, named, tables, with_tables

from benchwire.cli.run import ABOUT
from benchwire.producer.runner.experiment_file import load_experiment

TEXT = DOCUMENT.read_text(encoding="utf-8")
EXAMPLES = dict(re.findall(r"<!-- example: (\w+) -->\n```toml\n(.*?)```", TEXT, re.DOTALL))
ENVIRON = {"MY_AGENT_KEY": "k", "MODELS_KEY": "k"}
TASK = 'name = "n"\ntask = {prompt = "p"}\n'


def test_every_key_is_described_as_the_models_have_it() -> None:
    """If not, ``python -m tests.support.field_tables`` writes the tables again."""
    assert named(TEXT) == set(tables())
    assert with_tables(TEXT) == TEXT


@pytest.mark.parametrize("name", ["smallest", "command", "copilot", "scripted"])
def test_every_example_is_valid(tmp_path: Path, name: str) -> None:
    path = tmp_path / "experiment.toml"
    path.write_text(EXAMPLES[name] if name == "smallest" else TASK + EXAMPLES[name], "utf-8")
    assert load_experiment(path, ENVIRON).variants


def test_the_help_shows_the_smallest_example() -> None:
    shown = [line.strip().replace("\\[", "[") for line in ABOUT.splitlines()]
    for line in filter(None, EXAMPLES["smallest"].splitlines()):
        assert line in shown
