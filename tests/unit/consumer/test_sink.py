"""Errors of an insert are told apart by what to do next."""

import pytest
from tests.support.fake_sink import FakeSink

from benchwire.consumer.sink import (
    InsertSettingsRefused,
    RowsRefused,
    SinkUnavailable,
    insert_error,
    verify_insert_settings,
)


@pytest.mark.parametrize(
    "text",
    [
        "Code: 27. DB::Exception: Cannot parse input: expected '\"' before: 'zz'",
        "Code: 117. DB::Exception: Unknown field found while parsing JSONEachRow format: foo",
        "Streaming insert finish failed: Code: 376. DB::Exception: Cannot parse uuid",
    ],
)
def test_codes_that_blame_a_row_refuse_rows(text: str) -> None:
    assert isinstance(insert_error(text), RowsRefused)


@pytest.mark.parametrize(
    "text",
    [
        "Code: 60. DB::Exception: Table benchwire.events does not exist",
        "Code: 16. DB::Exception: No such column seed in table benchwire.events",
        "Code: 241. DB::Exception: Memory limit exceeded",
        "Connection refused",
    ],
)
def test_everything_else_means_try_again(text: str) -> None:
    """Setting rows aside for a missing table would empty the stream into the dead letters."""
    assert isinstance(insert_error(text), SinkUnavailable)


def test_required_settings_are_read_back() -> None:
    verify_insert_settings(FakeSink())


@pytest.mark.parametrize(("name", "value"), [("async_insert", "1"), ("insert_deduplicate", "1")])
def test_a_wrong_setting_is_refused_by_name(name: str, value: str) -> None:
    sink = FakeSink()
    sink.settings[name] = value
    with pytest.raises(InsertSettingsRefused, match=name):
        verify_insert_settings(sink)


def test_an_unknown_setting_is_refused() -> None:
    sink = FakeSink()
    del sink.settings["deduplicate_insert"]
    with pytest.raises(InsertSettingsRefused, match="deduplicate_insert is 'unknown to it'"):
        verify_insert_settings(sink)
