"""A trial runner that records one run and prints each id as soon as it was promised.

    python -m tests.support.recording_program RUN_ID EVENTS SEED

The data directory comes from the environment, as for any runner. It is made to be killed.
"""

import os
import random
import sys
import time

from benchwire.producer import Producer
from benchwire.schemas import Usage


def main() -> None:
    """Record steps and tool calls; pause now and then."""
    run_id, events, seed = sys.argv[1:4]
    rng = random.Random(int(seed))
    with (
        Producer() as producer,
        producer.run(
            experiment_id="kills",
            policy_id=f"policy-{seed}",
            task_id="task",
            run_id=run_id,
            trial_no=1,
        ) as run,
    ):
        for number in range(int(events)):
            usage = Usage(input_tokens=number, output_tokens=1, nano_aiu=1_000)
            event_id = run.step(kind="act", turn=number, model="scripted", usage=usage)
            os.write(1, f"{event_id}\n".encode())
            if rng.random() < 0.02:
                time.sleep(rng.random() * 0.02)
        run.stop(outcome="resolved", score=1.0)


if __name__ == "__main__":
    main()
