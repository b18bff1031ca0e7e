from pathlib import Path

from benchwire.cli.journal_backlog import journal_backlog


def test_segments_with_an_acknowledgement_are_not_backlog(tmp_path: Path) -> None:
    run = tmp_path / "run"
    run.mkdir()
    (run / "a~1~0~0~n.seg").write_bytes(b"x" * 10)
    (run / "b~1~0~0~n.seg").write_bytes(b"x" * 20)
    (run / "b~1~0~0~n.ack").write_bytes(b"{}")
    (run / "a~1~0~0~n.torn").write_bytes(b"x")
    (run / ".c~1~0~0~n.new").write_bytes(b"")
    (run / "of-somebody-else.seg").write_bytes(b"x")
    assert journal_backlog(tmp_path) == {
        "segments_open": 1,
        "bytes_open": 10,
        "segments_acknowledged": 1,
    }


def test_no_journal_is_no_backlog(tmp_path: Path) -> None:
    assert journal_backlog(tmp_path / "none")["segments_open"] == 0
