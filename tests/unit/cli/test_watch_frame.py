"""A frame of `watch` fits its screen, tells everything without colours, and harms no terminal."""

import io
from dataclasses import replace
from typing import Any

import pytest
from rich.cells import cell_len
from rich.console import Console

from benchwire.analysis.live.picture import FailureLine, Picture, PolicyLine, RunLine, Spending
from benchwire.cli.watching.controls import Controls
from benchwire.cli.watching.frame import Situation, overview
from benchwire.cli.watching.help_page import HELP, help_page
from benchwire.cli.watching.keys import pressed
from benchwire.cli.watching.stream_probe import NO_STREAM

NOW_US = 1_790_000_000_000_000
RUN_ID = "0192a000-0000-4000-8000-00000000000"
READING = replace(NO_STREAM, n_messages=1_234, n_behind=17, is_consumed=True)
LIVE = Situation(
    title="demo",
    is_live=True,
    loaded=0,
    to_load=0,
    trouble="",
    error="",
    missing="",
    n_refused=0,
    events_per_second=118.4,
    reading=READING,
)


def run(number: int, **changed: Any) -> RunLine:
    line = RunLine(
        experiment_id="demo",
        job_id="job-1",
        policy_id="careful",
        task_id=f"mend-{number}",
        run_id=f"{RUN_ID}{number}",
        trial_no=1,
        attempt=1,
        model="model-large",
        state="running",
        age_seconds=61.0,
        n_events=9,
        steps=number,
        turns=1,
        tool_calls=3,
        tool_failures=0,
        total_tokens=12_345,
        nano_aiu=1_500_000_000,
        last_event_type="tool_call",
        last_tool="edit_file",
        last_event_age_seconds=float(number),
        stall_threshold_seconds=120.0,
    )
    return replace(line, **changed)


def policy(name: str = "careful", **changed: Any) -> PolicyLine:
    line = PolicyLine(
        experiment_id="demo",
        policy_id=name,
        n_running=2,
        n_trials=12,
        n_runs=12,
        n_counted=10,
        n_graded=10,
        n_resolved=4,
        n_errored=1,
        n_incomplete=2,
        n_excluded=0,
        success_rate_graded=0.4,
        success_rate_graded_low=0.168,
        success_rate_graded_high=0.687,
        total_tokens=1_200_000,
        nano_aiu=52_000_000_000,
    )
    return replace(line, **changed)


def failure(message: str = "exit code 3", **changed: Any) -> FailureLine:
    line = FailureLine(
        received_us=NOW_US,
        experiment_id="demo",
        policy_id="careful",
        task_id="mend-1",
        run_id=f"{RUN_ID}1",
        trial_no=1,
        kind="agent_failed",
        is_end=True,
        message=message,
    )
    return replace(line, **changed)


def picture(**changed: Any) -> Picture:
    runs = [run(1), run(2), run(3, state="stalled", last_event_age_seconds=187.0)]
    found = Picture(
        now_us=NOW_US,
        runs=runs,
        policies=[policy(), policy("hasty", n_running=0, success_rate_graded=None, nano_aiu=None)],
        failures=[failure()],
        spending=Spending(
            spent_nano_aiu=52_000_000_000,
            nano_aiu_per_minute=1_250_000_000.0,
            window_seconds=600.0,
            projected_nano_aiu=60_000_000_000.0,
        ),
        n_stalled=1,
        n_trials=24,
        n_counted=20,
        n_runs=24,
        n_events=999,
    )
    return replace(found, **changed)


def frame(
    shown: Picture | None = None,
    situation: Situation = LIVE,
    controls: Controls | None = None,
    width: int = 80,
    height: int | None = 24,
) -> list[str]:
    lines = overview(shown or picture(), situation, controls or Controls(), width, height)
    return [line.plain.rstrip() for line in lines]


def test_everything_stands_on_80_by_24() -> None:
    assert frame() == [
        "benchwire watch  demo                                         live  14:13:20 UTC",
        "3 running · 1 stalled · 20 of 24 trials done · 118 events/s",
        "52.000 AIU · 1.250 AIU/min · about 60.000 AIU when these end",
        "stream: 1,234 messages · consumer: 17 behind",
        "",
        "policy                        done  run  solved       rate [95 %]  err       AIU",
        "careful                      10/12    2    4/10 0.40 [0.17, 0.69]    1    52.000",
        "hasty                        10/12    -    4/10                 -    1         -",
        "",
        " running, by silence              step tool        tokens      AIU          last",
        "!careful/mend-3/1                    3 edit_file    12.3k    1.500  3:07 stalled",
        " careful/mend-2/1                    2 edit_file    12.3k    1.500         2.0 s",
        " careful/mend-1/1                    1 edit_file    12.3k    1.500         1.0 s",
        "",
        "latest failures",
        "14:13:20 careful/mend-1/1 agent_failed: exit code 3",
        *[""] * 7,
        "q quit  / filter  s sort  enter timeline  p pause  ? help",
    ]


