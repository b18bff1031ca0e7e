"""Messages are decoded line by line where needed: each refusal has its reason, and its bytes."""

import json
from typing import Any

import pytest
from tests.strategies import message_lines

from benchwire.schemas import InvalidEvent
from benchwire.schemas.codec import decode_message, encode_event, judge_line
from benchwire.schemas.errors import INVALID_REASONS
from benchwire.schemas.hashing import payload_hash
from benchwire.schemas.identity import event_id
from benchwire.schemas.message import read_canonical

LINES = message_lines(seed=1, n_events=6)
LINE = LINES[0]


def _edited(line: bytes = LINE, *, data: bytes | None = None, **changes: Any) -> bytes:
    """Return the line with other envelope members or other data, its hash and id right again."""
    document = json.loads(line)
    document.update(changes)
    raw = line[line.index(b',"data":') + 8 : -1] if data is None else data
    document.pop("data")
    if "payload_hash" not in changes:
        document["payload_hash"] = payload_hash(raw)
    identity = (document["run_id"], document["emitter"], document["epoch"], document["seq"])
    if "event_id" not in changes and isinstance(identity[2], int) and isinstance(identity[3], int):
        document["event_id"] = event_id(*identity)
    head = json.dumps(document, separators=(",", ":"), ensure_ascii=False).encode()
    return b'%b,"data":%b}' % (head[:-1], raw)


def test_a_message_of_canonical_lines_is_taken_as_it_is() -> None:
    payload = b"\n".join(LINES)
    decoded = decode_message(payload)
    assert decoded.lines == LINES
    assert decoded.n_events == 6
    assert decoded.body is payload
    assert decoded.refused == []
    assert decoded.identity is not None
    assert decoded.identity.emitter == "runner"
    assert read_canonical(LINES, payload) == decoded.identity


def test_one_trailing_line_end_is_tolerated() -> None:
    decoded = decode_message(b"\n".join(LINES) + b"\n")
    assert decoded.lines == LINES
    assert decoded.body == b"\n".join(LINES)


