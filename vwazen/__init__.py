"""Vwazen: community mental-health programmes, from the first question to the proof of effect."""

__version__ = "0.1.0"
