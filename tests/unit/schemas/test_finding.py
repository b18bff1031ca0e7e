"""A check that cannot do its work becomes a finding of its own."""

from benchwire.schemas.finding import Finding, findings_of


def test_a_file_in_the_way_is_no_fault_of_the_check() -> None:
    def check() -> Finding:
        raise NotADirectoryError(20, "Not a directory", "/data/journal")

    (found,) = findings_of("journal backlog", check)
    assert (found.status, found.found) == ("fail", "/data/journal: Not a directory")
    assert "report" not in found.fix


def test_anything_else_is_to_be_reported() -> None:
    def check() -> Finding:
        raise ZeroDivisionError

    (found,) = findings_of("clock", check)
    assert "report this" in found.fix