REFUSED = [
    (b"", "not_json"),
    (b"nonsense", "not_json"),
    (b"{", "not_json"),
    (LINE[:-1], "not_json"),
    (LINE + b"}", "not_json"),
    (b"\xef\xbb\xbf" + LINE, "not_json"),
    (LINE.replace(b'"gpt-5"', b'"\xff"'), "not_json"),
    (LINE.replace(b'"gpt-5"', b'"\\ud800"'), "not_json"),
    (LINE.replace(b'"gpt-5"', b'"\\udc00\\ud800"'), "not_json"),
    (LINE.replace(b'"gpt-5"', b'"a\tb"'), "not_json"),
    (LINE.replace(b'"gpt-5"', b"NaN"), "not_json"),
    (LINE.replace(b'"gpt-5"', b"Infinity"), "not_json"),
    (LINE.decode().encode("utf-16"), "not_json"),
    (b"5", "not_object"),
    (b"[]", "not_object"),
    (b'"text"', "not_object"),
    (b"[" * 100_000, "too_deep"),
    (b'{"a":' * 100_000, "too_deep"),
    (_edited(data=b'{"kind":"act","x":' + b"[" * 80 + b"]" * 80 + b"}"), "too_deep"),
    (_edited(data=b'{"kind":"act","extra":{"x":' + b"[" * 64 + b"]" * 64 + b"}}"), "too_deep"),
    (LINE.replace(b'"seq":0', b'"seq":0,"seq":0'), "duplicate_key"),
    (_edited(data=b'{"kind":"act","kind":"act"}'), "duplicate_key"),
    (_edited(data=b'{"kind":"act","extra":{"a":[{"b":1,"b":2}]}}'), "duplicate_key"),
    (_edited(data=b'{"kind":"act","unknown":{"b":1,"b":1}}'), "duplicate_key"),
    (_edited(schema_version=2), "newer_version"),
    (_edited(schema_version=2, event_type="telepathy"), "newer_version"),
    (_edited(schema_version=0), "invalid_field"),
    (_edited(schema_version="1"), "invalid_field"),
    (_edited(schema_version=True), "invalid_field"),
    (_edited(event_type="telepathy"), "unknown_event_type"),
    (_edited(event_type=None), "invalid_field"),
    (_edited(event_type=["step"]), "invalid_field"),
    (_edited(color="red"), "unknown_field"),
    (LINE.replace(b'"seed":null,', b""), "missing_field"),
    (LINE[: LINE.index(b',"data":')] + b"}", "missing_field"),
    (_edited(data=b"null"), "missing_field"),
    (_edited(data=b"[]"), "invalid_field"),
    (_edited(data=b"{}"), "missing_field"),
    (_edited(data=b'{"kind":"act","turn":1.0}'), "invalid_field"),
    (_edited(data=b'{"kind":"act","turn":1e0}'), "invalid_field"),
    (_edited(data=b'{"kind":"act","turn":"1"}'), "invalid_field"),
    (_edited(data=b'{"kind":"act","turn":4294967296}'), "invalid_field"),
    (_edited(data=b'{"kind":"act","reward":1e999}'), "invalid_field"),
    (_edited(data=b'{"kind":"act","unknown":18446744073709551616}'), "invalid_field"),
    (_edited(data=b'{"kind":"act","unknown":' + b"9" * 10_000 + b"}"), "invalid_field"),
    (_edited(data=b'{"kind":"act","extra":{"a":-9223372036854775809}}'), "invalid_field"),
    (_edited(ts="2026-02-31T00:00:00.000000Z"), "invalid_field"),
    (_edited(ts="2026-02-28T00:00:00Z"), "invalid_field"),
    (_edited(ts="1969-12-31T23:59:59.999999Z"), "invalid_field"),
    (_edited(ts="2262-01-01T00:00:00.000000Z"), "invalid_field"),
    (_edited(experiment_id=""), "invalid_field"),
    (_edited(experiment_id=None), "invalid_field"),
    (_edited(job_id="é" * 129), "invalid_field"),
    (_edited(emitter="a\x00b"), "invalid_field"),
    (_edited(step_id="a\u0085b"), "invalid_field"),
    (_edited(step_id=""), "invalid_field"),
    (_edited(epoch=2**64), "invalid_field"),
    (_edited(seq=-1), "invalid_field"),
    (_edited(seq=0.0), "invalid_field"),
    (_edited(cfg_hash="A" * 32), "invalid_field"),
    (_edited(env_hash="a" * 31), "invalid_field"),
    (_edited(trace_id="a" * 32 + "\n"), "invalid_field"),
    (_edited(span_id="a" * 32), "invalid_field"),
    (_edited(seed=-1), "invalid_field"),
    (_edited(seed=2**64), "invalid_field"),
    (_edited(event_id=event_id(json.loads(LINE)["run_id"], "runner", 1, 0)), "wrong_event_id"),
    (_edited(event_id="0195500e-4d4a-7c3b-9d55-2b7a0c6f1e11"), "wrong_event_id"),
    (_edited(event_id=json.loads(LINE)["event_id"].upper()), "invalid_field"),
    (_edited(payload_hash=1), "wrong_payload_hash"),
    (_edited(payload_hash=-1), "invalid_field"),
    (LINE.replace(b'"turn"', b' "turn"'), "wrong_payload_hash"),
]


@pytest.mark.parametrize(("line", "reason"), REFUSED)
def test_a_bad_line_is_refused_with_its_reason_and_its_neighbours_are_kept(
    line: bytes, reason: str
) -> None:
    decoded = decode_message(b"\n".join([LINES[1], line, LINES[2]]))
    assert decoded.lines == [LINES[1], LINES[2]]
    assert decoded.body == LINES[1] + b"\n" + LINES[2]
    (refused,) = decoded.refused
    assert (refused.line_no, refused.raw, refused.reason) == (2, line, reason)
    assert refused.detail
    with pytest.raises(InvalidEvent) as caught:
        judge_line(line)
    assert caught.value.reason == reason


def test_the_reasons_of_lines_are_all_tried() -> None:
    about_messages = {"mixed_message", "wrong_subject", "too_large"}
    assert {reason for _, reason in REFUSED} == set(INVALID_REASONS) - about_messages


TOLERATED = [
    b'{"kind":"act","turn":3,"from_the_future":{"a":[1,null,{}]}}',
    b'{"kind":"act","usage":{"input_tokens":1,"quantum_tokens":2}}',
    b'{ "kind" : "act" }',
    b'{"turn":3,"kind":"act"}',
    b'{"kind":"act","model":null}',
    b'{"kind":"act","reward":1}',
    b'{"kind":"act","reward":1e2}',
    b'{"kind":"act","turn":-0}',
    b'{"kind":"act","content":"\\u00e9\\/\\ud83d\\ude00"}',
    b'{"kind":"act","extra":{"u":18446744073709551615,"deep":[[[[[[[1]]]]]]]}}',
]


