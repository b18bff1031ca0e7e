"""Runs the experiment: ``python -m examples.demo`` (``benchwire demo`` does it for you)."""

import argparse
import json
import sys
import threading
from dataclasses import asdict
from pathlib import Path

from benchwire.producer import Producer

from .experiment import TRIALS, matrix, run_experiment
from .task import load_tasks
from .trial import Finished


def main() -> int:
    """Run all trials; print one line for each. Exit code 1 if events could not be delivered."""
    options = _options()
    lock = threading.Lock()

    def report(finished: Finished) -> None:
        with lock:
            print(json.dumps(asdict(finished)) if options.json else _line(finished), flush=True)

    producer = Producer(data_dir=options.data_dir, job_id=options.job)
    try:
        cells = matrix(load_tasks(), trials=options.trials, seed=options.seed)
        run_experiment(producer, cells, report)
    finally:
        left = producer.close(timeout_seconds=options.deliver_seconds)
    return 0 if left == 0 else 1


def _options() -> argparse.Namespace:
    parser = argparse.ArgumentParser(prog="python -m examples.demo", description=__doc__)
    parser.add_argument("--data-dir", type=Path, help="data directory (default: benchwire's)")
    parser.add_argument("--job", help="name of this launch (default: a new one)")
    parser.add_argument("--seed", type=int, default=1, help="same seed, same choices (default: 1)")
    parser.add_argument("--trials", type=int, default=TRIALS, help="trials per cell (default: 3)")
    parser.add_argument("--json", action="store_true", help="one JSON object per finished run")
    parser.add_argument(
        "--deliver-seconds", type=float, default=10.0, help="how long to wait for delivery"
    )
    return parser.parse_args()


def _line(finished: Finished) -> str:
    return (
        f"{finished.policy_id:<17} {finished.task_id:<16} trial {finished.trial_no}  "
        f"{finished.outcome:<11} {finished.tests_passed} of "
        f"{finished.tests_passed + finished.tests_failed} tests  {finished.turns:>2} turns  "
        f"{finished.tokens:>6} tokens  {finished.seconds:.1f} s"
    )


if __name__ == "__main__":
    sys.exit(main())
