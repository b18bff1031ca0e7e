"""Examines what `benchwire doctor` finds on one machine: directory, engines, owner, ports."""
