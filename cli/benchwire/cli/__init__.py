"""The `benchwire` command: parses arguments and prints; the work is done elsewhere."""
