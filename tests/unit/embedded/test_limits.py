import pytest

from benchwire.embedded.endpoint.limits import FIXED, QueryLimits
from benchwire.embedded.errors import QueryError

LIMITS = QueryLimits(
    seconds=60, seconds_max=600, memory_bytes_max=1000, result_bytes_max=500, threads_max=2
)


def test_a_request_without_wishes_gets_the_defaults() -> None:
    assert LIMITS.engine_settings({}, streamed=True) == {
        "max_execution_time": "60",
        "max_memory_usage": "1000",
        "max_threads": "2",
        **FIXED,
    }


def test_an_answer_made_in_one_piece_is_bounded() -> None:
    assert LIMITS.engine_settings({}, streamed=False)["max_result_bytes"] == "500"


@pytest.mark.parametrize(
    ("asked", "given"),
    [("1", "1"), ("0.5", "0.5"), ("600", "600"), ("100000", "600"), ("0", "600")],
)
def test_time_is_clamped_and_zero_is_not_unlimited(asked: str, given: str) -> None:
    settings = LIMITS.engine_settings({"max_execution_time": asked}, streamed=True)
    assert settings["max_execution_time"] == given


@pytest.mark.parametrize("asked", ["-1", "nan", "inf", "abc", "", "1; SET readonly=0"])
def test_a_limit_that_is_no_number_is_refused(asked: str) -> None:
    with pytest.raises(QueryError, match="must be a number"):
        LIMITS.engine_settings({"max_execution_time": asked}, streamed=True)


def test_settings_that_shape_the_answer_pass() -> None:
    asked = {"output_format_json_quote_64bit_integers": "1", "join_use_nulls": "1", "limit": "5"}
    assert LIMITS.engine_settings(asked, streamed=True).items() >= asked.items()


@pytest.mark.parametrize(
    "name",
    [
        "allow_ddl",
        "allow_experimental_eval_table_function",
        "dialect",
        "format_avro_schema_registry_url",
        "format_schema",
        "format_template_row",
        "implicit_select",
        "input_format_parallel_parsing",
        "log_comment",
        "max_ast_elements",
        "max_bytes_ratio_before_external_sort",
        "output_format_parquet_row_group_size",
        "output_format_schema",
        "output_format_avro_rows_in_file",
        "readonly ",
        "storage_file_read_method",
        "s3_max_redirects",
        "limit = 1, readonly",
    ],
)
def test_all_other_settings_are_refused(name: str) -> None:
    with pytest.raises(QueryError, match="is not allowed here") as refused:
        LIMITS.engine_settings({name: "1"}, streamed=True)
    assert refused.value.code == 452


def test_parameters_of_the_interface_are_not_settings() -> None:
    asked = {"query": "SELECT 1", "readonly": "0", "param_x": "1", "session_id": "s"}
    assert LIMITS.engine_settings(asked, streamed=True) == LIMITS.engine_settings({}, streamed=True)
