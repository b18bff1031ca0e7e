"""In a replicated database every table gets an engine that replicates, and nothing else changes."""

import re

import pytest

from benchwire.consumer.migrations import RECORDS_TABLE
from benchwire.consumer.replicated import replicated
from benchwire.consumer.sqlfiles import read_sql_files

FILES = read_sql_files()
SHIPPED = {file.name: file.statements for file in (*FILES.tables, *FILES.views)}
ENGINES = re.compile(r"^ENGINE = (\w+)", re.MULTILINE)


@pytest.mark.parametrize(
    ("engine", "expected"),
    [
        ("MergeTree", "ReplicatedMergeTree"),
        ("AggregatingMergeTree", "ReplicatedAggregatingMergeTree"),
        ("ReplacingMergeTree(row_version)", "ReplicatedReplacingMergeTree(row_version)"),
        ("ReplicatedReplacingMergeTree(v)", "ReplicatedReplacingMergeTree(v)"),
        ("Memory", "Memory"),
    ],
)
def test_engines_of_the_merge_tree_family_replicate(engine: str, expected: str) -> None:
    (made,) = replicated(f"CREATE TABLE t (a UInt8)\nENGINE = {engine}\nORDER BY a")
    assert made == f"CREATE TABLE t (a UInt8)\nENGINE = {expected}\nORDER BY a"


@pytest.mark.parametrize("name", SHIPPED)
def test_every_table_that_is_shipped_replicates(name: str) -> None:
    for statement in SHIPPED[name]:
        *dropped, made = replicated(statement)
        assert all(engine.startswith("Replicated") for engine in ENGINES.findall(made))
        assert len(ENGINES.findall(made)) == len(ENGINES.findall(statement))
        if not dropped:
            assert made.replace("ENGINE = Replicated", "ENGINE = ") == statement


def test_a_table_is_dropped_and_made_instead_of_replaced() -> None:
    (statement,) = SHIPPED["sum_runs_stored"]
    dropped, made = replicated(statement)
    assert dropped == "DROP TABLE IF EXISTS sum_runs_stored SYNC"
    assert "OR REPLACE" not in made
    assert "CREATE TABLE sum_runs_stored\nENGINE = ReplicatedReplacingMergeTree(version)" in made


def test_the_records_of_migrations_replicate() -> None:
    (made,) = replicated(RECORDS_TABLE)
    assert "ENGINE = ReplicatedReplacingMergeTree(applied_at)" in made
