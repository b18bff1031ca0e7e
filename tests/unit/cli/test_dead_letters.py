"""Every reason is explained, and bytes of strangers are shown harmless."""

from benchwire.cli.dead_letter_reasons import EXPLANATIONS, UNKNOWN, explanation
from benchwire.cli.safe_text import hex_dump, one_line, readable
from benchwire.consumer.bisection import ROW_REFUSED
from benchwire.consumer.decoder import DECODER_FAILED
from benchwire.schemas.errors import INVALID_REASONS


def test_every_reason_is_explained() -> None:
    assert set(EXPLANATIONS) == set(INVALID_REASONS)
    for reason in (*INVALID_REASONS, ROW_REFUSED, DECODER_FAILED):
        assert explanation(reason) != UNKNOWN
    assert explanation("from the future") == UNKNOWN


def test_commands_name_the_letter_and_suit_the_reason() -> None:
    for reason in (*INVALID_REASONS, ROW_REFUSED, DECODER_FAILED):
        for command in explanation(reason).commands("S:7:1"):
            assert " S:7:1" in command
            assert "KEY" not in command
    assert "--own-subject" in explanation("wrong_subject").commands("S:7:1")[0]
    shown, replayed, _ = explanation("not_json").commands("S:7:1")
    assert shown.endswith("--raw > line")
    assert "--corrected line" in replayed


def test_texts_cannot_act_on_the_terminal() -> None:
    assert one_line("a\tb\nc\x1b]0;x\x07") == "a b c\ufffd]0;x\ufffd"
    assert readable(b"a\nb\x1b[31m") == "a\nb\ufffd[31m"


def test_bytes_that_are_no_text_are_dumped() -> None:
    assert readable(b"\xff") is None
    assert readable(b"a\x00") is None
    assert hex_dump(b"\x00ABC") == f"00000000  {'00 41 42 43':<47}  |.ABC|"
    assert len(hex_dump(bytes(33)).splitlines()) == 3
