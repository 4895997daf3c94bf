"""What nodes do to each other's record: `below` is what the node above does, `above` what the one below does."""
