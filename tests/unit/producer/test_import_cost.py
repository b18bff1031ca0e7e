"""Importing the SDK is cheap: no engine, no data frames, nothing most runs never use."""

import subprocess
import sys

FORBIDDEN = {
    "asyncio",
    "chdb",
    "clickhouse_connect",
    "nats",
    "opentelemetry",
    "pandas",
    "pyarrow",
    "pydantic_settings",
    "structlog",
}


def test_importing_the_producer_loads_no_engine_and_nothing_that_can_wait() -> None:
    program = (
        "import sys; from benchwire.producer import Producer; "
        "print(*{name.split('.')[0] for name in sys.modules})"
    )
    loaded = subprocess.run(
        [sys.executable, "-c", program], check=True, capture_output=True, text=True
    )
    assert not FORBIDDEN & set(loaded.stdout.split())


def test_everything_public_can_be_imported() -> None:
    import benchwire.producer as package  # noqa: PLC0415 - the package is what is tested

    assert sorted(package.__all__) == package.__all__
    for name in package.__all__:
        assert getattr(package, name) is not None
