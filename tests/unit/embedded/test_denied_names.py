import pytest

from benchwire.embedded.endpoint.denied_names import TIME_ZONE_FILE, denied_pattern

PATTERN = denied_pattern(
    ["aiClassify", "AIEmbed", "airport", "lower", "file"], ["file", "url", "numbers", "s3", "eval"]
)


@pytest.mark.parametrize(
    "sql",
    [
        "SELECT file('')",
        "SELECT FILE('')",
        "SELECT arrayMap(file, [''])",
        "SELECT * APPLY file FROM t",
        "SELECT * FROM url('')",
        "SELECT * FROM URL ('')",
        "SELECT * FROM eval('')",
        "SELECT aiClassify('')",
        "SELECT hasColumnInTable('', '', '', '', '')",
        "SELECT python(x)",
    ],
)
def test_what_reaches_beyond_the_store_is_found(sql: str) -> None:
    assert PATTERN.search(sql)


@pytest.mark.parametrize(
    "sql",
    [
        "SELECT t.file FROM t",
        "SELECT url FROM t",
        "SELECT file_diff, url_path, s3 FROM t",
        "SELECT airport FROM numbers(3)",
        "SELECT lower('')",
    ],
)
def test_columns_and_harmless_functions_are_not(sql: str) -> None:
    assert not PATTERN.search(sql)


@pytest.mark.parametrize(
    "text", ["file:/x", "'file:/x'", r"'DateTime(\'file:/x\')'", "'DateTime($$file:/x$$)'"]
)
def test_a_file_as_time_zone_is_found(text: str) -> None:
    assert TIME_ZONE_FILE.search(text)


@pytest.mark.parametrize(
    "text", ["'profile: x'", "'see file: x'", "'%file:%'", "File:", "'files:'"]
)
def test_a_text_that_speaks_of_files_is_not(text: str) -> None:
    assert not TIME_ZONE_FILE.search(text)
