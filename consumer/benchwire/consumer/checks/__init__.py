"""Examines the pipeline: the NATS server, the streams, the database, and what is stored."""
