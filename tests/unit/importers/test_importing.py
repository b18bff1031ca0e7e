"""Recordings one after the other: what comes twice, breaks off or ends the import is said."""

from collections.abc import Iterator
from dataclasses import dataclass, replace
from pathlib import Path

from tests.support.atif_documents import agent, trajectory, user, write
from tests.support.journals import journaled, offline_producer

from benchwire.producer.importers.atif import AtifImporter
from benchwire.producer.importers.errors import Unreadable
from benchwire.producer.importers.importer import Recording, Search, Translating
from benchwire.producer.importers.importing import ImportReport, import_recordings
from benchwire.producer.importers.labels import LabelOverrides
from benchwire.producer.importers.notices import Notices
from benchwire.producer.importers.translated import TranslatedEvent, TranslatedRun
from benchwire.schemas.run import Source


@dataclass(frozen=True)
class BreaksOff:
    """A recording that cannot be read any more after so many events: its disk, its archive."""

    whole: Recording
    n_events: int

    @property
    def path(self) -> Path:
        return self.whole.path

    @property
    def work_bytes(self) -> int:
        return self.whole.work_bytes

    def translate(self, translating: Translating) -> TranslatedRun:
        run = self.whole.translate(translating)
        return replace(run, events=self._events(run.events))

    def _events(self, events: Iterator[TranslatedEvent]) -> Iterator[TranslatedEvent]:
        for _, event in zip(range(self.n_events), events, strict=False):
            yield event
        raise Unreadable(self.path, "member steps/3 breaks off")


def recordings_in(*paths: Path) -> list[Recording]:
    return list(AtifImporter().find(paths, Search(refuse=lambda _: None)))


def imported(*paths: Path) -> ImportReport:
    report = ImportReport()
    search = Search(
        overrides=LabelOverrides(), notices=report.notices, refuse=report.refused.append
    )
    recordings = AtifImporter().find(paths, search)
    import_recordings(recordings, Translating(notices=report.notices), report)
    return report


@dataclass(frozen=True)
class SaysWhatCannotBe(BreaksOff):
    """A recording of which no importer foresaw a value."""

    def _events(self, events: Iterator[TranslatedEvent]) -> Iterator[TranslatedEvent]:
        for _, event in zip(range(self.n_events), events, strict=False):
            yield event
        Source(system="a", source_id="\ud800")


def test_a_value_that_nothing_can_hold_costs_its_own_source_alone(tmp_path: Path) -> None:
    for name in "ab":
        write(tmp_path / name / "trajectory.json", trajectory(user(), agent(1, 0, 1)))
    odd, good = recordings_in(tmp_path)
    report = ImportReport()
    import_recordings([SaysWhatCannotBe(odd, 1), good], Translating(notices=report.notices), report)
    (refused,) = report.refused
    assert str(refused).startswith(f"{odd.path}: a value that cannot be imported, Source.source_id")
    assert report.total.runs == 1


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


def test_a_recording_that_breaks_off_in_its_middle_is_said_and_goes_on_when_repaired(
    tmp_path: Path,
) -> None:
    """Its events have their places already; the repaired recording fills in the others."""
    document = trajectory(user(), agent(1, 0, 1), agent(2, 0, 2))
    write(tmp_path / "in" / "a.json", document)
    (whole,) = recordings_in(tmp_path / "in")
    producer = offline_producer(tmp_path / "data")
    report = ImportReport()
    broken: list[Recording] = [BreaksOff(whole, 2), BreaksOff(whole, 0)]
    import_recordings(broken, Translating(notices=Notices()), report, producer=producer)
    late, early = (str(error) for error in report.refused)
    assert early == f"{whole.path}: member steps/3 breaks off"
    assert late.startswith(f"{early}; 2 events of its run went out before, and it counts as incom")
    assert (report.runs, report.total.runs) == ([], 0)
    half = journaled(tmp_path / "data")
    assert [event["event_type"] for event in half] == ["run_start", "step"]
    import_recordings([whole], Translating(notices=Notices()), report, producer=producer)
    found = {event["event_id"]: event for event in journaled(tmp_path / "data")}
    assert [found[event["event_id"]] for event in half] == half
    assert [event["event_type"] for event in found.values()] == [
        *("run_start", "step", "step", "step", "run_stop", "emitter_stop")
    ]


def test_a_recording_that_lost_its_end_is_replaced_by_the_repaired_one(tmp_path: Path) -> None:
    document = trajectory(user(), agent(1, 0, 1), agent(2, 0, 2))
    path = write(tmp_path / "a.json", document)
    text = path.read_bytes()
    path.write_bytes(text[: text.index(b"final_metrics") if b"final_metrics" in text else -60])
    torn = imported(tmp_path)
    assert torn.notices.counts == {"broken_trajectory": 1}
    path.write_bytes(text)
    whole = imported(tmp_path)
    (before,), (after,) = torn.runs, whole.runs
    assert before.run.source.source_id == after.run.source.source_id
    assert before.run.run_id != after.run.run_id
    assert (before.run.source.n_records or 0) < (after.run.source.n_records or 0)


def test_the_first_warning_ends_a_strict_import_and_nothing_of_it_goes_out(tmp_path: Path) -> None:
    for name, n_steps in (("a", 1), ("b", 2), ("c", 3)):
        write(tmp_path / "in" / f"{name}.json", trajectory(user(name), *[agent(1, 0, 1)] * n_steps))
    torn = tmp_path / "in" / "b.json"
    torn.write_text(torn.read_text(encoding="utf-8")[:-20], encoding="utf-8")
    report = ImportReport(notices=Notices(strict=True))
    producer = offline_producer(tmp_path / "data")
    found = recordings_in(tmp_path / "in")
    import_recordings(found, Translating(notices=report.notices), report, producer=producer)
    assert str(report.stopped_by) == f"{torn}: breaks off"
    assert [one.run.labels.task_id for one in report.runs] == ["a"]
    assert {event["task_id"] for event in journaled(tmp_path / "data")} == {"a"}


def test_a_strict_import_tells_late_warnings_before_anything_goes_out(tmp_path: Path) -> None:
    """A translation may find something odd only after it has made its first events."""

    class Odd(BreaksOff):
        def translate(self, translating: Translating) -> TranslatedRun:
            run = self.whole.translate(translating)

            def events() -> Iterator[TranslatedEvent]:
                yield from run.events
                translating.notices.add("odd", str(self.path), "an odd end")

            return replace(run, events=events())

    write(tmp_path / "in" / "a.json", trajectory(user(), agent(1, 0, 1)))
    (whole,) = recordings_in(tmp_path / "in")
    report = ImportReport(notices=Notices(strict=True))
    producer = offline_producer(tmp_path / "data")
    odd = [Odd(whole, 0)]
    import_recordings(odd, Translating(notices=report.notices), report, producer=producer)
    assert str(report.stopped_by) == f"{whole.path}: an odd end"
    assert journaled(tmp_path / "data") == []
