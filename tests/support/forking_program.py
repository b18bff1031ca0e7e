"""A program whose children emit too, while other threads of the parent do.

    python -m tests.support.forking_program DATA_DIR NATS_URL RUN_ID CHILDREN

Prints every id that ``emit`` returned in any of the processes. Ends with status 3 if a child
hangs: that is what an inherited lock would do to it.
"""

import faulthandler
import os
import signal
import sys
import threading
import time

from benchwire.producer import Emitter, Producer, RunIdentity

CHILD_SECONDS = 20
EVENTS_PER_CHILD = 20


def emit(emitter: Emitter, who: str, events: int) -> None:
    """Emit and print."""
    for number in range(events):
        event_id = emitter.emit("heartbeat", {"phase": f"{who} {number}"})
        os.write(1, f"{event_id}\n".encode())


def child(producer: Producer, emitter: Emitter, number: int) -> None:
    """Emit in a forked child: some children close, some just end."""
    faulthandler.dump_traceback_later(CHILD_SECONDS - 1)
    signal.alarm(CHILD_SECONDS)
    emit(emitter, f"child {number}", EVENTS_PER_CHILD)
    if number % 2:
        producer.close()
    os._exit(0)


def main() -> None:
    """Fork again and again while threads hold the emitter's lock most of the time."""
    data_dir, nats_url, run_id, children = sys.argv[1:5]
    identity = RunIdentity(
        experiment_id="forked", job_id="job", policy_id="p", task_id="t", run_id=run_id
    )
    stop = threading.Event()
    with Producer(data_dir=data_dir, nats_url=nats_url or None) as producer:
        emitter = producer.open_emitter(identity, "runner")

        def keep_emitting() -> None:
            while not stop.is_set():
                emit(emitter, "parent", 1)
                time.sleep(0.0005)

        threads = [threading.Thread(target=keep_emitting) for _ in range(2)]
        for thread in threads:
            thread.start()
        for number in range(int(children)):
            time.sleep(0.02)
            pid = os.fork()
            if pid == 0:
                child(producer, emitter, number)
            if os.waitpid(pid, 0)[1] != 0:
                os._exit(3)
        stop.set()
        for thread in threads:
            thread.join()
    assert producer.events_waiting == 0 or not nats_url


if __name__ == "__main__":
    main()
