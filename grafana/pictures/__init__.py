"""Draws dashboards from their JSON and the answers to their queries, without Grafana."""
