"""Many kills at random moments; a failure names the seed that repeats it."""

import os
import random
from pathlib import Path

import pytest
from tests.support.kill_story import kill_while_consuming
from tests.support.nats import NatsServer

FIRST_SEED = int(
    os.environ.get("BENCHWIRE_CHAOS_SEED", str(random.SystemRandom().randrange(10**6)))
)
STORIES = 5


@pytest.mark.chaos
@pytest.mark.parametrize("seed", range(FIRST_SEED, FIRST_SEED + STORIES))
async def test_many_kills_store_every_event_once(
    tmp_path: Path, nats_server: NatsServer, seed: int
) -> None:
    print(f"repeat with BENCHWIRE_CHAOS_SEED={seed}")  # noqa: T201 - shown when the test fails
    await kill_while_consuming(
        tmp_path / "consumer", nats_server, seed=seed, rounds=20, n_events=5_000
    )
