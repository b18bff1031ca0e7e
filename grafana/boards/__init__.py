"""Grafana's dashboards and alert rules as code; `python -m grafana.boards` writes their files."""
