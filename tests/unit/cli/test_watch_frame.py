"""A frame of `watch` fits its screen, tells everything without colours, and harms no terminal."""

import io
from dataclasses import replace

import pytest
from rich.cells import cell_len
from rich.console import Console
from tests.support.watch_frames import LIVE, MANY, failure, frame, lossy, picture, policy, run

from benchwire.cli.watching.controls import Controls
from benchwire.cli.watching.frame import overview
from benchwire.cli.watching.help_page import HELP, help_page


def test_everything_stands_on_80_by_24() -> None:
    assert frame() == [
        "benchwire watch  demo                                         live  14:13:20 UTC",
        "3 running · 1 stalled · 20 of 36 trials done · 118 events/s",
        "52.000 AIU · 1.250 AIU/min · about 60.000 when these end",
        "stream: 1,234 messages · consumer: 17 behind",
        "",
        "policy                        done  run  solved       rate [95 %]  err       AIU",
        "careful                      10/18    2    4/10 0.40 [0.17, 0.69]    1    52.000",
        "hasty                        10/18    -    4/10                 -    1         -",
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


def test_what_was_lost_is_told_of_all_of_each_run_and_of_its_reason() -> None:
    shown = picture(
        runs=[run(1, n_declared_lost=6), run(2)],
        failures=[lossy(6), failure()],
        n_declared_lost=1_143,
    )
    lines = frame(shown)
    assert lines[1] == (
        "2 running · 1 stalled · 20 of 36 trials done · 1,143 events lost · 118 events/s"
    )
    assert lines[9:12] == [
        " running, by silence         lost step tool        tokens      AIU          last",
        " careful/mend-2/1               -    2 edit_file    12.3k    1.500         2.0 s",
        " careful/mend-1/1               6    1 edit_file    12.3k    1.500         1.0 s",
    ]
    assert lines[14] == "14:13:20 careful/mend-1/1 6 events lost: line 2: unknown_field"
    assert " lost " in frame(shown, width=50)[9], "not told by colour alone where it is narrow"
    line = frame(replace(shown, runs=[run(1, n_declared_lost=1_143)]))[10]
    assert line.startswith(" careful/mend-1/1            999+"), "as many as its column takes"


@pytest.mark.parametrize(("n_others", "n_losses"), [(10, 2), (3, 5), (0, 8)])
def test_losses_of_every_run_leave_room_to_failures(n_others: int, n_losses: int) -> None:
    losses = [lossy(number) for number in range(30, 0, -1)]
    lines = frame(picture(failures=[*losses, *[failure()] * n_others]))
    told = [line for line in lines[lines.index("latest failures") + 1 : -1] if line]
    assert sum("events lost" in line for line in told) == n_losses
    assert "30 events lost" in told[0], "the latest"
    assert len(told) == 8


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


def test_the_help_fits_the_smallest_screen() -> None:
    assert len(HELP.split("\n")) < 24
    assert all(cell_len(line) < 80 for line in HELP.split("\n"))
    assert len(help_page(80, 24)) == 24
