"""Engines on one machine: nats-server and chDB in one process tree, answering like a ClickHouse server."""
