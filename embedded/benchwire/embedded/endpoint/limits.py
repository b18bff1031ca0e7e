"""Which settings a request may bring, and how far each may go."""

import re
from collections.abc import Mapping
from dataclasses import dataclass

from benchwire.embedded.errors import QueryError

NOT_ALLOWED = 452
BAD_ARGUMENT = 36

FIXED = {
    # Analysis is recursive: a list of 5,000 tables overflowed the stack and ended the engine.
    "max_ast_elements": "10000",
    # The plan of a wide report, drawn prettily, takes all memory there is, and no limit ends it.
    "explain_query_plan_default": "legacy",
    # A query writes nothing, so sorting and grouping end at the memory limit, not on the disk.
    "max_bytes_ratio_before_external_distinct": "0",
    "max_bytes_ratio_before_external_group_by": "0",
    "max_bytes_ratio_before_external_join": "0",
    "max_bytes_ratio_before_external_sort": "0",
}
"""Settings of every query, whatever the request says."""

TRANSPORT = frozenset(
    {
        "add_http_cors_header",
        "buffer_size",
        "cancel_http_readonly_queries_on_client_close",
        "client_protocol_version",
        "compress",
        "database",
        "decompress",
        "default_format",
        "enable_http_compression",
        "http_headers_progress_interval_ms",
        "http_response_buffer_size",
        "http_zlib_compression_level",
        "network_compression_method",
        "password",
        "query",
        "query_id",
        "quota_key",
        "readonly",
        "role",
        "send_progress_in_http_headers",
        "session_check",
        "session_id",
        "session_timeout",
        "stacktrace",
        "user",
        "wait_end_of_query",
    }
)
"""Parameters of the HTTP interface itself; never given to the engine."""

OF_INSERTS = frozenset({"async_insert", "wait_for_async_insert"})
"""Settings drivers send with every query; here nothing is inserted, so they change nothing."""

ALLOWED = re.compile(
    r"output_format_(?:arrow|binary|csv|decimal|json|markdown|native|pretty|tsv|write)_\w+"
    r"|output_format_parquet_(?!row_group)\w+"
    r"|format_csv_(?:delimiter|null_representation)|format_tsv_null_representation"
    r"|bool_(?:true|false)_representation"
    r"|date_time_(?:input|output)_format|session_timezone"
    r"|cast_\w+|extremes|final|join_use_nulls|limit|offset|max_block_size"
    r"|max_(?:bytes|rows)_to_(?:read|group_by|sort)|max_result_rows"
    r"|result_overflow_mode|group_by_overflow_mode|prefer_column_name_to_alias"
)
"""Settings that shape an answer. Settings that name a file (`output_format_schema`,
`format_schema`, `format_template_*`) are left out on purpose, and the sizes of Parquet's row
groups: one row a group takes 40 s for 100,000 rows, and no time limit ends it."""


@dataclass(frozen=True, slots=True)
class QueryLimits:
    """Bounds of one query; a request may ask for less, and for more time up to a maximum."""

    seconds: float
    seconds_max: float
    memory_bytes_max: int
    result_bytes_max: int
    threads_max: int

    def engine_settings(self, asked: Mapping[str, str], *, streamed: bool) -> dict[str, str]:
        """Return the settings a query runs with; raises `QueryError` for one not allowed."""
        bounded = {
            "max_execution_time": (self.seconds, self.seconds_max),
            "max_memory_usage": (self.memory_bytes_max, self.memory_bytes_max),
            "max_threads": (self.threads_max, self.threads_max),
        }
        if not streamed:
            bounded["max_result_bytes"] = (self.result_bytes_max, self.result_bytes_max)
        settings = {name: _number(default) for name, (default, _) in bounded.items()} | FIXED
        for name, value in asked.items():
            if name in TRANSPORT | OF_INSERTS or name.startswith("param_"):
                continue
            if name in bounded:
                settings[name] = _number(_clamped(name, value, bounded[name][1]))
            elif name == "max_result_bytes":
                continue
            elif ALLOWED.fullmatch(name):
                settings[name] = value
            else:
                raise QueryError(
                    f"Setting {name} is not allowed here. (SETTING_CONSTRAINT_VIOLATION)",
                    code=NOT_ALLOWED,
                    status=403,
                )
        return settings


def _clamped(name: str, value: str, maximum: float) -> float:
    try:
        number = float(value)
    except ValueError:
        number = -1.0
    if not 0 <= number < float("inf"):
        raise QueryError(
            f"Setting {name} must be a number, not {value!r}. (BAD_ARGUMENTS)",
            code=BAD_ARGUMENT,
            status=400,
        )
    # Zero means "no limit" to the engine, so it means the maximum here.
    return min(number, maximum) if number > 0 else maximum


def _number(value: float) -> str:
    return str(int(value)) if float(value).is_integer() else str(value)
