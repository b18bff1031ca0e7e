"""The brake holds when most lines are dead letters, and never for a handful."""

from benchwire.consumer.brake import Brake
from benchwire.consumer.settings import ConsumerSettings


class Clock:
    def __init__(self) -> None:
        self.now = 0.0

    def __call__(self) -> float:
        return self.now


SETTINGS = ConsumerSettings(
    brake_window_seconds=60.0,
    brake_dead_letters_min=100,
    brake_ratio=0.5,
    brake_pause_seconds=30.0,
)


def test_few_dead_letters_never_engage_it() -> None:
    brake = Brake(SETTINGS, clock=Clock())
    brake.observe(lines=99, dead_letters=99)
    assert not brake.is_engaged


def test_a_large_share_engages_it() -> None:
    brake = Brake(SETTINGS, clock=Clock())
    brake.observe(lines=150, dead_letters=100)
    assert brake.is_engaged
    assert brake.seconds_left() == 30.0


def test_a_small_share_does_not() -> None:
    brake = Brake(SETTINGS, clock=Clock())
    brake.observe(lines=1_000, dead_letters=400)
    assert not brake.is_engaged


def test_what_lies_before_the_window_is_forgotten() -> None:
    clock = Clock()
    brake = Brake(SETTINGS, clock=clock)
    brake.observe(lines=90, dead_letters=90)
    clock.now = 61.0
    brake.observe(lines=90, dead_letters=90)
    assert not brake.is_engaged


def test_it_judges_afresh_after_a_pause() -> None:
    clock = Clock()
    brake = Brake(SETTINGS, clock=clock)
    brake.observe(lines=100, dead_letters=100)
    clock.now = 30.0
    assert brake.seconds_left() == 0
    brake.release()
    brake.observe(lines=50, dead_letters=50)
    assert not brake.is_engaged


def test_it_can_be_engaged_by_hand() -> None:
    brake = Brake(SETTINGS, clock=Clock())
    brake.engage("the table refuses everything")
    assert brake.is_engaged
