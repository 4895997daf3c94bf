"""Who may know: what a person said about it, a record opened in an emergency, who looked, and erasure."""
