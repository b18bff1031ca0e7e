import pytest

from benchwire.cli.settings_report import settings_report

SECRETS = {
    "BENCHWIRE_CLICKHOUSE_URL": "http://user:pw-secret@clickhouse:8123/benchwire",
    "BENCHWIRE_NATS_URL": "nats://user:nats-secret@one:4222,nats://token-secret@two:4222",
    "BENCHWIRE_SQL_TOKEN": "sql-secret",
}


def test_no_secret_is_shown(monkeypatch: pytest.MonkeyPatch) -> None:
    for name, value in SECRETS.items():
        monkeypatch.setenv(name, value)
    shown = str(settings_report())
    assert "secret" not in shown
    assert "user" not in shown
    assert "***@one:4222,nats://***@two:4222" in shown


def test_every_role_says_where_its_values_come_from(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("BENCHWIRE_SQL_PORT", "4711")
    monkeypatch.delenv("BENCHWIRE_NATS_PORT", raising=False)
    report = settings_report()
    assert set(report) == {"producer", "consumer", "embedded"}
    assert report["embedded"]["BENCHWIRE_SQL_PORT"] == {"value": 4711, "from": "environment"}
    assert report["embedded"]["BENCHWIRE_NATS_PORT"] == {"value": 0, "from": "default"}
