"""SQL files are read in the one order in which they can be applied."""

from pathlib import Path

import pytest

from benchwire.consumer.sqlfiles import SqlFilesInvalid, read_sql_files, sql_folder


def write(folder: Path, **files: str) -> Path:
    for name, text in files.items():
        kind = "tables" if name[1].isdigit() else "views"
        path = folder / kind / f"{name.lstrip('_')}.sql"
        path.parent.mkdir(exist_ok=True)
        path.write_text(text, encoding="utf-8")
    return folder


def test_the_shipped_files_can_be_ordered() -> None:
    files = read_sql_files()
    assert [table.name for table in files.tables] == sorted(table.name for table in files.tables)
    assert files.tables[0].name == "0001_events"
    assert sql_folder().name == "sql"


def test_tables_come_by_number(tmp_path: Path) -> None:
    files = read_sql_files(write(tmp_path, _0002_b="B", _0001_z="Z"))
    assert [table.name for table in files.tables] == ["0001_z", "0002_b"]


def test_views_come_by_layer_and_then_by_reference(tmp_path: Path) -> None:
    write(
        tmp_path,
        rpt_a="SELECT * FROM fct_b",
        fct_a="SELECT * FROM fct_b JOIN stg_z",
        fct_b="SELECT * FROM stg_z",
        stg_z="SELECT * FROM events",
        stg_a="SELECT * FROM stg_z",
    )
    names = [view.name for view in read_sql_files(tmp_path).views]
    assert names == ["stg_z", "stg_a", "fct_b", "fct_a", "rpt_a"]


def test_a_view_named_in_a_comment_is_not_read(tmp_path: Path) -> None:
    write(tmp_path, stg_a="-- like stg_b\nSELECT 1", stg_b="SELECT * FROM stg_a")
    assert [view.name for view in read_sql_files(tmp_path).views] == ["stg_a", "stg_b"]


def test_a_circle_of_views_is_refused(tmp_path: Path) -> None:
    write(tmp_path, stg_a="SELECT * FROM stg_b", stg_b="SELECT * FROM stg_a")
    with pytest.raises(SqlFilesInvalid, match="circle"):
        read_sql_files(tmp_path)


def test_a_view_may_not_read_a_later_layer(tmp_path: Path) -> None:
    write(tmp_path, stg_a="SELECT * FROM rpt_b", rpt_b="SELECT 1")
    with pytest.raises(SqlFilesInvalid, match="later layer"):
        read_sql_files(tmp_path)


def test_two_tables_may_not_share_a_number(tmp_path: Path) -> None:
    with pytest.raises(SqlFilesInvalid, match="0001"):
        read_sql_files(write(tmp_path, _0001_a="A", _0001_b="B"))


def test_a_file_must_be_named_like_its_kind(tmp_path: Path) -> None:
    with pytest.raises(SqlFilesInvalid, match="xyz_a"):
        read_sql_files(write(tmp_path, xyz_a="SELECT 1"))


def test_a_view_is_fingerprinted_with_all_it_reads(tmp_path: Path) -> None:
    write(tmp_path, _0001_t="T", stg_a="A", stg_b="B", fct_a="SELECT * FROM stg_a")
    before = read_sql_files(tmp_path).view_fingerprints()
    write(tmp_path, stg_a="A changed")
    after = read_sql_files(tmp_path).view_fingerprints()
    changed = {name for name in before if before[name] != after[name]}
    assert changed == {"stg_a", "fct_a"}


def test_a_new_table_changes_every_fingerprint(tmp_path: Path) -> None:
    write(tmp_path, _0001_t="T", stg_a="A", stg_b="B")
    before = read_sql_files(tmp_path).view_fingerprints()
    write(tmp_path, _0002_u="U")
    after = read_sql_files(tmp_path).view_fingerprints()
    assert {name for name in before if before[name] != after[name]} == {"stg_a", "stg_b"}
