"""Secrets leave texts and documents; what only looks like one in name stays."""

from typing import Any

import pytest

from benchwire.schemas import EVENT_TYPES, EventType
from benchwire.schemas.fast import encode_payload
from benchwire.schemas.redaction import Redactor
from benchwire.schemas.secret_patterns import MARKER

CANARY = "hunter2Canary9"
REDACTOR = Redactor()

SECRET_TEXTS = [
    f"Authorization: Bearer {CANARY}",
    f"authorization: bearer {CANARY}",
    f'curl -H "Authorization: Basic {CANARY}" x',
    f"Authorization: token {CANARY}",
    f'{{\\"Authorization\\": \\"Bearer {CANARY}\\"}}',
    f"ghp_{CANARY}",
    f"https://ghs_{CANARY}@github.com",
    f"x=gho_{CANARY},ghu_{CANARY},ghr_{CANARY}",
    f"github_pat_11{CANARY}_{CANARY}",
    f"sk-{CANARY}",
    f"key: sk-proj-{CANARY}-x",
    f"sk-ant-api03-{CANARY}",
    "AKIAHUNTER2CANARY9AB",
    "id ASIAHUNTER2CANARY9AB.",
    f"aws_secret_access_key = {CANARY}/abcd+",
    f"AWS_SECRET_ACCESS_KEY={CANARY}",
    f'{{"SecretAccessKey": "{CANARY}"}}',
    f"aws_session_token: {CANARY}",
    f"-----BEGIN RSA PRIVATE KEY-----\n{CANARY}\n-----END RSA PRIVATE KEY-----",
    f"-----BEGIN PRIVATE KEY-----\\n{CANARY}\\n-----END PRIVATE KEY-----",
    f"-----BEGIN OPENSSH PRIVATE KEY-----\n{CANARY}\n{CANARY}",
    f"-----BEGIN PGP PRIVATE KEY BLOCK-----\n{CANARY}\n-----END PGP PRIVATE KEY BLOCK-----",
    f"postgres://user:{CANARY}@db.example.com/x",
    f"redis://:{CANARY}@cache",
    f"https://user:p@{CANARY}@host/path",
    f"https://api.example.com/v1?api_key={CANARY}&n=1",
    f"https://api.example.com/v1?n=1&access_token={CANARY}#top",
    f"run --api-key {CANARY} --verbose",
    f"run --token={CANARY}",
    f"run --db-password '{CANARY} {CANARY}'",
    f"export API_KEY={CANARY}; go",
    f'GITHUB_TOKEN="{CANARY}" make',
    f"curl -H 'X-Api-Key: {CANARY}'",
]


@pytest.mark.parametrize("text", SECRET_TEXTS)
def test_a_secret_in_a_text_is_redacted(text: str) -> None:
    redacted = REDACTOR.text(text)
    assert MARKER in redacted
    assert CANARY not in redacted
    assert "HUNTER2CANARY9" not in redacted
    assert REDACTOR.text(redacted) == redacted


@pytest.mark.parametrize("text", SECRET_TEXTS)
@pytest.mark.parametrize("name", ["content", "reasoning", "error", "action_query"])
def test_every_declared_text_is_searched(name: str, text: str) -> None:
    fields = {"kind": "act", name: f"before {text} after"}
    assert REDACTOR.needs_scan(encode_payload("step", fields))
    redacted = REDACTOR.payload("step", fields)
    assert CANARY not in str(redacted)


INNOCENT_TEXTS = [
    "the bearer tokens are checked by the authorization server",
    "sorted(items, key=lambda item: item.token)",
    "token = parser.next_token()",
    "def key(self): return self._key",
    "task-runner risk-assessment-of-the-project disk-usage-report-2026",
    "run --max-tokens 4096 --keyword search --tokenizer cl100k",
    "MAX_TOKENS=4096 KEYBOARD=us TOKEN_LIMIT=10 USE_KEY=true",
    "API_KEY=$SECRET_FROM_VAULT",
    "https://example.com:8080/path?page=2&max_tokens=5",
    "mail me at user@example.com: thanks",
    "-----BEGIN CERTIFICATE-----\nabc\n-----END CERTIFICATE-----",
    "Asia and AKIA are not keys",
    "high throughput_ghz",
]


@pytest.mark.parametrize("text", INNOCENT_TEXTS)
def test_an_innocent_text_stays(text: str) -> None:
    assert REDACTOR.text(text) == text


DOCUMENTS: list[tuple[Any, Any]] = [
    ({"api_key": CANARY}, {"api_key": MARKER}),
    ({"Authorization": CANARY}, {"Authorization": MARKER}),
    ({"DB_PASSWD": CANARY, "HOME": "/root"}, {"DB_PASSWD": MARKER, "HOME": "/root"}),
    ({"max_tokens": 5, "key_count": 1.5}, {"max_tokens": 5, "key_count": 1.5}),
    ({"use_token": True, "token": None}, {"use_token": True, "token": None}),
    (
        {"credentials": {"user": CANARY, "n": 3, "more": [CANARY, 1]}},
        {"credentials": {"user": MARKER, "n": 3, "more": [MARKER, 1]}},
    ),
    ({"args": ["--api-key", CANARY]}, {"args": ["--api-key", MARKER]}),
    ({"args": ["-token", CANARY, "x"]}, {"args": ["-token", MARKER, "x"]}),
    ({"args": ["--token", "--verbose"]}, {"args": ["--token", "--verbose"]}),
    ({"args": ["--max-tokens", "5"]}, {"args": ["--max-tokens", "5"]}),
    ({"args": [f"--api-key={CANARY}"]}, {"args": [f"--api-key={MARKER}"]}),
    ({"env": [f"api_key={CANARY}", "n=5"]}, {"env": [f"api_key={MARKER}", "n=5"]}),
    (
        {"env": [{"name": "MY_TOKEN", "value": CANARY}, {"name": "HOME", "value": "/"}]},
        {"env": [{"name": "MY_TOKEN", "value": MARKER}, {"name": "HOME", "value": "/"}]},
    ),
    ({f"ghp_{CANARY}": 1, f"gho_{CANARY}": 2}, {MARKER: 1, f"{MARKER}#2": 2}),
    ({"cmd": f"curl -u x --token {CANARY}"}, {"cmd": f"curl -u x --token {MARKER}"}),
    ([{"deep": [{"secret": CANARY}]}], [{"deep": [{"secret": MARKER}]}]),
]


