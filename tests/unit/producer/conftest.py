"""Ends what the tests of the producer leave running."""

from collections.abc import Iterator

import pytest
from tests.support.journals import close_offline_producers


@pytest.fixture(autouse=True)
def no_producer_outlives_its_test() -> Iterator[None]:
    """Close every offline producer after the test."""
    yield
    close_offline_producers()
