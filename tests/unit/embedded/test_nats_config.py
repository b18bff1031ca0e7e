from pathlib import Path

from benchwire.embedded.nats_config import NatsConfig


def config(tmp_path: Path) -> NatsConfig:
    return NatsConfig(
        directory=tmp_path / 'with "quotes"',
        log_file=tmp_path / "log",
        server_name="benchwire-x",
        port=4711,
        store_bytes_max=1 << 30,
        payload_bytes_max=8 << 20,
    )


def test_it_listens_on_loopback_only_and_acknowledges_what_is_on_disk(tmp_path: Path) -> None:
    text = config(tmp_path).text()
    assert 'listen: "127.0.0.1:4711"' in text
    assert "sync_interval: always" in text
    assert "max_payload: 8388608" in text
    assert "max_file_store: 1073741824" in text


def test_paths_are_quoted(tmp_path: Path) -> None:
    assert '\\"quotes\\"' in config(tmp_path).text()


def test_a_pid_file_of_a_stranger_ends_nobody(tmp_path: Path) -> None:
    made = config(tmp_path)
    made.write()
    for content in ("1", "0", "-1", "99999999", "garbage"):
        made.pid_file.write_text(content)
        made.end_orphan()
