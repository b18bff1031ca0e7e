"""SQL files are split where a statement ends, and nowhere else."""

from benchwire.consumer.statements import (
    split_statements,
    without_comments,
    without_comments_and_strings,
)


def test_statements_end_at_a_semicolon_at_line_end() -> None:
    assert split_statements("CREATE a;\nCREATE b;  \nCREATE c") == [
        "CREATE a",
        "CREATE b",
        "CREATE c",
    ]


def test_a_semicolon_inside_a_line_does_not_end_a_statement() -> None:
    assert split_statements("SELECT splitByChar(x; y)\n;\n") == ["SELECT splitByChar(x; y)"]


def test_a_semicolon_in_a_string_or_a_name_does_not_end_a_statement() -> None:
    text = "SELECT ';\n', 'it''s;\n', 'a\\';\n', `odd;\nname`, \"q;\n\";\nSELECT 2;"
    assert split_statements(text) == [
        "SELECT ';\n', 'it''s;\n', 'a\\';\n', `odd;\nname`, \"q;\n\"",
        "SELECT 2",
    ]


def test_a_semicolon_in_a_comment_does_not_end_a_statement() -> None:
    text = "-- first;\nSELECT 1 /* not here;\n */ + 1;\n-- done;\n"
    assert split_statements(text) == ["-- first;\nSELECT 1 /* not here;\n */ + 1"]


def test_a_comment_after_the_semicolon_is_allowed() -> None:
    assert split_statements("SELECT 1; -- one\nSELECT 2;") == ["SELECT 1", "-- one\nSELECT 2"]


def test_comments_alone_are_no_statement() -> None:
    assert split_statements("-- nothing here\n/* nor; here */\n") == []


def test_comment_signs_in_strings_stay() -> None:
    assert without_comments("SELECT '-- no', 1 -- yes") == "SELECT '-- no', 1  "


def test_references_in_strings_and_comments_are_not_code() -> None:
    text = "SELECT 'stg_a' FROM `stg_b` -- stg_c"
    assert "stg_b" in without_comments_and_strings(text)
    assert "stg_a" not in without_comments_and_strings(text)
    assert "stg_c" not in without_comments_and_strings(text)
