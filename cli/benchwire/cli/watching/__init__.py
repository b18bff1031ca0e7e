"""What `benchwire watch` feeds on, and what it shows."""