@pytest.mark.parametrize("data", TOLERATED)
def test_data_written_in_another_way_is_kept_verbatim(data: bytes) -> None:
    """Fields of a later version, other key orders, spaces and escapes are the sender's affair."""
    line = _edited(data=data)
    decoded = decode_message(line)
    assert decoded.refused == []
    assert decoded.lines == [line]
    assert judge_line(line).data == judge_line(decoded.lines[0]).data


def test_an_envelope_written_in_another_way_is_written_canonically() -> None:
    members = list(json.loads(LINE).items())
    raw = LINE[LINE.index(b',"data":') + 8 : -1]
    shuffled = b'{ "data": %b , %b}\r' % (
        raw,
        json.dumps(dict(reversed(members[:-1])), indent=None).encode()[1:-1],
    )
    decoded = decode_message(shuffled)
    assert decoded.refused == []
    assert decoded.lines == [LINE]


@pytest.mark.parametrize(
    "changes",
    [
        {"emitter": "agent"},
        {"epoch": 5},
        {"run_id": "0195500e-4d4a-7c3b-9d55-2b7a0c6f1e11"},
        {"experiment_id": "other"},
        {"task_id": "other"},
    ],
)
def test_a_line_of_another_stream_is_refused(changes: dict[str, Any]) -> None:
    stranger = _edited(LINES[1], **changes)
    assert decode_message(stranger).refused == []
    decoded = decode_message(b"\n".join([LINES[0], stranger, LINES[2]]))
    assert decoded.lines == [LINES[0], LINES[2]]
    (refused,) = decoded.refused
    assert refused.reason == "mixed_message"
    assert next(iter(changes)) in refused.detail


def test_hashes_and_traces_may_differ_within_a_message() -> None:
    lines = [
        LINES[0],
        _edited(LINES[1], trace_id="a" * 32, span_id="b" * 16),
        _edited(LINES[2], seed=5),
        LINES[3],
    ]
    assert read_canonical(lines, b"\n".join(lines)) is not None


def test_a_bad_tail_is_not_hidden_by_a_good_one_inside_the_data() -> None:
    """The part that lines share is looked for in the envelope only."""
    tail = b',"cfg_hash":"00000000000000000000000000000000","env_hash":null,"seed":null,'
    tail += b'"trace_id":null,"span_id":null,"payload_hash":1,"data":{}'
    assert tail[:60] in LINES[0]
    data = b'{"kind":"act","extra":{"a":1%b}}' % tail
    forged = _edited(LINES[2], data=data, cfg_hash="NOT A HASH")
    decoded = decode_message(b"\n".join([LINES[0], LINES[1], forged]))
    assert [refused.reason for refused in decoded.refused] == ["invalid_field"]
    honest = _edited(LINES[2], data=data)
    assert decode_message(b"\n".join([LINES[0], LINES[1], honest])).refused == []


def test_an_empty_message_is_one_bad_line() -> None:
    decoded = decode_message(b"")
    assert [(refused.line_no, refused.reason) for refused in decoded.refused] == [(1, "not_json")]
    assert decoded.identity is None
    assert decoded.subject is None
    assert decoded.body == b""


def test_an_empty_line_is_no_event() -> None:
    decoded = decode_message(LINES[0] + b"\n\n" + LINES[1])
    assert decoded.lines == LINES[:2]
    assert [(refused.line_no, refused.reason) for refused in decoded.refused] == [(2, "not_json")]


def test_an_event_hashed_over_other_bytes_is_not_encoded_under_that_hash() -> None:
    event = judge_line(_edited(data=b'{"turn":3,"kind":"act"}'))
    with pytest.raises(InvalidEvent) as caught:
        encode_event(event)
    assert caught.value.reason == "wrong_payload_hash"


def test_a_secret_in_the_name_of_a_field_is_not_shown() -> None:
    line = LINE.replace(b'"seq":0', b'"seq":0,"ghp_hunter2hunter2":1')
    (refused,) = decode_message(line).refused
    assert refused.reason == "unknown_field"
    assert "hunter2" not in refused.detail


@pytest.mark.parametrize(
    "data",
    [
        b'{"kind":"hunter2"}',
        b'{"kind":"act","turn":"hunter2"}',
        b'{"kind":"act","extra":"hunter2"}',
        b'{"kind":"act","file_diff":{"path":"x","after":["hunter2"]}}',
        b'{"kind":"act","observation":{"hunter2":1},"turn":"x"}',
    ],
)
def test_a_refusal_never_shows_the_value(data: bytes) -> None:
    (refused,) = decode_message(_edited(data=data)).refused
    assert "hunter2" not in refused.detail
