"""What must hold for every kind of import, whatever its recordings look like.

A new kind joins with one function in tests/support/every_kind.py.
"""

import random
import re
import shutil
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path

import pytest
from tests.support.every_kind import SAMPLES

from benchwire.producer.importers.errors import ImportRefused
from benchwire.producer.importers.importer import Search, Translating
from benchwire.producer.importers.kinds import KINDS, kind_named
from benchwire.producer.importers.notices import Notices
from benchwire.producer.importers.recognition import recognise
from benchwire.producer.importers.translated import TranslatedRun
from benchwire.schemas.prepare import PayloadPreparer
from benchwire.schemas.timestamps import wire_timestamp

MUTATIONS = 10
"""Damaged copies of each kind's sample."""
EXCHANGES = 4
"""Values that are exchanged in one damaged file."""
VALUE = re.compile(rb'(?<=[:,\[] )(?:"(?:[^"\\]|\\.)*+"|-?\d[\d.eE+-]*+|true|false|null)(?!:)')
"""A value of a JSON document that is neither an object nor a list."""
OTHER_VALUES = (b"[]", b"[[1]]", b"{}", b"1e308", b"9" * 30, b"-1", b"0.5", b"true", b"null", b'""')
SURROGATES = 12
"""Texts of each kind's sample that get a lone surrogate, one after the other."""
TEXT = re.compile(rb'"[^"\\\n]{1,60}"(?!\s*:)')
"""A value that is a text."""
RECEIVED_TOO = frozenset({"smith"})
"""Kinds whose events may come from the stream as well: a run is what there is, by its own id."""
READ_TO_SEARCH = ("inspect", "openhands", "otel", "smith", "terminal-bench", "trajectory-recorder")
"""Kinds of which a file may hold many runs, so that looking for them takes as long as its size."""
every_kind = pytest.mark.parametrize("kind", SAMPLES)


@dataclass(frozen=True)
class Read:
    """One recording, translated to its end."""

    run: TranslatedRun
    events: Sequence[tuple[str, str, str | None, bytes]]
    """Type, time, step and payload as the journal would hold it."""

    @property
    def types(self) -> list[str]:
        return [event_type for event_type, *_ in self.events]


