"""From segments to acknowledged messages: what is sent next, what again, what is done."""

from dataclasses import dataclass
from typing import Final

from benchwire.producer import metrics
from benchwire.producer.journal.acknowledged import StreamState
from benchwire.producer.line_size import line_bytes_max
from benchwire.producer.log import log_error, log_warning
from benchwire.producer.publisher.connection import Connection
from benchwire.producer.publisher.feed import Feed
from benchwire.producer.publisher.message import Message
from benchwire.producer.publisher.options import PublisherOptions
from benchwire.producer.publisher.refusals import Refusals, read_reply
from benchwire.producer.publisher.roster import Roster
from benchwire.producer.publisher.window import InFlight, Window

_CONTENT_TYPE: Final = "application/x-ndjson"


@dataclass(frozen=True, slots=True)
class Round:
    """What one look at all segments came to."""

    sent: bool
    """True if anything was sent."""
    more: bool = False
    """True if there is more to send right now."""


class Delivery:
    """The state of delivering, over all connections. Owned by the publisher's event loop."""

    def __init__(self, options: PublisherOptions) -> None:
        self._events_max = options.message_events_max
        self._bytes_max = options.message_bytes_max
        self._line_bytes_max = 2**62
        self._window = Window(
            messages_max=options.window_messages_max, bytes_max=options.window_bytes_max
        )
        self._refusals = Refusals()
        self._stream: StreamState | None = None
        self._highest_acked = 0
        self.roster = Roster(self._delivered_elsewhere)
        self.stream_went_back = False
        """True when an acknowledgement suggests that the stream is not what it was."""
        self.events_acknowledged = 0
        """Events of this process that the stream holds."""
        self.events_unsendable = 0
        """Events of this process that are larger than what the server takes."""
        self.events_delivered = 0
        """Events the stream has acknowledged, those of dead processes included."""
        self.acknowledged_of_run: dict[str, tuple[int, int]] = {}
        """Run → (events acknowledged, highest stream sequence)."""

    def connected(self, payload_bytes_max: int) -> None:
        """A new connection: everything under way is to be sent again over it."""
        self._line_bytes_max = line_bytes_max(payload_bytes_max)
        self._window.all_due()
        self._refusals.accepted()

    @property
    def anything_unread(self) -> bool:
        """True if some segment holds lines that have not been sent."""
        return not self._refusals.paused and any(feed.unread for feed in self.roster.served_now())

    @property
    def waiting(self) -> bool:
        """True while acknowledgements are missing, or segments wait to be closed."""
        return len(self._window) > 0 or self.roster.n_closed > 0

    async def round(self, connection: Connection) -> Round:
        """Send what can be sent now."""
        if self._refusals.paused:
            return Round(sent=await self._try_one(connection))
        sent = await self._send_again(connection)
        more = False
        for feed in self.roster.servable():
            if not self._window.has_room:
                return Round(sent)
            if feed.unread:
                sent |= await self._serve(feed, connection)
                more |= feed.unread
            elif feed.complete:
                self.roster.finish(feed, self._stream)
            elif feed.stuck:
                self.roster.give_up(feed)
        return Round(sent, more)

    def finish_complete(self) -> None:
        """Note what is delivered, before the end."""
        for feed in self.roster.servable():
            self.roster.finish(feed, self._stream)

    def on_reply(self, number: int, payload: bytes, status: str | None) -> None:
        """Take the answer to message ``number``."""
        answer = read_reply(payload, status)
        if isinstance(answer, str):
            if answer == "message_too_large":
                self._give_up(self._window.remove(number), answer)
            else:
                self._window.due_now(number)
                self._refusals.refused(answer)
            return
        entry = self._window.remove(number)
        if entry is None:
            return
        if self._refusals.accepted():
            self.stream_went_back = True  # It may be another stream than before: compare.
        self._acknowledged(entry, answer.seq, duplicate=answer.duplicate)

    def went_back(self, before: dict[Feed, int], state: StreamState) -> None:
        """Compare with the stream: deliver again what it acknowledged and does not hold."""
        self._stream = state
        for feed, last_seq in before.items():
            replaced = feed.created and state.created and feed.created != state.created
            if feed.path in self.roster and last_seq and (replaced or state.last_seq < last_seq):
                log_warning("stream_went_back", segment=str(feed.path), stream=state.stream)
                self._rewind(feed)

    def highest_sequences(self) -> dict[Feed, int]:
        """What the stream must at least hold, by segment."""
        return {feed: feed.last_stream_seq for feed in self.roster}

    def _rewind(self, feed: Feed) -> None:
        self._window.remove_feed(feed)
        if feed.own:
            self.events_acknowledged -= feed.acked_events
        events, seq = self.acknowledged_of_run.get(feed.run_id, (0, 0))
        self.acknowledged_of_run[feed.run_id] = (events - feed.acked_events, seq)
        feed.rewind()

    async def _serve(self, feed: Feed, connection: Connection) -> bool:
        try:
            messages = feed.read(
                events_max=self._events_max, bytes_max=min(self._bytes_max, self._line_bytes_max)
            )
        except (OSError, ValueError) as error:
            log_error("segment_unreadable", segment=str(feed.path), error=type(error).__name__)
            self.roster.drop(feed)
            return False
        for message in messages:
            if len(message.payload) > self._line_bytes_max:
                self._refusals.complain("message_too_large")
                self._unsendable(feed, message)
                continue
            await self._send(self._window.add(feed, message), connection)
        self.roster.served(feed)
        return bool(messages)

    async def _send(self, entry: InFlight, connection: Connection) -> None:
        feed, message = entry.feed, entry.message
        headers = {
            "Content-Type": _CONTENT_TYPE,
            "Nats-Msg-Id": f"{feed.message_id_prefix}/{message.first_seq}-{message.last_seq}",
        }
        if feed.traceparent is not None:
            headers["traceparent"] = feed.traceparent
        await connection.publish(entry.number, feed.subject, message.payload, headers)

    async def _send_again(self, connection: Connection) -> bool:
        again = 0
        for entry in self._window.due():
            await self._send(entry, connection)
            again += 1
        if again:
            metrics.count("benchwire.producer.messages_resent", again)
        return again > 0

    async def _try_one(self, connection: Connection) -> bool:
        """While the stream refuses: one message now and then shows whether it still does."""
        if not self._refusals.may_try():
            return False
        entry = self._window.longest_waiting()
        if entry is not None:
            await self._send(entry, connection)
        else:
            self._refusals.accepted()
        return True

    def _acknowledged(self, entry: InFlight, stream_seq: int, *, duplicate: bool) -> None:
        feed, message = entry.feed, entry.message
        if not duplicate:
            # Sequences only rise, and acknowledgements come in order.
            self.stream_went_back |= stream_seq <= self._highest_acked
            self._highest_acked = stream_seq
        feed.acknowledged(message, stream_seq, self._stream.created if self._stream else "")
        if feed.own:
            self.events_acknowledged += message.n_events
        self.events_delivered += message.n_events
        events, seq = self.acknowledged_of_run.get(feed.run_id, (0, 0))
        self.acknowledged_of_run[feed.run_id] = (events + message.n_events, max(seq, stream_seq))
        metrics.count("benchwire.producer.messages_acknowledged")
        metrics.count("benchwire.producer.events_acknowledged", message.n_events)
        if feed.complete:
            self.roster.finish(feed, self._stream)

    def _give_up(self, entry: InFlight | None, reason: str) -> None:
        """A message no server takes: keep it in the journal, and go on with the others."""
        self._refusals.complain(reason)
        if entry is not None:
            self._unsendable(entry.feed, entry.message)

    def _unsendable(self, feed: Feed, message: Message) -> None:
        feed.unsendable_bytes += message.end - message.start
        if feed.own:
            self.events_unsendable += message.n_events

    def _delivered_elsewhere(self, feed: Feed) -> None:
        """Another process has delivered a segment of ours, or retention has removed it."""
        if feed.own:
            self.events_acknowledged += feed.count_events() - feed.acked_events
