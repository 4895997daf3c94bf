"""Who comes to the emergency room again and again, why, and what the plan says."""
