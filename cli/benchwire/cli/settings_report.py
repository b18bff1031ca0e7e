"""Reads every role's settings and says where each value comes from, without any secret."""

import difflib
import os
from collections.abc import Iterator, Mapping
from typing import Any, Final
from urllib.parse import urlsplit, urlunsplit

from pydantic import SecretStr
from pydantic_settings import BaseSettings

from benchwire.cli.application import DEBUG
from benchwire.cli.logs import LEVEL
from benchwire.consumer.settings import ConsumerSettings
from benchwire.embedded.settings import EmbeddedSettings
from benchwire.producer.settings import ProducerSettings
from benchwire.schemas.docstrings import field_docstrings
from benchwire.schemas.finding import Finding, ok, warn

PREFIX: Final = "BENCHWIRE_"
HIDDEN: Final = "(set, not shown)"
OF_COMMANDS: Final = {
    LEVEL: ("WARNING", "Least severe log lines shown: DEBUG, INFO, WARNING or ERROR."),
    DEBUG: (None, "Set to anything: a command that fails shows where."),
}
"""Variables that belong to no role, with default and meaning."""
OF_AGENTS: Final = frozenset(
    {
        "BENCHWIRE_ATTEMPT",
        "BENCHWIRE_EVENTS",
        "BENCHWIRE_EXPERIMENT_DIR",
        "BENCHWIRE_EXPERIMENT_ID",
        "BENCHWIRE_MODEL",
        "BENCHWIRE_POLICY_ID",
        "BENCHWIRE_RUN_ID",
        "BENCHWIRE_SEED",
        "BENCHWIRE_TASK_ID",
        "BENCHWIRE_TRIAL_NO",
        "BENCHWIRE_WORKSPACE",
    }
)
"""What the runner tells the agents it starts; settings of nothing."""
SETTINGS: Final[dict[str, type[BaseSettings]]] = {
    "producer": ProducerSettings,
    "consumer": ConsumerSettings,
    "embedded": EmbeddedSettings,
}

Report = dict[str, dict[str, dict[str, Any]]]


def settings_report(*, data_dir_from: str = "environment") -> Report:
    """Return role → variable → value, origin and meaning.

    The origin is `environment`, `default`, or what `data_dir_from` says of the data directory.
    """
    report = {role: dict(_entries(kind)) for role, kind in SETTINGS.items()}
    report["command"] = {name: _of_command(name) for name in OF_COMMANDS}
    for entries in report.values():
        entry = entries.get("BENCHWIRE_DATA_DIR")
        if entry is not None and entry["from"] == "environment":
            entry["from"] = data_dir_from
    return report


def unknown_variables(environment: Mapping[str, str] = os.environ) -> dict[str, str | None]:
    """Name the variables with our prefix that nothing reads, with the one probably meant."""
    known = {
        PREFIX + name.upper() for kind in SETTINGS.values() for name in kind.model_fields
    } | OF_COMMANDS.keys()
    unknown = sorted(
        name
        for name in environment
        if name.upper().startswith(PREFIX) and name.upper() not in known | OF_AGENTS
    )
    return {name: next(iter(_alike(name.upper(), known)), None) for name in unknown}


def variables() -> Finding:
    """Tell whether a variable is set that nothing reads, most likely a slip of the pen."""
    unknown = unknown_variables()
    if not unknown:
        return ok("variables", "every BENCHWIRE_ variable that is set is known")
    shown = ", ".join(
        name + (f" (meant is {meant}?)" if meant else "") for name, meant in unknown.items()
    )
    return warn(
        "variables", f"nothing reads {shown}", "see the names there are", "benchwire config"
    )


def _alike(name: str, known: set[str]) -> list[str]:
    return difflib.get_close_matches(name, known, n=1, cutoff=0.8)


def _entries(kind: type[BaseSettings]) -> Iterator[tuple[str, dict[str, Any]]]:
    settings, meanings = kind(), field_docstrings(kind)
    for name in kind.model_fields:
        yield (
            PREFIX + name.upper(),
            {
                "value": _shown(getattr(settings, name)),
                "from": "environment" if name in settings.model_fields_set else "default",
                "meaning": " ".join(meanings.get(name, "").split()),
            },
        )


def _of_command(name: str) -> dict[str, Any]:
    default, meaning = OF_COMMANDS[name]
    found = os.environ.get(name)
    origin = "default" if found is None else "environment"
    return {"value": default if found is None else found, "from": origin, "meaning": meaning}


def _shown(value: Any) -> Any:
    if isinstance(value, SecretStr):
        secret = value.get_secret_value()
        return _without_userinfo(secret) if "://" in secret else HIDDEN
    if isinstance(value, str) and "://" in value:
        return ",".join(_without_userinfo(url) for url in value.split(","))
    if value is None or isinstance(value, bool | int | float | str):
        return value
    return str(value)


def _without_userinfo(url: str) -> str:
    """Return a URL without user, password and query: each may be a secret."""
    try:
        parts = urlsplit(url)
    except ValueError:
        return HIDDEN
    host = parts.netloc.rpartition("@")[2]
    netloc = f"***@{host}" if "@" in parts.netloc else host
    return urlunsplit(parts._replace(netloc=netloc, query="***" if parts.query else ""))
