"""Alive is whoever answers, ready is whoever stores; metrics carry every registered name."""

import asyncio
import json
import urllib.error
import urllib.request
from typing import get_args

import pytest

from benchwire.consumer.health import health_app, serve_health
from benchwire.consumer.metrics import PREFIX, CounterName, GaugeName, HistogramName, Metrics
from benchwire.consumer.readiness import Readiness


def get(url: str) -> tuple[int, str]:
    try:
        with urllib.request.urlopen(url, timeout=5) as answer:  # noqa: S310 - loopback
            return answer.status, answer.read().decode()
    except urllib.error.HTTPError as error:
        return error.code, error.read().decode()


@pytest.fixture
def metrics() -> Metrics:
    return Metrics()


async def test_health_is_served_on_any_free_port(metrics: Metrics) -> None:
    readiness = Readiness()
    async with serve_health(health_app(readiness, metrics), "127.0.0.1", 0) as port:
        url = f"http://127.0.0.1:{port}"
        assert await asyncio.to_thread(get, f"{url}/healthz") == (200, '{"status":"alive"}')
        status, body = await asyncio.to_thread(get, f"{url}/readyz")
        assert status == 503
        assert json.loads(body)["for"].keys() == {"nats", "streams", "clickhouse"}
        for need in ("nats", "streams", "clickhouse"):
            readiness.met(need)
        assert await asyncio.to_thread(get, f"{url}/readyz") == (200, '{"status":"ready"}')
        status, body = await asyncio.to_thread(get, f"{url}/metrics")
        assert status == 200


async def test_without_a_port_nothing_is_served(metrics: Metrics) -> None:
    async with serve_health(health_app(Readiness(), metrics), "127.0.0.1", None) as port:
        assert port is None


def test_every_metric_is_exposed_under_its_registered_name(metrics: Metrics) -> None:
    for counter in get_args(CounterName):
        metrics.count(counter, 2, reason="not_json" if counter == "dead_letters_total" else None)
    for histogram in get_args(HistogramName):
        metrics.observe(histogram, 0.2)
    for gauge in get_args(GaugeName):
        metrics.gauge(gauge, 1)
    page = metrics.exposition().decode()
    for counter in get_args(CounterName):
        assert f"\n{PREFIX}_{counter}" in page
    for histogram in get_args(HistogramName):
        assert f'{PREFIX}_{histogram}_bucket{{le="0.25"}} 1.0' in page
    for gauge in get_args(GaugeName):
        assert f"\n{PREFIX}_{gauge} 1.0" in page
    assert f'{PREFIX}_dead_letters_total{{reason="not_json"}} 2.0' in page
