"""Stream to table: fetch, decode, batch, insert, acknowledge."""
