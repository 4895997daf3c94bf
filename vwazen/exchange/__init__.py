"""PURE: other systems' documents read into our values. No Django, no network, no clock."""
