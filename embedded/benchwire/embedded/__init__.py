"""Engines on one machine: nats-server and chDB, answering as a ClickHouse server does."""
