"""What is printed about commands and settings can be pasted, and gives nothing away."""

from collections.abc import Iterator
from pathlib import Path

import pytest
from pydantic import SecretStr

from benchwire.cli.shown_commands import as_typed, program
from benchwire.cli.shown_secrets import known_secrets, without
from benchwire.consumer.settings import ConsumerSettings
from benchwire.schemas.errors import BenchwireError
from benchwire.schemas.finding import Finding, fail, findings_of, ok, span


@pytest.mark.parametrize(
    ("command", "typed"),
    [
        ("benchwire drain", "{b} drain"),
        ("benchwire down && benchwire up --detach", "{b} down && {b} up --detach"),
        ("sudo -u me benchwire status", "sudo -u me {b} status"),
        ("rm /benchwire/daemon.json", "rm /benchwire/daemon.json"),
        ("pip install 'benchwire[embedded]'", "pip install 'benchwire[embedded]'"),
    ],
)
def test_commands_of_ours_get_the_data_directory(command: str, typed: str) -> None:
    ours = f"{program()} --data-dir '/its data'"
    assert as_typed(command, Path("/its data")) == typed.format(b=ours)


def test_secrets_are_blanked_as_written_and_as_decoded() -> None:
    settings = ConsumerSettings(
        nats_url="nats://t0ken@one:4222,nats://me:pass@two:4222",
        clickhouse_url=SecretStr("http://me:p%40ss@h:8123/benchwire"),
    )
    said = "t0ken me:pass p%40ss p@ss"
    found = without(fail("server", said, said, said), known_secrets(settings))
    assert found == fail("server", "*** me:*** *** ***", "*** me:*** *** ***", found.command)


def test_a_check_that_breaks_is_a_finding_beside_what_it_had_found() -> None:
    def breaks() -> list[Finding]:
        raise ZeroDivisionError("nothing by nothing")

    (found,) = findings_of("sums", breaks)
    assert (found.check, found.status) == ("sums", "fail")
    assert "ZeroDivisionError: nothing by nothing" in found.found

    def breaks_half_way() -> Iterator[Finding]:
        yield ok("first", "fine")
        raise BenchwireError("second is missing", hint="bring it")

    assert findings_of("both", breaks_half_way) == [
        ok("first", "fine"),
        fail("both", "second is missing", "bring it"),
    ]


def test_lengths_of_time_have_a_unit_that_suits() -> None:
    assert [span(each) for each in (0.04, 119, 121, 7_300, 200_000)] == [
        "0.0 s",
        "119.0 s",
        "2 min",
        "2 h",
        "2 days",
    ]
