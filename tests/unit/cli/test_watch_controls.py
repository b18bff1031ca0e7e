"""What keys do to the screen of `watch`."""

from tests.support.watch_frames import MANY, RUN_ID, frame

from benchwire.cli.watching.controls import Controls
from benchwire.cli.watching.keys import pressed


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


def test_keys_are_told_apart() -> None:
    raw = "\x1b[A\x1bOBx/é\r\x7f\x1b[5~\x1b[200;5u\x1b".encode()
    assert list(pressed(raw)) == [
        *("up", "down", "x", "/", "é", "enter", "backspace", "page up", "escape"),
    ]
