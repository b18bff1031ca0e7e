"""Ids become subject tokens that NATS takes, and different ids different tokens."""

import hashlib
import re

import pytest

from benchwire.schemas.subject import TOKEN_CHARS_MAX, event_subject, subject_token


@pytest.mark.parametrize(
    ("text", "token"),
    [
        ("plain_ID-9", "plain_ID-9"),
        ("a.b", "a=2Eb"),
        ("a b", "a=20b"),
        ("=", "=3D"),
        ("*", "=2A"),
        (">", "=3E"),
        ("é", "=C3=A9"),
        ("x" * 64, "x" * 64),
    ],
)
def test_every_other_byte_is_escaped(text: str, token: str) -> None:
    assert subject_token(text) == token


def test_a_long_id_is_cut_and_told_apart_by_its_digest() -> None:
    text = "x" * 65
    assert subject_token(text) == "x" * 40 + hashlib.sha256(text.encode()).hexdigest()[:16]
    assert subject_token(text) != subject_token("x" * 66)


def test_tokens_are_short_and_plain() -> None:
    for text in ("é" * 40, "a/b/" * 60, "\U0001f600" * 64):
        token = subject_token(text)
        assert len(token) <= TOKEN_CHARS_MAX
        assert re.fullmatch(r"[A-Za-z0-9_=-]+", token)


def test_a_subject_names_experiment_policy_task_and_run() -> None:
    subject = event_subject("exp.1", "gpt-5", "t/1", "0195500e-4d4a-7c3b-9d55-2b7a0c6f1e11")
    assert subject == "bench.events.exp=2E1.gpt-5.t=2F1.0195500e-4d4a-7c3b-9d55-2b7a0c6f1e11"
