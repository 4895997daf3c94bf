"""Protected homes, and the way home from a long stay in hospital."""
