"""A program that emits and prints each id as soon as ``emit`` has returned it.

    python -m tests.support.emitting_program DATA_DIR NATS_URL RUN_ID EMITTER EVENTS SEED

It is made to be killed: what it has printed must survive.
"""

import os
import random
import sys
import time

from benchwire.producer import Producer, RunIdentity

CONTENT = "the agent looks at the code and thinks about it for a while; " * 4


def main() -> None:
    """Emit; sometimes pause, sometimes write a long text."""
    data_dir, nats_url, run_id, emitter_name, events, seed = sys.argv[1:7]
    rng = random.Random(int(seed))
    identity = RunIdentity(
        experiment_id="killed", job_id="job", policy_id="p", task_id="t", run_id=run_id
    )
    with Producer(data_dir=data_dir, nats_url=nats_url or None) as producer:
        emitter = producer.open_emitter(identity, emitter_name)
        for number in range(int(events)):
            content = CONTENT * (40 if rng.random() < 0.01 else 1)
            event_id = emitter.emit("step", {"kind": "act", "step_no": number, "content": content})
            os.write(1, f"{event_id}\n".encode())
            if rng.random() < 0.02:
                time.sleep(rng.random() * 0.01)


if __name__ == "__main__":
    main()
