"""Reward files are read by the rules of Harbor's verifiers."""

from pathlib import Path

import pytest

from benchwire.producer.runner.reward import (
    RewardUnreadable,
    discard_reward,
    is_resolved,
    read_reward,
)


@pytest.mark.parametrize(
    ("name", "text", "rewards", "score"),
    [
        ("reward.txt", "1\n", {"reward": 1.0}, 1.0),
        ("reward.txt", "-1", {"reward": -1.0}, -1.0),
        ("reward.json", '{"reward": 0, "f2p": 1}', {"reward": 0.0, "f2p": 1.0}, 0.0),
        ("reward.json", '{"f2p": 1, "p2p": 0}', {"f2p": 1.0, "p2p": 0.0}, None),
        ("reward.json", '{"f2p": 0.0}', {"f2p": 0.0}, 0.0),
    ],
)
def test_either_file_is_read_whichever_is_named(
    tmp_path: Path, name: str, text: str, rewards: dict[str, float], score: float | None
) -> None:
    (tmp_path / name).write_text(text)
    for named in ("reward.txt", "reward.json"):
        found = read_reward(tmp_path / named)
        assert (found.rewards, found.score) == (rewards, score)


@pytest.mark.parametrize(
    ("rewards", "resolved"),
    [
        ({"reward": 0.5}, True),
        ({"reward": 0.0, "f2p": 1.0}, False),
        ({"f2p": 1.0, "p2p": 0.0}, True),
        ({"f2p": 0.0}, False),
        ({"reward": -1.0}, False),
    ],
)
def test_a_reward_above_zero_is_success(rewards: dict[str, float], *, resolved: bool) -> None:
    assert is_resolved(rewards) is resolved


def test_the_text_file_takes_precedence(tmp_path: Path) -> None:
    (tmp_path / "reward.txt").write_text("1")
    (tmp_path / "reward.json").write_text('{"reward": 0}')
    assert read_reward(tmp_path / "reward.txt").resolved


@pytest.mark.parametrize(
    ("name", "text", "error_type"),
    [
        ("reward.txt", None, "RewardFileNotFoundError"),
        ("reward.txt", " \n", "RewardFileEmptyError"),
        ("reward.json", "", "RewardFileEmptyError"),
        ("reward.txt", "many", "RewardFileError"),
        ("reward.txt", "nan", "RewardFileError"),
        ("reward.json", "[1]", "RewardFileError"),
        ("reward.json", "{}", "RewardFileError"),
        ("reward.json", '{"reward": true}', "RewardFileError"),
        ("reward.json", '{"reward": "1"}', "RewardFileError"),
        ("reward.json", '{"reward": 1e999}', "RewardFileError"),
        ("reward.json", "{", "RewardFileError"),
    ],
)
def test_what_holds_no_reward_is_an_error_with_a_name(
    tmp_path: Path, name: str, text: str | None, error_type: str
) -> None:
    if text is not None:
        (tmp_path / name).write_text(text)
    with pytest.raises(RewardUnreadable) as raised:
        read_reward(tmp_path / name)
    assert raised.value.error_type == error_type


def test_what_the_agent_left_is_discarded_under_both_names(tmp_path: Path) -> None:
    (tmp_path / "reward.txt").write_text("1")
    (tmp_path / "reward.json").symlink_to("/etc/hostname")
    (tmp_path / "other.txt").write_text("1")
    discard_reward(tmp_path / "reward.txt", tmp_path)
    assert [path.name for path in tmp_path.iterdir()] == ["other.txt"]


@pytest.mark.parametrize("outside", ["{elsewhere}/reward.txt", "../elsewhere/reward.txt"])
def test_what_lies_outside_the_workspace_is_never_deleted(tmp_path: Path, outside: str) -> None:
    """Not even where a link that the agent left leads there."""
    workspace, elsewhere = tmp_path / "workspace", tmp_path / "elsewhere"
    workspace.mkdir()
    elsewhere.mkdir()
    kept = elsewhere / "reward.txt"
    kept.write_text("mine")
    (workspace / "out").symlink_to(elsewhere)
    for named in (outside.format(elsewhere=elsewhere), "out/reward.txt"):
        with pytest.raises(RewardUnreadable, match="leads out of the workspace"):
            discard_reward(workspace / named, workspace)
    assert kept.read_text() == "mine"
