"""Emit one run. It is journaled at once, and stored by `benchwire up`, or later by `drain`."""

import subprocess

from benchwire.producer import Producer
from benchwire.schemas.usage import Usage

with (
    Producer() as producer,
    producer.run(experiment_id="quickstart", policy_id="by-hand", task_id="hello") as run,
):
    with run.tool_call("bash", arguments={"command": "echo hello"}) as call:
        done = subprocess.run(["echo", "hello"], capture_output=True, text=True, check=False)  # noqa: S607
        call.record(exit_code=done.returncode, result=done.stdout)
    run.step(kind="act", model="none", usage=Usage(input_tokens=12, output_tokens=3))
    run.stop(outcome="resolved", score=1.0)
    print(f"run {run.run_id} is recorded; see: benchwire drain; benchwire integrity")
