"""Smith's events through the whole pipeline: received, imported, exported, they are the same."""

import asyncio
import json
from itertools import zip_longest
from pathlib import Path
from typing import Any

from tests.support.command_line import answer_of, benchwire, daemon, json_of
from tests.support.jetstream import jetstream
from tests.support.smith import Smith, lines, ndjson

SUBJECT = "bench.smith.exp.job"
ANSWERS = """\
SELECT
    (SELECT (count(), uniqExact(event_id)) FROM stg_events) AS rows,
    (
        SELECT groupArray((toString(run_id), job_id, state, telemetry, n_events, n_conflicts))
        FROM (SELECT * FROM rpt_run_integrity WHERE experiment_id = 'exp' ORDER BY run_id)
    ) AS integrity,
    (SELECT (n_trials, n_graded, n_resolved) FROM rpt_success_rates) AS rates,
    (
        SELECT (sum(steps), sum(input_tokens), sum(output_tokens), sum(tool_failures))
        FROM rpt_run_summary
    ) AS usage
"""


def test_received_imported_and_exported_events_are_the_same(tmp_path: Path) -> None:
    made, data_dir = Smith(3), tmp_path / "data"
    runs = [made.run(n_steps=3) for _ in range(3)]
    del runs[1][0]  # a stream may lack a run's start
    events = [event for some in zip_longest(*runs) for event in some if event]
    file, exported = tmp_path / "events.ndjson", tmp_path / "back.ndjson"
    file.write_bytes(ndjson(events))
    labels = ("--experiment", "exp", "--job", "job")
    with daemon(data_dir) as found:
        broken = publish_twice(found["nats_url"], events)
        report = json_of(data_dir, "import", str(file), *labels, "--strict")
        assert (report["stored"], len(report["runs"])) == (True, len(runs))
        assert answers(data_dir) == expected(runs)

        benchwire(data_dir, "export", "smith", "--experiment", "exp", "--output", str(exported))
        back = [json.loads(line) for line in exported.read_bytes().splitlines()]
        assert written(back) == written(events)
        assert [list(event) for event in back] == [list(events[0])] * len(back)

        assert json_of(data_dir, "import", "smith", str(exported), *labels)["stored"] is True
        assert answers(data_dir) == expected(runs)
        refused = json_of(data_dir, "import", "smith", str(file), code=1)["refused"]
        said = ["is stored under experiment exp, job job" in one["error"] for one in refused]
        assert said == [True] * len(runs)
        check_dead_letter(data_dir, broken)


def publish_twice(url: str, events: list[dict[str, Any]]) -> bytes:
    """Publish as an array and again in lines, one of them broken; return that one."""
    broken = b'{"run_id": "no uuid", "event_type": {"Step": {}}}'

    async def publish() -> None:
        async with jetstream(url) as js:
            await js.publish(SUBJECT, json.dumps(events, indent=1).encode())
            for start in range(0, len(events), 5):
                part = b"\n".join(lines(events[start : start + 5]))
                await js.publish(SUBJECT, part + (b"" if start else b"\n" + broken))

    asyncio.run(publish())
    return broken


def expected(runs: list[list[dict[str, Any]]]) -> list[Any]:
    """What the views answer, counted from the events."""
    contents = [content for run in runs for event in run for content in event["event_type"].items()]
    steps = [content for name, content in contents if name == "Step"]
    calls = [content for name, content in contents if name == "ToolCall"]
    n_resolved = sum(content["success"] for name, content in contents if name == "RunStop")
    n_failed = sum(call["exit_kind"] != "Ok" for call in calls)
    sums = [sum(step[name] for step in steps) for name in ("tokens_in", "tokens_out")]
    sizes = sorted((run[0]["run_id"], len(run)) for run in runs)
    return [
        [len(contents), len(contents)],
        [[run_id, "job", "stopped", "unsequenced", size, 0] for run_id, size in sizes],
        [len(runs), len(runs), n_resolved],
        [len(steps), *sums, n_failed],
    ]


def answers(data_dir: Path) -> list[Any]:
    (row,) = json.loads(answer_of(data_dir, ANSWERS, "JSONCompact"))["data"]
    found: list[Any] = row
    found[1].sort()
    return found


def check_dead_letter(data_dir: Path, broken: bytes) -> None:
    """It has its own bytes, and comes back corrected, as what Smith sends."""
    (letter,) = json_of(data_dir, "dead-letters", "list", "--experiment", "exp")["dead_letters"]
    assert (letter["key"], letter["raw_bytes"]) == ("BENCH_EVENTS:2:6", len(broken))
    (corrected,) = lines([Smith(9).any("Step")])
    words = ("--corrected", "-", "--because", "mended", "--force")
    done = json_of(data_dir, "dead-letters", "replay", letter["key"], *words, stdin=corrected)
    assert done["counts"] == {"stored": 1}


def written(events: list[dict[str, Any]]) -> list[str]:
    """JSON texts that tell 1 from 1.0, whatever the order of keys and events."""
    return sorted(json.dumps(event, sort_keys=True) for event in events)
