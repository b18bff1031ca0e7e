"""The `benchwire` command: parses arguments and prints; everything it does lives in other packages."""
