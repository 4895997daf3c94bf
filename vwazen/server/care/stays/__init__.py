"""Stays away from home: admission, leave and discharge on a ward's page, and what the team at home makes of them."""
