import pytest

from benchwire.cli.settings_report import settings_report, unknown_variables

SECRETS = {
    "BENCHWIRE_CLICKHOUSE_URL": "https://user:pw-secret@clickhouse:8443/benchwire?token=secret",
    "BENCHWIRE_NATS_URL": "nats://user:nats-secret@one:4222,nats://token-secret@two:4222",
    "BENCHWIRE_SQL_TOKEN": "sql-secret",
}


def test_no_secret_is_shown_and_the_place_is(monkeypatch: pytest.MonkeyPatch) -> None:
    for name, value in SECRETS.items():
        monkeypatch.setenv(name, value)
    report = settings_report()
    for entries in report.values():
        shown = str([entry["value"] for entry in entries.values()])
        assert "secret" not in shown
        assert "user" not in shown
    assert report["producer"]["BENCHWIRE_NATS_URL"]["value"] == (
        "nats://***@one:4222,nats://***@two:4222"
    )
    assert report["consumer"]["BENCHWIRE_CLICKHOUSE_URL"]["value"] == (
        "https://***@clickhouse:8443/benchwire?***"
    )


def test_every_role_says_where_its_values_come_from(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("BENCHWIRE_SQL_PORT", "4711")
    monkeypatch.setenv("BENCHWIRE_DATA_DIR", "/somewhere")
    monkeypatch.delenv("BENCHWIRE_NATS_PORT", raising=False)
    report = settings_report(data_dir_from="--data-dir")
    assert set(report) == {"producer", "consumer", "embedded", "command"}
    port, other = (report["embedded"][f"BENCHWIRE_{name}_PORT"] for name in ("SQL", "NATS"))
    assert (port["value"], port["from"]) == (4711, "environment")
    assert (other["value"], other["from"]) == (0, "default")
    for role in ("producer", "embedded"):
        assert report[role]["BENCHWIRE_DATA_DIR"]["from"] == "--data-dir"


def test_every_setting_says_what_it_means() -> None:
    missing = [
        name
        for entries in settings_report().values()
        for name, entry in entries.items()
        if not entry["meaning"]
    ]
    assert missing == []


def test_a_variable_that_nothing_reads_is_named_with_the_one_meant() -> None:
    environment = {
        "BENCHWIRE_NATSURL": "x",
        "BENCHWIRE_FLUX": "x",
        "BENCHWIRE_RUN_ID": "x",
        "benchwire_nats_url": "x",
        "PATH": "x",
    }
    assert unknown_variables(environment) == {
        "BENCHWIRE_FLUX": None,
        "BENCHWIRE_NATSURL": "BENCHWIRE_NATS_URL",
    }