@pytest.fixture(scope="module")
def samples(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A directory for each kind."""
    root = tmp_path_factory.mktemp("samples")
    for kind, write in SAMPLES.items():
        (root / kind).mkdir()
        write(root / kind)
    return root


def read(
    kind: str, path: Path, *, refused: list[ImportRefused] | None = None, strict: bool = False
) -> Iterator[Read]:
    """Import everything at and below a path; what is refused is raised, or listed."""
    notices = Notices(strict=strict)
    search = Search(notices=notices, refuse=_raise if refused is None else refused.append)
    preparer = PayloadPreparer()
    for recording in kind_named(kind).importer().find([path], search):
        try:
            run = recording.translate(Translating(notices=notices))
            events = [
                (
                    event.event_type,
                    wire_timestamp(event.ts),
                    event.step_id,
                    preparer.encode(event.event_type, event.payload),
                )
                for event in run.events
            ]
        except (ImportRefused, OSError) as error:
            if refused is None:
                raise
            refused.append(ImportRefused(str(error)))
        else:
            yield Read(run, events)


def _raise(refused: ImportRefused) -> None:
    raise refused


def test_every_kind_has_a_sample() -> None:
    assert set(SAMPLES) == {kind.name for kind in KINDS}


@pytest.mark.parametrize("kind", READ_TO_SEARCH)
def test_a_search_that_reads_a_file_whole_says_how_far_it_is(samples: Path, kind: str) -> None:
    importer = kind_named(kind).importer()
    files = (one for one in (samples / kind).rglob("*.*json*") if importer.claims(one))
    largest = max(files, key=lambda one: one.stat().st_size)
    told: list[int] = []
    assert list(importer.find([largest], Search(refuse=_raise, on_bytes=told.append)))
    assert sum(told) > 0.9 * largest.stat().st_size  # not what stands between records


@every_kind
def test_payloads_keep_the_contract_and_runs_begin_and_end_once(samples: Path, kind: str) -> None:
    found = list(read(kind, samples / kind))
    assert found
    for one in found:
        ends = [name for name in one.types if name in ("run_start", "run_stop")]
        assert ends in (["run_start"], ["run_start", "run_stop"])
        assert one.types[0] == "run_start"
        if "run_stop" in one.types:
            assert one.types[-1] == "run_stop"
    assert any("run_stop" in one.types for one in found)


@every_kind
def test_the_same_bytes_are_the_same_events(samples: Path, kind: str) -> None:
    first, again = (list(read(kind, samples / kind)) for _ in range(2))
    assert [one.run.run_id for one in first] == [one.run.run_id for one in again]
    assert [one.events for one in first] == [one.events for one in again]
    assert len({one.run.run_id for one in first}) == len(first)
    for one in first:
        source = one.run.source
        if kind in RECEIVED_TOO:
            assert source.content_sha256 is None
            continue
        assert None not in (source.content_sha256, source.n_records, source.translator_version)


@every_kind
def test_the_place_of_a_recording_does_not_matter(samples: Path, tmp_path: Path, kind: str) -> None:
    elsewhere = shutil.copytree(samples / kind, tmp_path / "some" / "other place" / kind)
    here, there = (
        [(one.run.run_id, one.run.labels, one.events) for one in read(kind, path)]
        for path in (samples / kind, elsewhere)
    )
    assert here == there


@every_kind
def test_every_kind_knows_its_own_and_leaves_the_others_alone(samples: Path, kind: str) -> None:
    refused: list[ImportRefused] = []
    found = recognise([samples / kind], Search(refuse=refused.append))
    assert [one.kind.name for one in found] == [kind]
    assert refused == []
    assert len(found[0].recordings) == len(list(read(kind, samples / kind)))


@every_kind
def test_no_path_is_claimed_by_two_kinds(samples: Path, kind: str) -> None:
    """Parts may be recordings of their own: nobody looks inside what is claimed."""

    def claimants(path: Path) -> set[str]:
        return {one.name for one in KINDS if one.importer().claims(path)}

    def survey(path: Path) -> Iterator[set[str]]:
        claimed = claimants(path)
        if claimed:
            yield claimed
        elif path.is_dir():
            for below in sorted(path.iterdir()):
                yield from survey(below)

    assert [claimed for claimed in survey(samples / kind) if claimed != {kind}] == []


def test_together_they_are_what_they_are_alone(samples: Path) -> None:
    alone = {kind: {one.run.run_id for one in read(kind, samples / kind)} for kind in SAMPLES}
    together: dict[str, set[str]] = {}
    for found in recognise([samples], Search(refuse=_raise)):
        for recording in found.recordings:
            run = recording.translate(Translating(notices=Notices()))
            together.setdefault(found.kind.name, set()).add(run.run_id)
    assert together == alone


def damage(path: Path, chance: random.Random) -> None:
    """Cut a file off, or change, drop, repeat or insert some of its bytes or values."""
    text = bytearray(path.read_bytes())
    at = chance.randrange(len(text) + 1)
    some = slice(at, at + chance.choice((1, 1, 8, 200)))
    match chance.choice(("cut", "change", "drop", "repeat", "insert", "exchange", "exchange")):
        case "cut":
            del text[at:]
        case "change":
            text[some] = chance.randbytes(len(text[some]))
        case "drop":
            del text[some]
        case "repeat":
            text[at:at] = text[some]
        case "exchange":
            for _ in range(EXCHANGES):
                if values := list(VALUE.finditer(text)):
                    value = chance.choice(values)
                    text[value.start() : value.end()] = chance.choice(OTHER_VALUES)
        case _:
            token = (b'{"', b"}", b"[", b"null", b"-1e999", b"\xff", b'"\\ud800"', b"\0", b"\n")
            text[at:at] = chance.choice(token)
    path.write_bytes(text)


@every_kind
def test_damage_is_refused_or_noticed_and_never_anything_else(
    samples: Path, tmp_path: Path, kind: str
) -> None:
    chance = random.Random(kind)
    copy = shutil.copytree(samples / kind, tmp_path / kind)
    files = {path: path.read_bytes() for path in sorted(copy.rglob("*")) if path.is_file()}
    for _ in range(MUTATIONS):
        damaged = chance.sample(sorted(files), min(len(files), chance.choice((1, 1, 3))))
        for path in damaged:
            damage(path, chance)
        refused: list[ImportRefused] = []
        for one in read(kind, copy, refused=refused):
            assert one.types[0] == "run_start" or kind in RECEIVED_TOO
            assert one.types.count("run_stop") <= 1
        recognise([copy], Search(refuse=refused.append))
        assert all(str(error) for error in refused)
        for path in damaged:
            path.write_bytes(files[path])


@every_kind
def test_a_text_may_hold_a_lone_surrogate_as_javascript_writes_it(
    samples: Path, tmp_path: Path, kind: str
) -> None:
    chance = random.Random(kind)
    copy = shutil.copytree(samples / kind, tmp_path / kind)
    texts = [path for path in sorted(copy.rglob("*.*json*")) if path.is_file()]
    for path in chance.choices(texts, k=SURROGATES):
        whole = path.read_bytes()
        if values := list(TEXT.finditer(whole)):
            at = chance.choice(values).start() + 1
            path.write_bytes(whole[:at] + rb"\ud800" + whole[at:])
            assert all(read(kind, copy, refused=[]))
            path.write_bytes(whole)
