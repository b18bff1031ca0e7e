"""Recordings one after the other: what comes twice is said."""

from pathlib import Path

from tests.support.atif_documents import agent, trajectory, user, write

from benchwire.producer.importers.atif import AtifImporter
from benchwire.producer.importers.importer import Search, Translating
from benchwire.producer.importers.importing import ImportReport, import_recordings
from benchwire.producer.importers.labels import LabelOverrides


def imported(*paths: Path) -> ImportReport:
    report = ImportReport()
    search = Search(
        overrides=LabelOverrides(), notices=report.notices, refuse=report.refused.append
    )
    recordings = AtifImporter().find(paths, search)
    import_recordings(recordings, Translating(notices=report.notices), report)
    return report


def test_the_same_content_twice_is_one_run(tmp_path: Path) -> None:
    document = trajectory(user(), agent(1, 0, 1))
    for copy in ("one", "two"):
        write(tmp_path / copy / "a" / "trajectory.json", document)
    report = imported(tmp_path)
    assert report.total.runs == 1
    assert report.notices.counts == {"same_run_again": 1}


def test_two_versions_of_a_recording_are_named_since_only_one_will_count(tmp_path: Path) -> None:
    for copy, steps in (("backup", 1), ("grown", 2)):
        document = trajectory(user(), *[agent(1, 0, 1)] * steps)
        write(tmp_path / copy / "a" / "trajectory.json", document)
    report = imported(tmp_path)
    assert report.total.runs == 2
    assert report.notices.counts == {"same_source_again": 1}
    (notice,) = report.notices.kept
    assert "grown" in notice.where
