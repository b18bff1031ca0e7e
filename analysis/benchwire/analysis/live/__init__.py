"""What goes on right now, folded from the events themselves: no server, no screen."""
