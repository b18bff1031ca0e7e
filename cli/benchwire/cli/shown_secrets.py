"""Keeps the secrets of the settings out of whatever is printed about them."""

from collections.abc import Iterable, Iterator
from dataclasses import replace
from pathlib import Path
from urllib.parse import unquote, urlsplit

from pydantic import SecretStr
from pydantic_settings import BaseSettings

from benchwire.embedded.data_directory import DataDirectory
from benchwire.embedded.registration import read_registration
from benchwire.schemas.finding import Finding

HIDDEN = "***"
CHARACTERS_MIN = 3
"""Shorter ones would blank out half of every sentence."""


def known_secrets(*settings: BaseSettings) -> frozenset[str]:
    """Collect passwords and tokens of the settings, as written and as decoded."""
    found: set[str] = set()
    for each in settings:
        for name in type(each).model_fields:
            found.update(_secrets_in(getattr(each, name)))
        data_dir = getattr(each, "data_dir", None)
        if isinstance(data_dir, Path):
            registration = read_registration(DataDirectory(data_dir).registration)
            found.update([registration.token] if registration else [])
    return frozenset(text for text in found if len(text) >= CHARACTERS_MIN)


def without(finding: Finding, secrets: Iterable[str]) -> Finding:
    """Blank the secrets out of a finding: messages of drivers and servers may repeat them."""
    return replace(
        finding,
        found=blanked(finding.found, secrets),
        fix=blanked(finding.fix, secrets),
        command=blanked(finding.command, secrets),
    )


def blanked(text: str, secrets: Iterable[str]) -> str:
    """Replace every secret in a text, the longest first."""
    for secret in sorted(secrets, key=len, reverse=True):
        text = text.replace(secret, HIDDEN)
    return text


def _secrets_in(value: object) -> Iterator[str]:
    text = value.get_secret_value() if isinstance(value, SecretStr) else value
    if not isinstance(text, str):
        return
    if "://" not in text:
        if isinstance(value, SecretStr):
            yield text
        return
    for url in text.split(","):
        try:
            userinfo = urlsplit(url.strip()).netloc.rpartition("@")[0]
        except ValueError:
            continue
        user, separator, password = userinfo.partition(":")
        # A user without a password is a token.
        secret = password if separator else user
        yield from {secret, unquote(secret)}
