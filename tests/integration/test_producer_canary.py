"""A planted secret: nowhere in the journal, the stream, the log or an error text."""

import contextlib
from pathlib import Path

import pytest
from tests.support.event_stream import make_stream, stored_messages
from tests.support.journals import identity
from tests.support.nats import NatsServer

from benchwire.producer import Producer, ProducerSettings
from benchwire.schemas.errors import InvalidEvent

TOKEN = "ghp_CANARYcanary0123456789CANARYcanary0123"
PASSWORD = "CANARY-hunter2-password"


def plant(producer: Producer) -> list[str]:
    """Put the secret wherever a runner might; return the errors' texts."""
    errors: list[str] = []
    run = producer.run(
        experiment_id="e",
        policy_id="p",
        task_id="t",
        config={"provider": {"api_key": PASSWORD}, "note": f"use {TOKEN}"},
        environment={"GITHUB_TOKEN": PASSWORD, "URL": f"https://me:{PASSWORD}@host/"},
        policy={"env": {"OPENAI_API_KEY": PASSWORD}, "extra_args": ["--token", PASSWORD]},
    )
    with contextlib.suppress(RuntimeError), run:
        with run.tool_call("http", arguments={"headers": {"Authorization": f"Bearer {TOKEN}"}}):
            pass
        run.step(kind="act", content=f"{'x' * 65_500} {TOKEN}", observation={"secret": PASSWORD})
        with contextlib.suppress(ValueError), run.tool_call("bash"):
            raise ValueError(f"refused: {TOKEN}")
        for wrong in ({"kind": TOKEN}, {"kind": "act", TOKEN: 1}, {"kind": "act", "turn": TOKEN}):
            try:
                run.main.emit("step", wrong)
            except InvalidEvent as error:
                errors += [str(error), repr(error), error.hint]
        raise RuntimeError(f"cannot log in with {TOKEN}")
    return errors


@pytest.mark.parametrize("on_invalid", ["raise", "record"])
def test_a_planted_secret_is_found_nowhere(
    nats_server: NatsServer,
    tmp_path: Path,
    capfd: pytest.CaptureFixture[str],
    on_invalid: str,
) -> None:
    make_stream(nats_server.url)
    settings = ProducerSettings.model_validate(
        {"data_dir": tmp_path, "nats_url": nats_server.url, "on_invalid": on_invalid}
    )
    with Producer(settings) as producer:
        errors = plant(producer)
    places = {
        "errors": "\n".join(errors).encode(),
        "log": "".join(capfd.readouterr()).encode(),
        "stream": b"\n".join(message.payload for message in stored_messages(nats_server.url)),
        **{str(path): path.read_bytes() for path in tmp_path.glob("journal/*/*")},
    }
    assert len(places["stream"]) > 65_000
    for place, content in places.items():
        assert b"CANARY" not in content, place


def test_the_password_of_the_server_is_not_logged(
    tmp_path: Path, capfd: pytest.CaptureFixture[str]
) -> None:
    url = f"nats://me:{PASSWORD}@127.0.0.1:1"
    producer = Producer(data_dir=tmp_path, nats_url=url)
    producer.open_emitter(identity(), "runner").emit("heartbeat", {})
    producer.close(0.3)
    assert "CANARY" not in "".join(capfd.readouterr())
    assert "CANARY" not in repr(producer.settings)
