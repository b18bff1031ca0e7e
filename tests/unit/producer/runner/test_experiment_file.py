"""What an experiment file may say, and how a wrong one is answered."""

import json
from pathlib import Path
from typing import Any

import pytest
import yaml
from tests.support.experiments import document, experiment

from benchwire.producer.runner.experiment import Experiment
from benchwire.producer.runner.experiment_file import ExperimentFileInvalid, load_experiment

TOML = """
name = "Which is better?"
trials = 3
concurrency = 2
[[tasks]]
name = "add"
prompt = "Add."
setup = ["true"]
verify = "true"
[[variants]]
name = "a"
command = ["sh", "-c", "true"]
env = {LEVEL = "3"}
[[variants]]
name = "b"
adapter = "copilot"
reasoning_effort = "high"
[variants.provider]
base_url = "http://localhost:1"
api_key = "${KEY}"
[budgets.job]
aiu = 2
"""
SAME = {
    "name": "Which is better?",
    "trials": 3,
    "concurrency": 2,
    "tasks": [{"name": "add", "prompt": "Add.", "setup": ["true"], "verify": "true"}],
    "variants": [
        {"name": "a", "command": ["sh", "-c", "true"], "env": {"LEVEL": "3"}},
        {
            "name": "b",
            "adapter": "copilot",
            "reasoning_effort": "high",
            "provider": {"base_url": "http://localhost:1", "api_key": "${KEY}"},
        },
    ],
    "budgets": {"job": {"aiu": 2}},
}


def load(path: Path, text: str, **environ: str) -> Experiment:
    path.write_text(text, encoding="utf-8")
    return load_experiment(path, environ)


def problems(path: Path, of: dict[str, Any] | str, **environ: str) -> list[str]:
    with pytest.raises(ExperimentFileInvalid) as caught:
        load(path, of if isinstance(of, str) else json.dumps(of), **environ)
    assert all(str(path) in line for line in str(caught.value).splitlines())
    return caught.value.problems


def test_the_three_formats_mean_the_same(tmp_path: Path) -> None:
    toml = load(tmp_path / "e.toml", TOML, KEY="k")
    assert toml == load(tmp_path / "e.json", json.dumps(SAME), KEY="k")
    assert toml == load(tmp_path / "e.yaml", yaml.safe_dump(SAME), KEY="k")
    assert toml.budgets.job.aiu == 2.0
    assert toml.variants[1].provider is not None


def test_every_problem_is_named_by_its_key_and_what_to_do(tmp_path: Path) -> None:
    found = problems(
        tmp_path / "e.json",
        document(
            nmae="x",
            trials="3",
            task={"prompt": "p", "verfy": "true"},
            variants=[
                {"name": "a", "adapter": "comand", "env": {"B-C": "1", "D": 3}},
                {"name": "b", "command": 3},
                {"nam": "c"},
            ],
            budgets={"job": {"aiu": -1}},
        ),
    )
    assert set(found) == {
        "nmae: unknown key; did you mean `name`?",
        "trials: must be a whole number, without quotes",
        "task.verfy: unknown key; did you mean `verify`?",
        "variants[1].adapter: must be one of 'command', 'copilot', 'scripted'",
        "variants[1].env.B-C: is not the name of an environment variable",
        "variants[1].env.D: must be a text; put it in quotes",
        "variants[2].command: must be a text; put it in quotes",
        "variants[3].name: missing; add it: what the policy is called; `policy_id` is made of it",
        "variants[3].nam: unknown key; did you mean `name`?",
        "budgets.job.aiu: should be greater than 0",
    }


