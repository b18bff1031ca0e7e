"""Settings come from the environment, and contradictions are refused at once."""

import pytest
from pydantic import ValidationError

from benchwire.consumer.settings import ConsumerSettings


def test_the_environment_is_read(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("BENCHWIRE_NATS_URL", "nats://a:4222")
    monkeypatch.setenv("BENCHWIRE_CLICKHOUSE_URL", "http://u:s3cret@h:8123/b")
    settings = ConsumerSettings()
    assert settings.nats_url == "nats://a:4222"
    assert "s3cret" not in repr(settings)


@pytest.mark.parametrize(
    "wrong",
    [
        {"insert_timeout_seconds": 60.0, "ack_wait_seconds": 60.0},
        {"fetch_heartbeat_seconds": 10.0, "fetch_expires_seconds": 15.0},
        {"stream_keep_bytes": 10, "stream_max_bytes": 9},
        {"max_ack_pending": 100, "fetch_messages_max": 26},
        {"batch_events_max": 0},
    ],
)
def test_contradictions_are_refused(wrong: dict[str, float]) -> None:
    with pytest.raises(ValidationError):
        ConsumerSettings.model_validate(wrong)
