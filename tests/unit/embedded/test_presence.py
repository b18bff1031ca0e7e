import threading

from benchwire.embedded.endpoint.presence import Presence


def test_newcomers_are_turned_away_once_it_closes() -> None:
    presence = Presence()
    assert presence.close_when_alone(0)
    assert not presence.enter(lease=True)
    assert not presence.enter(lease=False)
    assert presence.is_closing


def test_closing_waits_for_leases_and_queries() -> None:
    presence = Presence()
    assert presence.enter(lease=True)
    assert presence.enter(lease=False)
    closed = threading.Event()

    def close() -> None:
        presence.close_when_alone(None)
        closed.set()

    waiting = threading.Thread(target=close)
    waiting.start()
    presence.leave(lease=False)
    assert not closed.wait(0.01)
    presence.leave(lease=True)
    waiting.join()
    assert closed.is_set()


def test_closing_gives_up_after_its_time() -> None:
    presence = Presence()
    presence.enter(lease=False)
    assert not presence.close_when_alone(0.01)
    assert presence.is_closing
