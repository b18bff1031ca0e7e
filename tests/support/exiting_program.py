"""Programs that end without closing anything, in every way a program can end.

python -m tests.support.exiting_program DATA_DIR NATS_URL HOW
"""

import os
import sys
import threading

from benchwire.producer import Producer


def main() -> None:
    """Start a run, emit, and end without leaving it."""
    data_dir, nats_url, how = sys.argv[1:4]
    producer = Producer(data_dir=data_dir, nats_url=nats_url or None)
    run = producer.run(experiment_id="exit", policy_id="p", task_id="t", emitter=how)
    run.__enter__()
    run.step(kind="act")
    if how == "raise":
        raise RuntimeError("nobody catches this")
    if how == "sys_exit":
        sys.exit(0)
    if how == "thread":
        threading.Thread(target=lambda: run.step(kind="observe")).start()
    if how == "_exit":
        os._exit(0)


if __name__ == "__main__":
    main()