@pytest.mark.parametrize(
    ("over", "said"),
    [
        ({"tasks": [{"prompt": "p"}]}, "give `task` or `tasks`, not both"),
        ({"task": None}, "there is no task"),
        ({"task": None, "tasks": []}, "tasks: the list is empty"),
        ({"variants": []}, "variants:"),
        ({"variants": [{"name": "a"}]}, "variants[1]: adapter `command` needs `command`"),
        ({"task": {"prompt": " "}}, "task.prompt: must not be blank"),
        ({"task": {"prompt": "p", "ref": "main"}}, "`ref` needs `repo`"),
        ({"task": {"prompt": "p", "fixture": "a", "repo": "b"}}, "`fixture` or `repo`, not both"),
        ({"seeds": [1], "trials": 2}, "`seeds` has 1 entries for 2 trials"),
        ({"budgets": {"run": {"tokens": 0}}}, "budgets.run.tokens: should be greater"),
        (
            {"task": {"prompt": "p", "reward_file": "/r.txt"}},
            "task.reward_file: must lie in the wo",
        ),
        ({"task": {"prompt": "p", "reward_file": "a/../../r"}}, "task.reward_file: must lie in"),
        ({"task": {"prompt": "p", "setup": "make"}}, "task.setup: must be a list, in square"),
        ({"trials": True}, "trials: must be a whole number"),
        ({"budgets": {"job": {"aiu": "1"}}}, "budgets.job.aiu: must be a number, without quotes"),
        ({"timeouts": 3}, "timeouts: must be a table of keys"),
        ({"task": {"prompt": "p", "repo": "nowhere"}}, "task.repo: there is no "),
        ({"task": {"prompt": "p", "fixture": "nowhere"}}, "task.fixture: there is no directory"),
    ],
)
def test_what_contradicts_itself_is_refused(
    tmp_path: Path, over: dict[str, Any], said: str
) -> None:
    (found,) = problems(tmp_path / "e.json", document(**over))
    assert said in found


@pytest.mark.parametrize(
    ("name", "text", "said"),
    [
        ("e.toml", "name = 'a'\nname = 'b'", "is not valid TOML: Cannot overwrite a value"),
        ("e.json", '{"name": "a", "name": "b"}', "the key 'name' is given twice"),
        ("e.yaml", "name: a\nname: b\n", "the key 'name' is given twice"),
        ("e.yml", "name: [", "is not valid YML: while parsing"),
        ("e.json", "[1]", "the top of the file is not a table"),
        ("e.json", "[" * 200_000, "nested too deep"),
        ("e.yaml", "name: &a [*a]", "a value contains itself"),
        ("e.txt", "", "must end in one of .toml, .yaml, .yml, .json"),
    ],
)
def test_what_cannot_be_parsed_says_where(tmp_path: Path, name: str, text: str, said: str) -> None:
    (found,) = problems(tmp_path / name, text)
    assert said in found


def test_a_file_that_is_not_there(tmp_path: Path) -> None:
    with pytest.raises(ExperimentFileInvalid, match="No such file"):
        load_experiment(tmp_path / "e.toml")


def test_yaml_without_its_library_says_what_to_install(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setitem(__import__("sys").modules, "yaml", None)
    with pytest.raises(ExperimentFileInvalid, match="needs PyYAML") as caught:
        load(tmp_path / "e.yaml", "name: a")
    assert "benchwire[cli]" in caught.value.hint


def test_values_never_stand_in_an_error(tmp_path: Path) -> None:
    """Whatever is wrong with it, a secret that was put into the wrong place is not repeated."""
    found = problems(
        tmp_path / "e.json",
        document(variants=[{"name": "a", "adapter": "hunter2-s3cret", "env": {"K-Y": "s3cret"}}]),
    )
    assert "s3cret" not in " ".join(found)


def test_a_reference_to_an_unset_variable_is_an_error(tmp_path: Path) -> None:
    of = document(variants=[{"name": "a", "command": "true", "env": {"TOKEN": "${NOT_SET}"}}])
    (found,) = problems(tmp_path / "e.json", of)
    assert found.startswith("variants[1].env.TOKEN: ${NOT_SET} is not set in this environment;")
    assert found.endswith("export NOT_SET=… before the run")


def test_references_become_values_for_the_agent_only() -> None:
    variant = experiment(
        variants=[
            {
                "name": "a",
                "adapter": "copilot",
                "env": {"OWN": "x-${SECRET}", "PLAIN": "1", "MY_KEY": "literal"},
                "provider": {"base_url": "u", "api_key": "${SECRET}", "bearer_token": "t0k"},
            }
        ]
    ).variants[0]
    environ = {"SECRET": "s3cret"}
    assert variant.agent_env(environ) == {"OWN": "x-s3cret", "PLAIN": "1", "MY_KEY": "literal"}
    assert variant.secret_values(environ) == {"x-s3cret", "s3cret", "literal", "t0k"}
    assert "literal" not in repr(variant)
    assert "t0k" not in repr(variant.provider)


def test_the_stored_copy_has_no_secrets_and_keeps_references() -> None:
    of = experiment(
        variants=[
            {
                "name": "a",
                "adapter": "copilot",
                "env": {"OWN": "${OWN}", "MY_KEY": "literal-1"},
                "extra_args": ["--api-key", "literal-2"],
                "provider": {"base_url": "http://u:literal-3@h", "api_key": "literal-4"},
            }
        ]
    )
    text = json.dumps(of.redacted())
    assert "literal" not in text
    assert "${OWN}" in text
