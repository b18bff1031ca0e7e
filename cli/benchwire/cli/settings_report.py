"""Read every role's settings and say where each value comes from, without any secret."""

from collections.abc import Iterator
from typing import Any
from urllib.parse import urlsplit, urlunsplit

from pydantic import SecretStr
from pydantic_settings import BaseSettings

from benchwire.consumer.settings import ConsumerSettings
from benchwire.embedded.settings import EmbeddedSettings
from benchwire.producer.settings import ProducerSettings

PREFIX = "BENCHWIRE_"
HIDDEN = "(set, not shown)"

Report = dict[str, dict[str, dict[str, Any]]]


def settings_report() -> Report:
    """Return role → variable → value and origin (`environment` or `default`)."""
    roles: dict[str, BaseSettings] = {
        "producer": ProducerSettings(),
        "consumer": ConsumerSettings(),
        "embedded": EmbeddedSettings(),
    }
    return {role: dict(_entries(settings)) for role, settings in roles.items()}


def _entries(settings: BaseSettings) -> Iterator[tuple[str, dict[str, Any]]]:
    for name in type(settings).model_fields:
        origin = "environment" if name in settings.model_fields_set else "default"
        yield PREFIX + name.upper(), {"value": _shown(getattr(settings, name)), "from": origin}


def _shown(value: Any) -> Any:
    if isinstance(value, SecretStr):
        return HIDDEN
    if isinstance(value, str) and "://" in value:
        return ",".join(_without_userinfo(url) for url in value.split(","))
    if value is None or isinstance(value, bool | int | float | str):
        return value
    return str(value)


def _without_userinfo(url: str) -> str:
    """Return a URL without user and password: both may be a token."""
    parts = urlsplit(url)
    if "@" not in parts.netloc:
        return url
    return urlunsplit(parts._replace(netloc="***@" + parts.netloc.rpartition("@")[2]))
