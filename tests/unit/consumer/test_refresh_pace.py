"""How long the refresher rests: a backlog is worked off fast, but not at the cost of ingest."""

from benchwire.consumer.refresh_pace import (
    BACKLOG_REST_RATIO,
    PRESSED_SHARE,
    REST_RATIO,
    REST_SECONDS_MIN,
    InsertingTime,
    rest_seconds,
)


def test_time_of_inserts_is_shared_between_the_looks_that_ask() -> None:
    inserting = InsertingTime(100.0)
    inserting.begins(101.0)
    inserting.ended(103.0)
    inserting.begins(110.0)
    assert inserting.share(116.0) == 0.5
    inserting.ended(118.0)
    assert inserting.share(124.0) == 0.25
    assert inserting.share(130.0) == 0.0
    assert inserting.share(130.0) == 0.0


def test_a_backlog_waits_while_ingest_needs_the_cores() -> None:
    usual, hurried = 2.0 * REST_RATIO, 2.0 * BACKLOG_REST_RATIO
    assert rest_seconds(2.0, is_behind=False, inserting_share=0.0) == usual
    assert rest_seconds(2.0, is_behind=True, inserting_share=0.0) == hurried
    assert rest_seconds(2.0, is_behind=True, inserting_share=PRESSED_SHARE) == usual
    assert rest_seconds(2.0, is_behind=False, inserting_share=1.0) == usual


def test_looks_at_nothing_do_not_follow_at_once() -> None:
    assert rest_seconds(0.001, is_behind=True, inserting_share=0.0) == REST_SECONDS_MIN
