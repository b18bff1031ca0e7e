"""Examines this installation: Python, the packages of each extra, what the terminal can show."""

import importlib.metadata
import locale
import platform
import sys
from collections.abc import Iterator
from typing import Final, TextIO

from packaging.requirements import Requirement
from packaging.specifiers import SpecifierSet

from benchwire.schemas.finding import Finding, fail, ok, skip, warn

DISTRIBUTION: Final = "benchwire"
BASE: Final = "base"
EXTRAS: Final = ("consumer", "embedded", "cli")
SYMBOLS: Final = "─│└→…·µé"
"""What tables, units and names are printed with."""


def python_version() -> Finding:
    """Compare this Python with the oldest one we run on."""
    version = platform.python_version()
    wanted = importlib.metadata.metadata(DISTRIBUTION)["Requires-Python"] or ""
    found = f"{version} at {sys.executable}"
    if version in SpecifierSet(wanted, prereleases=True):
        return ok("python", found)
    return fail("python", f"{found}, but {wanted} is needed", "install benchwire in a newer Python")


def packages() -> Iterator[Finding]:
    """Compare what is installed with what this version asks for, extra by extra."""
    requirements = [Requirement(text) for text in importlib.metadata.requires(DISTRIBUTION) or ()]
    yield _packages(BASE, [each for each in requirements if _belongs(each, "")], needed=True)
    for extra in EXTRAS:
        chosen = [each for each in requirements if _belongs(each, extra) and not _belongs(each, "")]
        yield _packages(extra, chosen, needed=False)


def encoding(stream: TextIO, name: str) -> Finding:
    """Tell whether our symbols can be printed on a stream of this process."""
    check, codec = "terminal", stream.encoding or "ascii"
    try:
        SYMBOLS.encode(codec)
    except (UnicodeEncodeError, LookupError):
        return warn(
            check,
            f"{name} is written as {codec} (locale {locale.setlocale(locale.LC_CTYPE)}): symbols "
            "and names beyond it are shown as escapes",
            "choose a UTF-8 locale",
            "export LC_ALL=C.UTF-8 PYTHONIOENCODING=utf-8",
        )
    return ok(check, f"{name} is written as {codec}")


def _belongs(requirement: Requirement, extra: str) -> bool:
    return requirement.marker is None or requirement.marker.evaluate({"extra": extra})


def _packages(extra: str, requirements: list[Requirement], *, needed: bool) -> Finding:
    check = f"packages: {extra}"
    found = {each.name: _installed(each.name) for each in requirements}
    present = [f"{name} {version}" for name, version in found.items() if version is not None]
    name = DISTRIBUTION if extra == BASE else f"{DISTRIBUTION}[{extra}]"
    install = f"pip install '{name}'"
    if not present and not needed:
        return skip(check, "not installed", "install it if this machine needs that role", install)
    wrong = [
        f"{each} is {found[each.name] or 'missing'}" for each in map(_bare, requirements)
        if not _satisfied(each, found[each.name])
    ]  # fmt: skip
    if wrong:
        return fail(check, "; ".join(wrong), "install what this version asks for", install)
    return ok(check, ", ".join(present))


def _bare(requirement: Requirement) -> Requirement:
    """Leave the marker out, which people need not read."""
    return Requirement(f"{requirement.name}{requirement.specifier}")


def _satisfied(requirement: Requirement, version: str | None) -> bool:
    return version is not None and requirement.specifier.contains(version, prereleases=True)


def _installed(name: str) -> str | None:
    try:
        return importlib.metadata.version(name)
    except importlib.metadata.PackageNotFoundError:
        return None
