"""What the wire codec costs per event, beside pydantic doing the same.

Run as ``python -m benchmarks.codec``. Each figure is the best of several rounds: the codec is
pure computation, so what disturbs a round comes from elsewhere.
"""

import random
import time
from collections.abc import Callable
from typing import Any, Final

from tests.strategies import message_lines, step_fields

from benchwire.schemas import Step, Usage
from benchwire.schemas.codec import decode_message, judge_line
from benchwire.schemas.fast import encode_payload
from benchwire.schemas.identity import new_run_id
from benchwire.schemas.line import LineTemplate
from benchwire.schemas.prepare import PayloadPreparer
from benchwire.schemas.redaction import Redactor
from benchwire.schemas.timestamps import wire_timestamp

ROUNDS: Final = 7
BATCHES: Final = (1, 16, 64, 256)


def best_us(work: Callable[[], object], calls: int) -> float:
    """Return microseconds per call, in the best of the rounds."""
    best = float("inf")
    for _ in range(ROUNDS):
        start = time.perf_counter()
        for _ in range(calls):
            work()
        best = min(best, time.perf_counter() - start)
    return best / calls * 1e6


def report(name: str, microseconds: float, note: str = "") -> None:
    """Print one line of the table."""
    print(f"{name:<44}{microseconds:>9.2f} µs/event  {note}")


def producing() -> None:
    """From fields to a wire line."""
    fields = step_fields(random.Random(1)) | {"content": "I will run the tests again. " * 4}
    with_model: dict[str, Any] = {**fields, "usage": Usage.model_validate(fields["usage"])}
    data = encode_payload("step", fields)
    preparer, redactor = PayloadPreparer(), Redactor()
    template = LineTemplate(
        experiment_id="exp-1",
        job_id="job-1",
        policy_id="copilot/gpt-5",
        task_id="django__django-11099",
        run_id=new_run_id(),
        emitter="runner",
        epoch=1_764_000_000_000_000,
        cfg_hash="0" * 32,
    )
    ts = wire_timestamp()
    print(f"a step of {len(data)} bytes")
    report("encode_payload, nested dict", best_us(lambda: encode_payload("step", fields), 20_000))
    report(
        "encode_payload, nested model", best_us(lambda: encode_payload("step", with_model), 20_000)
    )
    report("Redactor.needs_scan", best_us(lambda: redactor.needs_scan(data), 20_000))
    report(
        "PayloadPreparer.encode (both of these)",
        best_us(lambda: preparer.encode("step", fields), 20_000),
    )
    report("wire_timestamp", best_us(wire_timestamp, 20_000))
    report(
        "LineTemplate.line", best_us(lambda: template.line("step", ts, 7, "step-7", data), 20_000)
    )
    report(
        "pydantic: Step(…).model_dump_json()",
        best_us(lambda: Step(**with_model).model_dump_json(exclude_none=True), 5_000),
    )


def consuming() -> None:
    """From messages to proven events."""
    lines = message_lines(seed=1, n_events=256)
    print(f"\nsteps and tool calls, {sum(map(len, lines)) // len(lines)} bytes a line")
    for size in BATCHES:
        message = b"\n".join(lines[:size])
        per_message = best_us(lambda message=message: decode_message(message), 4_000 // size + 5)  # type: ignore[misc]
        report(f"decode_message, {size} lines", per_message / size)
    shuffled = [line.replace(b'"data":{', b'"data": {') for line in lines[:16]]
    assert decode_message(b"\n".join(shuffled)).refused == []
    foreign = b"\n".join(shuffled)
    report(
        "decode_message, 16 lines for the judge",
        best_us(lambda: decode_message(foreign), 50) / 16,
        "lines of a foreign writer",
    )
    line = lines[0]
    report("pydantic: judge_line", best_us(lambda: judge_line(line), 2_000), "all rules, one line")


def main() -> None:
    """Print the table."""
    producing()
    consuming()


if __name__ == "__main__":
    main()
