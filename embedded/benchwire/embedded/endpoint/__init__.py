"""SQL over ClickHouse's HTTP interface, on loopback, for reading only."""
