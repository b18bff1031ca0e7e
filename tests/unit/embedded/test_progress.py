"""What is said of a running query, and how often."""

import json

from benchwire.embedded.endpoint.progress import Progress, pause_seconds


def test_ten_minutes_are_told_in_fewer_lines_than_clients_take() -> None:
    elapsed, lines = 0.0, 0
    while elapsed < 600:
        elapsed += pause_seconds(100, elapsed)
        lines += 1
    assert lines < 100
    assert lines * 200 < 16 * 1024


def test_a_client_may_want_to_hear_less() -> None:
    assert pause_seconds(110_000, 1.0) == 110.0


def test_counters_never_go_back() -> None:
    progress = Progress()
    told = {"read_rows": 5, "read_bytes": 50, "total_rows_to_read": 9, "elapsed_ns": 7}
    progress.observe(told)
    progress.observe(dict.fromkeys(told, 1))
    assert json.loads(progress.line()) == {
        "read_rows": "5",
        "read_bytes": "50",
        "total_rows_to_read": "9",
        "result_rows": "0",
        "elapsed_ns": "7",
    }
