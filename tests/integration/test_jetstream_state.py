"""The stream's state can be asked for from anywhere, also from within an event loop."""

from tests.support.filled_stream import fill
from tests.support.nats import NatsServer
from tests.support.wire_events import run_messages

from benchwire.consumer.settings import ConsumerSettings
from benchwire.embedded.jetstream_state import read_state, wait_stored


async def test_a_caller_within_an_event_loop_is_answered(nats_server: NatsServer) -> None:
    """As a replay of dead letters is, whose daemon was killed and whose engines start anew."""
    settings = ConsumerSettings(nats_url=nats_server.url)
    await fill(settings, run_messages(n_events=3, per_message=1))
    state = read_state(nats_server.url)
    assert state is not None
    assert (state.messages, state.pending) == (3, 3)
    assert not wait_stored(nats_server.url, 0.1)


def test_a_caller_without_one_is_answered_alike(nats_server: NatsServer) -> None:
    state = read_state(nats_server.url)
    assert state is None or state.messages == 0
