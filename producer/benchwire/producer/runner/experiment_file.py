"""Reads an experiment file: TOML, YAML or JSON by its ending, one schema, errors that help.

Every problem is named by file, key and what to do about it, all of them at once.
"""

import difflib
import json
import os
import tomllib
from collections.abc import Iterable, Mapping
from pathlib import Path
from typing import Any, Final

from pydantic import ValidationError
from pydantic_core import ErrorDetails

from benchwire.producer.runner.experiment import Experiment
from benchwire.producer.runner.references import referenced
from benchwire.producer.runner.sections import section_at
from benchwire.schemas.docstrings import field_docstrings
from benchwire.schemas.errors import BenchwireError
from benchwire.schemas.free_form import is_list, is_mapping

ENDINGS: Final = (".toml", ".yaml", ".yml", ".json")
HINT: Final = "`benchwire run --help` and docs/running.md describe the keys"
_LIKE_ENOUGH: Final = 0.6
_SAID: Final = {
    "string_type": "must be a text; put it in quotes",
    "string_too_short": "must not be blank",
    "string_pattern_mismatch": "is not the name of an environment variable",
    "int_type": "must be a whole number, without quotes",
    "float_type": "must be a number, without quotes",
    "bool_type": "must be true or false, without quotes",
    "tuple_type": "must be a list, in square brackets",
    "dict_type": "must be a table of keys",
    "model_type": "must be a table of keys",
}
"""What is wrong, by pydantic's name of it; of others its own words are taken."""


class ExperimentFileInvalid(BenchwireError):  # noqa: N818 - a fact about the file
    """An experiment file cannot be used; ``problems`` has one sentence for each reason."""

    def __init__(self, path: Path, problems: list[str], *, hint: str = "") -> None:
        text = "\n".join(f"{path}: {problem}" for problem in problems)
        super().__init__(text, hint=hint or HINT)
        self.problems = problems


def load_experiment(path: Path, environ: Mapping[str, str] | None = os.environ) -> Experiment:
    """Read and check an experiment file, and what it refers to; without ``environ`` no secrets.

    Raises:
        ExperimentFileInvalid: It is not readable, not valid, or refers to what is not there.
    """
    try:
        document = _parse(path)
        if not isinstance(document, dict):
            raise ExperimentFileInvalid(path, ["the top of the file is not a table of keys"])
        text = json.dumps(document, default=str)
    except (ValueError, RecursionError):  # an alias of YAML may stand inside of what it names
        text = "a value contains itself, or is nested too deep"
        raise ExperimentFileInvalid(path, [text]) from None
    try:
        # As JSON, in strict mode: the three formats mean the same, and "3" is no number.
        experiment = Experiment.model_validate_json(text, strict=True)
    except ValidationError as error:
        found = error.errors(include_url=False, include_context=True)
        raise ExperimentFileInvalid(path, _problems(found)) from None
    unset = [] if environ is None else _unset(experiment, environ)
    problems = [*unset, *_missing(experiment, path.parent)]
    if problems:
        raise ExperimentFileInvalid(path, problems)
    return experiment


def _parse(path: Path) -> Any:
    ending = path.suffix.lower()
    if ending not in ENDINGS:
        raise ExperimentFileInvalid(path, [f"the name must end in one of {', '.join(ENDINGS)}"])
    try:
        text = path.read_text(encoding="utf-8")
    except UnicodeDecodeError:
        raise ExperimentFileInvalid(path, ["it is not UTF-8 text"]) from None
    except OSError as error:
        raise ExperimentFileInvalid(
            path, [f"cannot be read: {error.strerror}"], hint="give the path of an experiment file"
        ) from None
    try:
        if ending == ".toml":
            return tomllib.loads(text)
        if ending == ".json":
            return json.loads(text, object_pairs_hook=_without_duplicates)
        return _parse_yaml(path, text)
    except ValueError as error:
        kind = ending[1:].upper()
        raise ExperimentFileInvalid(path, [f"is not valid {kind}: {error}"]) from None


def _parse_yaml(path: Path, text: str) -> Any:
    try:
        import yaml  # noqa: PLC0415 - an extra's dependency; the other formats need nothing
    except ModuleNotFoundError:
        raise ExperimentFileInvalid(
            path,
            ["reading YAML needs PyYAML, which is not installed here"],
            hint="pip install 'benchwire[cli]', or write the file as TOML or JSON",
        ) from None

    class Loader(yaml.SafeLoader):
        """The safe loader, but a key given twice is an error."""

        def construct_mapping(self, node: Any, deep: bool = False) -> dict[Any, Any]:  # noqa: FBT001, FBT002 - PyYAML's
            _without_duplicates([(key.value, None) for key, _ in node.value])
            return super().construct_mapping(node, deep)

    try:
        return yaml.load(text, Loader)  # noqa: S506 - a SafeLoader
    except yaml.YAMLError as error:
        raise ValueError(" ".join(str(error).split())) from None


