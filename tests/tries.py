"""How many examples a generated test is given: some by day, always the same ones, and many others each night."""

import os

from hypothesis import HealthCheck, settings

NIGHTLY = bool(os.environ.get("VWAZEN_NIGHTLY"))


def tries(by_day: int) -> settings:
    """So many by day, twenty-five times as many with VWAZEN_NIGHTLY."""
    many = by_day * (25 if NIGHTLY else 1)
    return settings(max_examples=many, deadline=None, suppress_health_check=[HealthCheck.too_slow])
