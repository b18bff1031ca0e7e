"""Reads the reward a verifier wrote, by the rules of Harbor's verifiers."""

import json
import math
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Final, cast

from benchwire.schemas.errors import BenchwireError

REWARD_BYTES_MAX: Final = 1 << 20
REWARDS_MAX: Final = 1_000
_BESIDE: Final = {"reward.txt": "reward.json", "reward.json": "reward.txt"}
"""Verifiers write the one or the other."""


class RewardUnreadable(BenchwireError):  # noqa: N818 - a fact about a file
    """There is no reward where one should be; ``error_type`` is what Harbor calls it."""

    def __init__(self, message: str, error_type: str) -> None:
        super().__init__(
            message, hint="reward.txt holds one number, reward.json an object of numbers"
        )
        self.error_type = error_type


@dataclass(frozen=True, slots=True)
class Reward:
    """What a reward file says."""

    rewards: dict[str, float]
    path: Path
    text: str

    @property
    def resolved(self) -> bool:
        """The reward is above 0; of several without the name ``reward``, any is."""
        return is_resolved(self.rewards)

    @property
    def score(self) -> float | None:
        """The reward itself; None where several are given under other names."""
        if "reward" in self.rewards:
            return self.rewards["reward"]
        return next(iter(self.rewards.values())) if len(self.rewards) == 1 else None


def is_resolved(rewards: Mapping[str, float]) -> bool:
    """Tell whether rewards mean success."""
    if "reward" in rewards:
        return rewards["reward"] > 0
    return any(value > 0 for value in rewards.values())


def read_reward(path: Path) -> Reward:
    """Read a reward file.

    Raises:
        RewardUnreadable: It is missing, empty, or holds something else.
    """
    found = _find(path)
    text = _text(found)
    if not text:
        raise RewardUnreadable(f"the reward file {found.name} is empty", "RewardFileEmptyError")
    rewards = _object(found, text) if found.suffix == ".json" else {"reward": _number(found, text)}
    return Reward(rewards, found, text)


def discard_reward(path: Path, workspace: Path) -> None:
    """Delete what the agent left where the verifier's reward is expected.

    Raises:
        RewardUnreadable: Its directory is not in the workspace, if only by a symbolic link.
    """
    if not path.parent.resolve().is_relative_to(workspace.resolve()):
        text = f"the directory of the reward file {path.name} leads out of the workspace"
        raise RewardUnreadable(text, "RewardFileError")
    for candidate in _candidates(path):
        if candidate.is_file() or candidate.is_symlink():
            candidate.unlink()


def _candidates(path: Path) -> tuple[Path, ...]:
    return (path, path.with_name(_BESIDE.get(path.name, path.name)))


def _find(path: Path) -> Path:
    for candidate in _candidates(path):
        if candidate.is_file():
            return candidate
    raise RewardUnreadable(
        f"the verifier left no reward file {path.name}", "RewardFileNotFoundError"
    )


def _text(path: Path) -> str:
    try:
        with path.open("rb") as file:
            return file.read(REWARD_BYTES_MAX + 1).decode().strip()
    except (OSError, UnicodeDecodeError) as error:
        raise _not_a_reward(path) from error


def _number(path: Path, text: str) -> float:
    try:
        value = float(text)
    except ValueError as error:
        raise _not_a_reward(path) from error
    if not math.isfinite(value):
        raise _not_a_reward(path)
    return value


def _object(path: Path, text: str) -> dict[str, float]:
    try:
        document: object = json.loads(text)
    except (ValueError, RecursionError) as error:
        raise _not_a_reward(path) from error
    if not isinstance(document, dict) or not 0 < len(cast("Any", document)) <= REWARDS_MAX:
        raise _not_a_reward(path)
    rewards: dict[str, float] = {}
    for name, value in cast("dict[str, object]", document).items():
        if isinstance(value, bool) or not isinstance(value, int | float):
            raise _not_a_reward(path)
        rewards[name] = _number(path, str(value))
    return rewards


def _not_a_reward(path: Path) -> RewardUnreadable:
    return RewardUnreadable(f"the reward file {path.name} holds no reward", "RewardFileError")
