"""What stands above the tables of `watch`, and in their place while nothing is known."""

from dataclasses import replace
from typing import Any

import pytest
from tests.support.watch_frames import JOB, LIVE, READING, frame, picture

from benchwire.cli.watching.stream_probe import NO_STREAM


@pytest.mark.parametrize(
    ("changed", "standing", "told"),
    [
        ({"is_live": False, "loaded": 1_200, "to_load": 40_000}, "loading 1,200 of 40,000", ""),
        (
            {"trouble": "the server does not answer; waiting", "error": "refused"},
            "reconnecting",
            "the server does not answer; waiting: refused",
        ),
        ({"reading": None}, "reconnecting", "stream: no answer"),
        (
            {"missing": "late events of 3 runs wait"},
            "live",
            "incomplete: late events of 3 runs wait",
        ),
        (
            {"reading": replace(READING, is_consumed=False)},
            "live",
            "consumer: 17 behind, and no consumer asks",
        ),
        ({"reading": replace(READING, n_behind=None)}, "live", "nobody stores them"),
        ({"n_refused": 2}, "live", "2 lines refused"),
    ],
)
def test_the_head_says_how_the_watcher_is_doing(
    changed: dict[str, Any], standing: str, told: str
) -> None:
    lines = frame(situation=replace(LIVE, **changed))
    assert f" {standing}  14:13:20 UTC" in lines[0]
    assert told in "\n".join(lines[1:6])


@pytest.mark.parametrize(
    ("begun", "whole", "told"),
    [
        (60e9, 98.5e9, "about 60.000 when these end, 98.500 in the end"),
        (60e9, None, "about 60.000 when these end"),
        (60e9, 60e9, "about 60.000 in the end"),
        (None, None, "1.250 AIU/min"),
    ],
)
def test_what_it_will_cost_is_told_as_far_as_it_is_known(
    begun: float | None, whole: float | None, told: str
) -> None:
    spending = replace(picture().spending, projected_begun_nano_aiu=begun, projected_nano_aiu=whole)
    assert frame(picture(spending=spending, jobs=[JOB]))[2].endswith(f" · {told}")


@pytest.mark.parametrize(
    ("changed", "told"),
    [
        (
            {"experiment_id": "dmeo", "known_experiments": ("demo", "first\x1blook")},
            [
                "nothing of experiment 'dmeo' is known yet",
                "what comes of it shows up here",
                "",
                "experiments that are known, the latest first:",
                "  demo",
                "  first�look",
            ],
        ),
        (
            {"experiment_id": "dmeo", "known_experiments": tuple("abcdefghij")},
            [
                "nothing of experiment 'dmeo' is known yet",
                "what comes of it shows up here",
                "",
                "experiments that are known, the latest first:",
                *[f"  {name}" for name in "abcdefgh"],
                "  and 2 more",
            ],
        ),
        (
            {"experiment_id": None},
            [
                "nothing has run yet: what starts shows up here",
                "`benchwire run FILE` starts an experiment, `benchwire demo` a small one",
            ],
        ),
    ],
)
def test_an_empty_screen_says_what_it_waits_for(changed: dict[str, Any], told: list[str]) -> None:
    empty = picture(runs=[], policies=[], failures=[], n_runs=0)
    lines = frame(empty, replace(LIVE, **changed))
    assert lines[1:3] == ["stream: 1,234 messages · consumer: 17 behind", ""]
    assert lines[3:-1] == [*told, *[""] * (20 - len(told))]
    loading = replace(LIVE, is_live=False, **changed)
    assert "nothing" not in "\n".join(frame(empty, loading))
    assert told[0] in frame(empty, replace(loading, reading=NO_STREAM)), "nor will there be, so far"
