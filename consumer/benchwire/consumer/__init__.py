"""Stream to table: fetch, decode, batch, insert, acknowledge.

`Consumer(settings, sink).run(stop)` is the pipeline, `migrations.apply(sink)` the tables and
views, `Sink` what a database must offer. The sink for a ClickHouse server is in
`benchwire.consumer.clickhouse_sink`; it is not imported here, nor is its driver.
"""

from benchwire.consumer.pipeline import Consumer
from benchwire.consumer.settings import ConsumerSettings
from benchwire.consumer.sink import (
    INSERT_SETTINGS,
    InsertSettingsRefused,
    RowsRefused,
    Sink,
    SinkError,
    SinkUnavailable,
    StatementFailed,
    insert_error,
    verify_insert_settings,
)

__all__ = [
    "INSERT_SETTINGS",
    "Consumer",
    "ConsumerSettings",
    "InsertSettingsRefused",
    "RowsRefused",
    "Sink",
    "SinkError",
    "SinkUnavailable",
    "StatementFailed",
    "insert_error",
    "verify_insert_settings",
]
