"""What dashboards ask: their checked-in files, read, and their queries as a store gets them."""
