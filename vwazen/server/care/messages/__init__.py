"""Talking to one another about a person, at once: messages that somebody must read, hand-offs and talks in passing; and
where the person agreed to be reached."""