def _without_duplicates(pairs: Iterable[tuple[Any, Any]]) -> dict[Any, Any]:
    found: dict[Any, Any] = {}
    for key, value in pairs:
        if key in found:
            raise ValueError(f"the key {key!r} is given twice in one table")
        found[key] = value
    return found


def _problems(errors: list[ErrorDetails]) -> list[str]:
    """One sentence for each key; an entry that is wrong says more than the list it left empty."""
    found: dict[str, str] = {}
    for error in errors:
        inside = [one for one in errors if one["loc"][: len(error["loc"])] == error["loc"]]
        if error["type"] == "too_short" and len(inside) > 1:
            continue
        key = _key_path(_known_part(error["loc"])[1])
        found.setdefault(key, _problem(error))
    return list(found.values())


def _problem(error: ErrorDetails) -> str:
    """One sentence: the key, what is wrong with it, what to do."""
    section, location = _known_part(error["loc"])
    name = str(location[-1]) if location else ""
    context = error.get("ctx", {})
    match error["type"]:
        case "extra_forbidden":
            text = f"unknown key; {_known_keys(name, section)}"
        case "missing":
            text = f"missing; add it: {_meaning(name, section)}"
        case "literal_error":
            text = f"must be one of {str(context.get('expected', '')).replace(' or ', ', ')}"
        case "value_error":
            text = str(context.get("error"))
        case _:
            text = _SAID.get(error["type"]) or error["msg"][:1].lower() + error["msg"][1:]
    return f"{_key_path(location)}: {text.removeprefix('input ')}"


def _known_part(loc: tuple[int | str, ...]) -> tuple[Any, list[int | str]]:
    """The table an error is in, and its place without the names of a type's alternatives."""
    place: list[int | str] = []
    section: Any = section_at(())
    for part in loc:
        outer = section_at(place)
        if isinstance(part, str) and outer is None and not _is_env(place):
            break  # the alternative of a union that was tried, not a key
        place.append(part)
        if isinstance(part, str) and outer is not None:
            section = outer
    return section, place


def _is_env(place: list[int | str]) -> bool:
    return bool(place) and place[-1] == "env"


def _known_keys(given: str, section: Any) -> str:
    known = list(section.model_fields)
    close = difflib.get_close_matches(given, known, n=1, cutoff=_LIKE_ENOUGH)
    if close:
        return f"did you mean `{close[0]}`?"
    return f"known here are {', '.join(known)}"


def _meaning(name: str, section: Any) -> str:
    text = " ".join(field_docstrings(section).get(name, "").split())
    return text[:1].lower() + text[1:].rstrip(".")


def _key_path(location: list[int | str]) -> str:
    """``variants[2].reasoning_effort``; entries are counted from 1, as people do."""
    text = ""
    for part in location:
        text += f"[{part + 1}]" if isinstance(part, int) else f".{part}" if text else part
    return text or "the file"


def _unset(experiment: Experiment, environ: Mapping[str, str]) -> list[str]:
    return [
        f"{key}: ${{{name}}} is not set in this environment; export {name}=… before the run"
        for number, variant in enumerate(experiment.variants, 1)
        for key, value in _texts(
            variant.model_dump(include={"env", "provider"}), f"variants[{number}]"
        )
        for name in referenced(value)
        if name not in environ
    ]


def _texts(value: Any, path: str) -> Iterable[tuple[str, str]]:
    if isinstance(value, str):
        yield path, value
    elif is_mapping(value):
        for key, item in value.items():
            yield from _texts(item, f"{path}.{key}")
    elif is_list(value):
        for number, item in enumerate(value, 1):
            yield from _texts(item, f"{path}[{number}]")


def _missing(experiment: Experiment, base_dir: Path) -> list[str]:
    problems: list[str] = []
    for number, task in enumerate(experiment.all_tasks, 1):
        key = "task" if experiment.task is not None else f"tasks[{number}]"
        if task.fixture is not None and not (base_dir / task.fixture).is_dir():
            problems.append(
                f"{key}.fixture: there is no directory {base_dir / task.fixture}; paths are "
                "relative to the experiment file"
            )
        if task.repo is not None and ":" not in task.repo and not (base_dir / task.repo).exists():
            problems.append(
                f"{key}.repo: there is no {base_dir / task.repo}; give a URL, or a path relative "
                "to the experiment file"
            )
    return problems
