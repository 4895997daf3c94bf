"""The day hospital: who comes on weekdays, who came today, and who is called because they did not."""
