"""Two policies of an experiment against each other: what is known, and what may be concluded."""