MANY = picture(
    runs=[run(number % 10, run_id=f"{RUN_ID}-{number}") for number in range(40)],
    policies=[policy(f"policy-{number}-漢字" * 4) for number in range(20)],
    failures=[failure("no\x1b[2Jsuch\nfile " * 20) for _ in range(30)],
)


@pytest.mark.parametrize("height", [6, 10, 14, 24, 60])
@pytest.mark.parametrize("width", [20, 40, 57, 80, 200])
def test_a_frame_is_as_large_as_its_screen(width: int, height: int) -> None:
    for shown in (picture(), MANY, picture(runs=[], policies=[], failures=[])):
        lines = frame(shown, width=width, height=height)
        assert len(lines) == height
        assert max(cell_len(line) for line in lines) <= width


def test_a_low_screen_still_shows_something_of_each() -> None:
    shown = "\n".join(frame(MANY, height=14))
    assert "policy (2 of 20)" in shown
    assert " 1-3 of 40, by silence" in shown
    assert "latest failures" in shown


def test_nothing_from_outside_reaches_the_terminal_as_it_is() -> None:
    assert "\x1b" not in "\n".join(frame(MANY))


@pytest.mark.parametrize("no_colour", [True, False])
def test_without_colour_nothing_is_lost(
    monkeypatch: pytest.MonkeyPatch, *, no_colour: bool
) -> None:
    if no_colour:
        monkeypatch.setenv("NO_COLOR", "1")
    written = io.StringIO()
    console = Console(file=written, force_terminal=True, width=80, color_system="standard")
    for line in overview(picture(), LIVE, Controls(), 80, 24):
        console.print(line)
    assert ("\x1b[1;31m" in written.getvalue() or "31m" in written.getvalue()) is not no_colour
    assert "stalled" in written.getvalue()


def test_the_cursor_stays_on_its_run_when_the_order_changes() -> None:
    controls = Controls()
    frame(controls=controls)
    controls.press("down")
    chosen = controls.selected
    controls.press("s")
    frame(controls=controls)
    assert controls.sort == "tokens"
    assert controls.selected == chosen == f"{RUN_ID}2"


def test_the_cursor_is_always_to_be_seen() -> None:
    controls = Controls()
    frame(MANY, controls=controls)
    controls.press("end")
    assert " 32-40 of 40, by silence" in "\n".join(frame(MANY, controls=controls))


def test_a_filter_keeps_what_has_all_its_words() -> None:
    controls = Controls()
    for key in ("/", *"STALL", "backspace", " ", *"mend"):
        controls.press(key)
    shown = "\n".join(frame(controls=controls))
    assert "mend-3" in shown
    assert "mend-2" not in shown
    assert "1-1 of 3" in shown
    controls.press("enter")
    assert not controls.is_typing
    controls.press("escape")
    assert controls.filter_text == ""


def test_a_filter_takes_keys_that_mean_something_elsewhere() -> None:
    controls = Controls()
    for key in ("/", "q", "p"):
        assert controls.press(key) is None
    assert (controls.filter_text, controls.is_paused) == ("qp", False)
    assert controls.press("interrupt") == "quit"


def test_enter_opens_the_run_under_the_cursor_and_escape_leaves_it() -> None:
    controls = Controls()
    assert controls.press("enter") is None, "there is no run yet"
    frame(controls=controls)
    assert controls.press("enter") == "open"
    controls.press("page up")
    assert (controls.page, controls.scrolled) == ("timeline", 10)
    assert controls.press("escape") == "close"
    assert (controls.page, controls.scrolled) == ("overview", 10)


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


def test_once_has_all_rows_and_no_keys() -> None:
    lines = frame(MANY, width=100, height=None)
    assert sum("mend-" in line for line in lines) == 40 + 20
    assert sum("policy-" in line for line in lines) == 20
    assert not any("q quit" in line for line in lines)


def test_experiments_are_named_where_there_are_several() -> None:
    both = [policy(n_running=0, experiment_id="a-done"), policy(experiment_id="b-running")]
    lines = frame(picture(policies=both))
    names = [line.split()[0] for line in lines if line.startswith(("a-done", "b-running"))]
    assert names == ["b-running/careful", "a-done/careful"]


def test_keys_are_told_apart() -> None:
    raw = "\x1b[A\x1bOBx/é\r\x7f\x1b[5~\x1b[200;5u\x1b".encode()
    assert list(pressed(raw)) == [
        *("up", "down", "x", "/", "é", "enter", "backspace", "page up", "escape"),
    ]


def test_the_help_fits_the_smallest_screen() -> None:
    assert len(HELP.split("\n")) < 24
    assert all(cell_len(line) < 80 for line in HELP.split("\n"))
    assert len(help_page(80, 24)) == 24
