"""What a check of `benchwire doctor` found; every part of the system examines itself with these.

A check is a function without arguments that looks and reports. It changes nothing, it shows no
secret, and a check that breaks is itself something that was found.
"""

from collections.abc import Callable, Iterable
from dataclasses import dataclass
from typing import Final, Literal

from benchwire.schemas.errors import BenchwireError

Status = Literal["ok", "warn", "fail", "skip"]
"""`warn`: works, but look. `fail`: does not work, or needs a repair. `skip`: not looked at."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Finding:
    """One fact about the system, and what to do about it unless it is `ok`."""

    check: str
    """What was looked at."""
    status: Status
    found: str
    """What is there."""
    fix: str = ""
    """What to do, as a sentence; empty if there is nothing to do."""
    command: str = ""
    """Shell command that does it, if one does. `benchwire` stands for this installation."""


_SPANS: Final = (("days", 86_400), ("h", 3_600), ("min", 60))

Check = Callable[[], "Finding | Iterable[Finding]"]


@dataclass(frozen=True, slots=True)
class Group:
    """Findings about one part of the system."""

    title: str
    findings: list[Finding]

    @property
    def failed(self) -> bool:
        """Whether one of them is `fail`."""
        return any(finding.status == "fail" for finding in self.findings)


def ok(check: str, found: str) -> Finding:
    """As it should be."""
    return Finding(check=check, status="ok", found=found)


def warn(check: str, found: str, fix: str = "", command: str = "") -> Finding:
    """It works, but somebody should look."""
    return Finding(check=check, status="warn", found=found, fix=fix, command=command)


def fail(check: str, found: str, fix: str = "", command: str = "") -> Finding:
    """It does not work."""
    return Finding(check=check, status="fail", found=found, fix=fix, command=command)


def skip(check: str, found: str, fix: str = "", command: str = "") -> Finding:
    """Not looked at, and why."""
    return Finding(check=check, status="skip", found=found, fix=fix, command=command)


def findings_of(name: str, check: Check) -> list[Finding]:
    """Run a check; whatever it raises becomes a finding under `name`, never an exception."""
    found: list[Finding] = []
    try:
        answer = check()
        # Extending takes one by one: what a check had found before it broke is kept.
        found.extend((answer,) if isinstance(answer, Finding) else answer)
    except BenchwireError as error:
        found.append(fail(name, str(error), error.hint))
    except OSError as error:
        place = f"{error.filename}: " if error.filename is not None else ""
        fix = "make it usable for this user; what is said of the directory comes first"
        found.append(fail(name, f"{place}{error.strerror or error}", fix))
    except Exception as error:  # noqa: BLE001 - whatever it is, the other checks go on
        broken = f"the check itself broke: {type(error).__name__}: {error}"
        found.append(fail(name, broken, "report this together with `benchwire version`"))
    return found


def grouped(title: str, *checks: tuple[str, Check]) -> Group:
    """Run named checks one after the other."""
    return Group(title, [each for name, check in checks for each in findings_of(name, check)])


def span(seconds: float) -> str:
    """Say a length of time in the unit that suits it."""
    for unit, length in _SPANS:
        if seconds >= 2 * length:
            return f"{seconds / length:.0f} {unit}"
    return f"{seconds:.1f} s"
