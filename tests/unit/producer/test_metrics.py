"""The metrics, read through a real OpenTelemetry SDK in a process of its own."""

import json
import subprocess
import sys
from pathlib import Path
from typing import get_args

from benchwire.producer.metrics import MetricName

PROGRAM = """
import json, sys
from opentelemetry import metrics
from opentelemetry.sdk.metrics import MeterProvider
from opentelemetry.sdk.metrics.export import InMemoryMetricReader
reader = InMemoryMetricReader()
metrics.set_meter_provider(MeterProvider([reader]))
from benchwire.producer import Producer
def read():
    scopes = reader.get_metrics_data().resource_metrics[0].scope_metrics
    return {
        metric.name: {
            point.attributes.get("reason", ""): point.value for point in metric.data.data_points
        }
        for scope in scopes for metric in scope.metrics
    }
producer = Producer(data_dir=sys.argv[1], on_invalid="record")
with producer.run(experiment_id="e", policy_id="p", task_id="t") as run:
    run.step(kind="act")
    run.step(kind="nonsense")
before = read()
producer.close(0)
print(json.dumps([before, read()]))
"""


def test_journaled_lost_and_waiting_events_are_observed(tmp_path: Path) -> None:
    done = subprocess.run(
        [sys.executable, "-c", PROGRAM, str(tmp_path)], check=True, capture_output=True, text=True
    )
    before, after = json.loads(done.stdout)
    # run_start, step, telemetry_loss, run_stop, emitter_stop
    assert before["benchwire.producer.events_journaled"] == {"": 5}
    assert before["benchwire.producer.events_waiting"] == {"": 5}
    assert before["benchwire.producer.events_lost"] == {"invalid": 1}
    assert after["benchwire.producer.events_journaled"] == {"": 5}
    assert after["benchwire.producer.events_waiting"] == {"": 0}
    assert set(before) <= set(get_args(MetricName))