@pytest.mark.parametrize(("document", "expected"), DOCUMENTS)
def test_a_document_is_redacted_by_name_and_by_pattern(document: Any, expected: Any) -> None:
    assert REDACTOR.document(document) == expected
    assert REDACTOR.document(expected) == expected


PAYLOADS: list[tuple[EventType, dict[str, Any]]] = [
    ("run_start", {"policy": {"env": {"GITHUB_TOKEN": CANARY}}}),
    ("run_start", {"policy": {"provider": {"base_url": f"https://u:{CANARY}@host"}}}),
    ("run_start", {"policy": {"extra_args": ["--api-key", CANARY]}}),
    ("run_start", {"policy": {"extra_args": [f"--api-key={CANARY}"]}}),
    ("run_start", {"config": {"headers": {"authorization": CANARY}}}),
    ("run_start", {"environment": {"nested": [{"PASSWORD": CANARY}]}}),
    ("run_start", {"task": {"setup": [f"export API_KEY={CANARY}"]}}),
    ("tool_call", {"name": "bash", "arguments": {"env": {"SECRET": CANARY}}}),
    ("tool_call", {"name": "bash", "arguments": {"command": f"TOKEN={CANARY} make"}}),
    ("tool_call", {"name": "bash", "result": f"Bearer {CANARY}"}),
    ("step", {"kind": "observe", "observation": {"token": CANARY}}),
    ("step", {"kind": "observe", "file_diff": {"path": "x", "after": f"sk-{CANARY}"}}),
    ("step", {"kind": "act", "extra": {"a": {"my_credential_x": CANARY}}}),
    ("failure", {"root": {"kind": "build", "command": f"x --token {CANARY}"}}),
    ("failure", {"root": {"kind": "harness"}, "traceback": f"ghp_{CANARY}"}),
    (
        "failure",
        {"root": {"kind": "harness"}, "recovery_attempts": [{"strategy": f"sk-{CANARY}"}]},
    ),
    ("run_stop", {"status": "ok", "artifacts": [{"name": "a", "uri": f"s3://k:{CANARY}@b/c"}]}),
    ("optimizer_update", {"suggested_document": {"api_key": CANARY}}),
    ("heartbeat", {"extra": {"access_token": CANARY}}),
    ("telemetry_loss", {"ranges": [], "reason": "x", "detail": f"https://u:{CANARY}@h"}),
]


@pytest.mark.parametrize(("event_type", "fields"), PAYLOADS)
def test_a_planted_secret_leaves_the_payload(event_type: EventType, fields: dict[str, Any]) -> None:
    data = encode_payload(event_type, fields)
    assert REDACTOR.needs_scan(data)
    redacted = encode_payload(event_type, REDACTOR.payload(event_type, fields))
    assert CANARY.encode() not in redacted
    assert MARKER.encode() in redacted
    assert REDACTOR.payload(event_type, REDACTOR.payload(event_type, fields)) == (
        REDACTOR.payload(event_type, fields)
    )


def test_declared_fields_are_no_secrets_by_name() -> None:
    fields: dict[str, Any] = {
        "kind": "act",
        "usage": {"input_tokens": 5, "cache_read_tokens": 6},
        "context_tokens": 7,
        "context_limit_tokens": 8,
        "parent_step_id": "token-step",
        "model": "keyword-model",
    }
    assert REDACTOR.payload("step", fields) == fields
    assert not REDACTOR.needs_scan(encode_payload("step", fields))
    provider = {"provider": {"has_api_key": True, "has_bearer_token": False}}
    assert REDACTOR.payload("run_start", {"policy": provider}) == {"policy": provider}


def test_identifiers_are_kept_verbatim() -> None:
    fields = {"name": "bash", "tool_call_id": "ghp_abcdefghijkl"}
    assert REDACTOR.payload("tool_call", fields) == fields


@pytest.mark.parametrize("text", INNOCENT_TEXTS[1:5])
def test_everyday_words_do_not_cost_a_scan(text: str) -> None:
    if "key=" not in text:
        assert not REDACTOR.needs_scan(encode_payload("step", {"kind": "act", "content": text}))


@pytest.mark.parametrize("text", ["a" * 200_000, "://" * 50_000, "-----BEGIN " * 20_000])
def test_long_texts_are_searched_in_linear_time(text: str) -> None:
    """A pattern that looked back over all of these would take minutes."""
    assert REDACTOR.text(text) == text


@pytest.mark.parametrize("event_type", EVENT_TYPES)
def test_redaction_knows_every_event_type(event_type: EventType) -> None:
    assert REDACTOR.payload(event_type, {}) == {}
