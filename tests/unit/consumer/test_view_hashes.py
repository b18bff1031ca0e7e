"""Which reports have a hash."""

from benchwire.consumer.sqlfiles import SqlFile, SqlFiles, read_sql_files
from benchwire.consumer.view_hashes import hashed_views


def report(name: str, operational: str = "no", body: str = "1") -> SqlFile:
    text = f"-- operational:  {operational}\nCREATE OR REPLACE VIEW {name} AS SELECT {body};\n"
    return SqlFile(name, text)


def test_reports_that_may_change_or_ask_for_more_have_none() -> None:
    as_of = "{as_of:DateTime64(6, 'UTC')}"
    views = (
        report("rpt_b"),
        report("rpt_a"),
        report("rpt_live", "yes (ages)"),
        report("rpt_timed"),
        report("rpt_timed_at", body=as_of),
        report("rpt_of_k", body="{k:UInt32}"),
        report("rpt_of_k_at", body=as_of + " + {k:UInt32}"),
        report("fct_a"),
    )
    assert hashed_views(SqlFiles((), views)) == ["rpt_a", "rpt_b", "rpt_timed_at"]


def test_ours_have_one() -> None:
    names = hashed_views(read_sql_files())
    assert {"rpt_success_rates", "rpt_run_summary_at", "rpt_run_integrity_at"} <= set(names)
    assert not {"rpt_operations", "rpt_live_runs_at", "rpt_run_summary"} & set(names)
