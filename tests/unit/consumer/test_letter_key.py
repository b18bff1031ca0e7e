"""A dead letter has one name, and only that names it."""

import pytest

from benchwire.consumer.letter_key import KeyMalformed, LetterKey


def test_a_key_is_read_as_it_is_printed() -> None:
    key = LetterKey("BENCH_EVENTS", 1234, 5)
    assert LetterKey.parse(f" {key}\n") == key
    assert key.subject == "bench.dead_letters.BENCH_EVENTS.1234.5"
    assert key.state_subject == f"{key.subject}.state"


@pytest.mark.parametrize(
    "text",
    [
        "",
        "1234:1",
        "BENCH_EVENTS:1",
        "BENCH_EVENTS:1:-1",
        "BENCH_EVENTS:x:1",
        "a b:1:1",
        f"BENCH_EVENTS:{2**64}:1",
        f"BENCH_EVENTS:1:{2**32}",
    ],
)
def test_anything_else_is_refused_with_an_example(text: str) -> None:
    with pytest.raises(KeyMalformed) as refused:
        LetterKey.parse(text)
    assert "BENCH_EVENTS:4711:1" in refused.value.hint


def test_keys_are_ordered_as_letters_came() -> None:
    keys = [LetterKey("S", 10, 1), LetterKey("S", 9, 2), LetterKey("S", 9, 1)]
    assert [str(key) for key in sorted(keys)] == ["S:9:1", "S:9:2", "S:10:1"]
